"""What one does about a case: give it to somebody, answer, close, open again, hand over what a leaver left."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from loyalty.console.cases.here import section, worker
from loyalty.console.cases.pages import page
from loyalty.console.customers.care import find_colleague
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Day, Flag, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import cases, casework, profiles
from loyalty.customers.cases import CaseKind
from loyalty.customers.models import Case
from loyalty.messaging import notices
from loyalty.messaging.contents import MessageButton
from loyalty.messaging.ways import Purpose
from loyalty.staff import accounts
from loyalty.staff.permissions import Right

LONGEST = 1_000  # characters of an answer: it may go out as a message


class Change(FormSchema):
    """Empty fields stay as they are; «-» is nobody."""

    owner = Text(longest=64)
    due_on = Day()
    kind = Choice([kind.value for kind in CaseKind])


class Reply(FormSchema):
    words = Text(required=True, longest=LONGEST, lines=True)
    tell = Flag()
    close = Flag()


class Handover(FormSchema):
    leaver = Text(required=True, longest=64)
    owner = Text(required=True, longest=64)


@section.post("/cases/<public_id>/change", right=Right.FIND)
def change(desk: Desk, public_id: str) -> Answer:
    """Who sees to it, until when, and what it is."""
    case, form = _case(desk, public_id), desk.form(Change)
    before = _as_it_is(desk, case)
    if not form.carry_out(lambda given: _change(desk, case, given)):
        return page(desk, case, change=form), 422
    after, here = _as_it_is(desk, case), url_for(".show", public_id=public_id)
    changed: dict[str, Any] = {name: value for name, value in before.items() if value != after[name]}
    if not changed:
        return desk.done(
            desk.t("Không có gì khác nên không đổi.", "Nothing is different, nothing was changed."), to=here
        )
    desk.note("case_changed", _subject(desk, case), case=case.id, fields=sorted(changed))
    back = Undo(url_for(".change_back", public_id=public_id, **changed), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã đổi.", "Changed."), to=here, undo=back)


@section.post("/cases/<public_id>/change_back", right=Right.FIND)
def change_back(desk: Desk, public_id: str) -> Answer:
    """As it was before a change, which the address says; a day that is over by now cannot come back."""
    case, form = _case(desk, public_id), desk.form_of(Change, desk.args)
    if not form.carry_out(lambda given: _change(desk, case, given)):
        return page(desk, case, change=form), 422
    desk.note("case_changed", _subject(desk, case), case=case.id, fields=form.result)
    return desk.done(desk.t("Đã trở lại như trước.", "It is as it was."), to=url_for(".show", public_id=public_id))


@section.post("/cases/<public_id>/answer", right=Right.FIND)
def answer(desk: Desk, public_id: str) -> Answer:
    """Keep what the customer was told; on request send it to their chat, and close the case."""
    case, form = _case(desk, public_id), desk.form(Reply)
    if not form.carry_out(lambda given: _answer(desk, case, given)):
        return page(desk, case, answer=form), 422
    was_told, was_closed = form.result
    desk.note("case_answered", _subject(desk, case), case=case.id, told=was_told, closed=was_closed)
    told = desk.t("Đã gửi câu trả lời cho khách.", "The answer is on its way to the customer.")
    kept = desk.t("Đã ghi câu trả lời.", "The answer is kept.")
    back = _way_back(desk, case) if was_closed else None
    return desk.done(told if was_told else kept, to=url_for(".show", public_id=public_id), undo=back)


@section.post("/cases/<public_id>/close", right=Right.FIND)
def close(desk: Desk, public_id: str) -> Answer:
    """It is over; it can be opened again."""
    case = _case(desk, public_id)
    if casework.close(desk.session, case, worker(desk)):
        desk.note("case_closed", _subject(desk, case), case=case.id)
    back = _way_back(desk, case)
    return desk.done(desk.t("Đã đóng.", "Closed."), to=url_for(".show", public_id=public_id), undo=back)


@section.post("/cases/<public_id>/reopen", right=Right.FIND)
def reopen(desk: Desk, public_id: str) -> Answer:
    """It was not over."""
    case = _case(desk, public_id)
    if casework.reopen(desk.session, case, worker(desk)):
        desk.note("case_reopened", _subject(desk, case), case=case.id)
    return desk.done(desk.t("Đã mở lại.", "Open again."), to=url_for(".show", public_id=public_id))


@section.post("/cases/hand_over", right=Right.CONVERSE)
def hand_over(desk: Desk) -> Answer:
    """Everything one person had not closed goes to another."""
    form = desk.form(Handover)
    if not form.carry_out(lambda given: _hand_over(desk, given)):
        told = next(iter(form.errors.values()))
        return desk.done(told, to=url_for(".index", whose="left"))
    desk.note("cases_handed_over", f"staff:{form.result[1]}", cases=form.result[0])
    told = desk.t(f"Đã bàn giao {form.result[0]} việc.", f"Handed over {form.result[0]} cases.")
    return desk.done(told, to=url_for(".index", whose="left"))


def _case(desk: Desk, public_id: str) -> Case:
    return cases.get_public(desk.session, public_id, for_=desk.member)


def _subject(desk: Desk, case: Case) -> str:
    return f"customer:{profiles.get(desk.session, case.customer_id).public_id}"


def _way_back(desk: Desk, case: Case) -> Undo:
    return Undo(url_for(".reopen", public_id=case.public_id), desk.t("Mở lại", "Open again"))


def _as_it_is(desk: Desk, case: Case) -> dict[str, str]:
    """What `Change` would have to say to bring it back."""
    owner = accounts.get(desk.session, case.owner_id).public_id if case.owner_id else "-"
    return {"owner": owner, "due_on": case.due_on.isoformat(), "kind": case.kind}


def _change(desk: Desk, case: Case, given: dict[str, Any]) -> list[str]:
    """Which fields were asked for."""
    by = worker(desk)
    if given["owner"]:
        casework.assign(desk.session, case, find_colleague(desk, given["owner"].strip("-")), by)
    if given["due_on"]:
        casework.move(desk.session, case, given["due_on"], by)
    if given["kind"]:
        casework.reclassify(desk.session, case, CaseKind(given["kind"]), by)
    return [name for name in ("owner", "due_on", "kind") if given[name]]


def _answer(desk: Desk, case: Case, given: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the customer is told, and whether it is over."""
    by = worker(desk)
    casework.answer(desk.session, case, given["words"], by)
    told = given["tell"] and desk.may(Right.CONVERSE) and _tell(desk, case, given["words"])
    return bool(told), given["close"] and casework.close(desk.session, case, by)


def _tell(desk: Desk, case: Case, words: str) -> bool:
    def render(_locale: str) -> tuple[str, Sequence[MessageButton]]:
        return words, ()

    return notices.tell_customer(
        desk.session,
        case.customer_id,
        f"case:{desk.key}",
        render,
        kind=Purpose.SERVICE,
        facts=lambda _locale: {"text": words},
        now=desk.now,
    )


def _hand_over(desk: Desk, given: dict[str, Any]) -> tuple[int, str]:
    leaver, taker = find_colleague(desk, given["leaver"]), find_colleague(desk, given["owner"])
    assert leaver is not None and taker is not None  # both are required
    return casework.hand_over(desk.session, leaver, taker, worker(desk)), leaver.public_id
