"""What is worth a second look at the counter: each finding in a sentence, its rows, and what the owner says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select

from loyalty.console import bills, persons
from loyalty.console.bills import Movement
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import FormSchema, Text
from loyalty.console.persons import Person
from loyalty.console.section import Answer, Refusal, Section
from loyalty.customers.models import Customer
from loyalty.points.models import LedgerEntry
from loyalty.staff.permissions import Right
from loyalty.typed import phones
from loyalty.typed.money import format_money, format_points
from loyalty.watch import findings, patterns
from loyalty.watch.findings import LONGEST_NOTE, Verdict
from loyalty.watch.models import Finding
from loyalty.words import Both

section = Section(
    "watch",
    Both("Theo dõi", "Watch"),
    icon="eye",
    order=78,
    right=Right.WATCH,
    refusals={"finding_not_found": Refusal("Không có việc này.", "There is no such finding.")},
)
deeds: Mapping[str, Both] = {
    "finding_explained": Both("ghi là có lý do", "marked as explained"),
    "finding_confirmed": Both("xác nhận sai phạm", "confirmed as wrong"),
    "finding_reopened": Both("mở lại để xem", "opened again"),
    "own_account_refused": Both("thử làm cho tài khoản của chính mình", "tried an account of their own"),
}
STATES: Mapping[str, Both] = {"open": Both("Cần xem", "To look at"), "judged": Both("Đã xem", "Looked at")}
VERDICTS: Mapping[str, Both] = {
    "explained": Both("Có lý do", "Explained"),
    "confirmed": Both("Sai phạm", "Confirmed"),
}
PAGE = 30
TIMES = 6  # named in a sentence


class Judging(FormSchema):
    """What the owner knows about it; empty is fine."""

    note = Text(longest=LONGEST_NOTE)


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding in words. `verdict`, `by` and `note` are empty while it is open."""

    finding: Finding
    name: str
    sentence: str
    movements: Sequence[Movement]
    verdict: str
    by: str
    note: str


@section.get("/watch", right=Right.WATCH)
def index(desk: Desk) -> Answer:
    """Newest first: what nobody looked at yet, or what was."""
    state = "judged" if desk.args.get("state") == "judged" else "open"
    found = findings.list_newest(desk.session, open_only=state == "open", before=_before(desk), limit=PAGE + 1)
    return desk.render(
        "watch/index.html",
        state=state,
        states=[(code, name.in_(desk.locale)) for code, name in STATES.items()],
        findings=_show_all(desk, found[:PAGE]),
        more=url_for(".index", state=state, before=found[PAGE - 1].id) if len(found) > PAGE else "",
        longest=LONGEST_NOTE,
    )


@section.post("/watch/<int:number>/explain", right=Right.WATCH)
def explain(desk: Desk, number: int) -> Answer:
    """There was a reason."""
    return _judge(desk, number, "explained", desk.t("Đã ghi là có lý do.", "Marked as explained."))


@section.post("/watch/<int:number>/confirm", right=Right.WATCH)
def confirm(desk: Desk, number: int) -> Answer:
    """It was not right. Nothing else follows from it: what to do about it is the owner's."""
    said = desk.t("Đã ghi là sai phạm. Điểm của khách vẫn giữ nguyên.", "Confirmed. Nobody's points have changed.")
    return _judge(desk, number, "confirmed", said)


@section.post("/watch/<int:number>/reopen", right=Right.WATCH)
def reopen(desk: Desk, number: int) -> Answer:
    """It is to be looked at again."""
    findings.reopen(desk.session, number, by=desk.author, now=desk.now)
    return desk.done(desk.t("Đã mở lại.", "Open again."), to=url_for(".index"))


def _judge(desk: Desk, number: int, verdict: Verdict, said: str) -> Answer:
    given = desk.form(Judging).read() or {}
    note = given.get("note") or ""
    findings.judge(desk.session, number, verdict, note, member=desk.member, by=desk.author, now=desk.now)
    undo = Undo(url_for(".reopen", number=number), desk.t("Hoàn tác", "Undo"))
    return desk.done(said, to=url_for(".index"), undo=undo)


def _before(desk: Desk) -> int | None:
    typed = desk.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _show_all(desk: Desk, found: Sequence[Finding]) -> list[Shown]:
    """Findings in their order, with as many queries as for one."""
    ids = {number for each in found for number in each.entries}
    rows = desk.session.scalars(select(LedgerEntry).where(LedgerEntry.id.in_(ids))).all()
    movements = {each.entry.id: each for each in bills.show_movements(desk, rows)}
    people = _people(desk, {each.customer_id for each in found if each.customer_id is not None})
    judges = {each.judged_by_id for each in found if each.judged_by_id is not None}
    names = bills.names_of(desk, {each.staff_id for each in found} | judges)
    return [
        _show(
            desk,
            each,
            [movements[number] for number in each.entries if number in movements],
            people.get(each.customer_id or 0),
            names,
        )
        for each in found
    ]


def _show(
    desk: Desk, finding: Finding, movements: Sequence[Movement], person: Person | None, names: Mapping[int, str]
) -> Shown:
    pattern, verdict = patterns.known().get(finding.pattern), VERDICTS.get(finding.state)
    facts = {
        "staff": names[finding.staff_id],
        "who": _who(person),
        "times": _times(desk, movements),
        **{name: _written(desk, name, int(value)) for name, value in finding.facts.items()},
    }
    return Shown(
        finding,
        pattern.name.in_(desk.locale) if pattern is not None else finding.pattern,
        pattern.sentence.in_(desk.locale, **facts) if pattern is not None else "",
        movements,
        verdict.in_(desk.locale) if verdict is not None else "",
        names.get(finding.judged_by_id or 0, ""),
        findings.note_of(desk.session, finding),
    )


def _who(person: Person | None) -> str:
    """By the masked phone, as the bill was given; by name where there is none."""
    if person is None:
        return ""
    return phones.mask(person.phone) if person.phone else person.name or "?"


def _written(desk: Desk, name: str, value: int) -> str:
    is_money = name in ("amount", "usual")
    return format_money(value, desk.locale) if is_money else format_points(value, desk.locale)


def _times(desk: Desk, movements: Sequence[Movement]) -> str:
    """When it was: 10:02, 10:40 …"""
    said = [f"{each.entry.posted_at.astimezone(desk.shop.timezone):%H:%M}" for each in movements[:TIMES]]
    return ", ".join(said) + (" …" if len(movements) > TIMES else "")


def _people(desk: Desk, ids: set[int]) -> Mapping[int, Person]:
    customers = desk.session.scalars(select(Customer).where(Customer.id.in_(ids))).all()
    shown = persons.show_all(desk.session, customers)
    return {customer.id: person for customer, person in zip(customers, shown, strict=True)}
