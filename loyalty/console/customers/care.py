"""What was written down about a customer: notes, and what they complained about, praised or asked for."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from loyalty.console import authors
from loyalty.console.customers import stories
from loyalty.console.customers.here import render, section, subject, whole_number
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Day, Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import cases, notes, profiles
from loyalty.customers.cases import CaseKind, Opening
from loyalty.customers.models import Case, Customer, Note
from loyalty.staff import accounts
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right
from loyalty.vault.people import Erased

PAGE = 20


class NewNote(FormSchema):
    words = Text(required=True, longest=notes.LONGEST, lines=True)


class NewCase(FormSchema):
    kind = Choice([kind.value for kind in CaseKind], required=True)
    said = Text(required=True, longest=cases.LONGEST, lines=True)
    owner = Text(longest=64)
    due_on = Day()


@dataclass(frozen=True, slots=True)
class Written:
    """One note as it is shown."""

    note: Note
    words: str
    author: str
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class Held:
    """One case in a list. `words` are empty for who may not read them."""

    case: Case
    kind: str
    words: str
    owner: str
    may_see: bool


@section.get("/customers/<public_id>/care", right=Right.FIND)
def care(desk: Desk, public_id: str) -> Answer:
    """Notes and cases, newest first."""
    return _page(desk, profiles.get_public(desk.session, public_id))


@section.post("/customers/<public_id>/notes", right=Right.NOTE)
def add_note(desk: Desk, public_id: str) -> Answer:
    """Keep a note; the same form once more keeps one."""
    customer = profiles.get_public(desk.session, public_id)
    form = desk.form(NewNote)

    def write(given: dict[str, Any]) -> Note:
        return notes.add(desk.session, customer.id, given["words"], key=desk.key, by=desk.author, now=desk.now)

    if not form.carry_out(write):
        return _page(desk, customer, note_form=form), 422
    note: Note = form.result
    desk.note("note", subject(customer), note=note.id)
    back = Undo(url_for(".take_back_note", public_id=public_id, note=note.public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã ghi chú.", "Noted."), to=url_for(".care", public_id=public_id), undo=back)


@section.post("/customers/<public_id>/notes/<note>/take_back", right=Right.NOTE)
def take_back_note(desk: Desk, public_id: str, note: str) -> Answer:
    """Nobody reads it any more; it can be put back."""
    customer, found = _note(desk, public_id, note)
    notes.take_back(desk.session, found, by=desk.member, now=desk.now)
    desk.note("note_taken_back", subject(customer), note=found.id)
    back = Undo(url_for(".put_back_note", public_id=public_id, note=note), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã bỏ ghi chú.", "The note is gone."), to=url_for(".care", public_id=public_id), undo=back)


@section.post("/customers/<public_id>/notes/<note>/put_back", right=Right.NOTE)
def put_back_note(desk: Desk, public_id: str, note: str) -> Answer:
    """A note that was taken back is read again."""
    customer = profiles.get_public(desk.session, public_id)
    found = notes.put_back(desk.session, note, customer_id=customer.id, by=desk.member, now=desk.now)
    desk.note("note_put_back", subject(customer), note=found.id)
    return desk.done(desk.t("Ghi chú đã trở lại.", "The note is back."), to=url_for(".care", public_id=public_id))


@section.post("/customers/<public_id>/cases", right=Right.NOTE)
def open_case(desk: Desk, public_id: str) -> Answer:
    """Take down what a customer said at the counter or on the phone; whoever opens it owns it, unless stated."""
    customer = profiles.get_public(desk.session, public_id)
    form = desk.form(NewCase)
    if not form.carry_out(lambda given: _open(desk, customer, given)):
        return _page(desk, customer, case_form=form), 422
    case: Case = form.result
    desk.note("case_opened", subject(customer), case=case.id, kind=case.kind)
    told = desk.t(f"Đã ghi nhận, số {case.id}.", f"Taken down as number {case.id}.")
    return desk.done(told, to=url_for("console.cases.show", public_id=case.public_id))


def hold(desk: Desk, case: Case) -> Held:
    """A case as a list shows it."""
    may_see = cases.may_see(case, desk.member)
    owner = accounts.get(desk.session, case.owner_id) if case.owner_id else None
    try:
        words = cases.words_of(desk.session, case) if may_see else ""
    except Erased:
        words = ""
    return Held(
        case,
        stories.CASE_KINDS[case.kind].in_(desk.locale),
        words,
        accounts.name_of(desk.session, owner) if owner else "",
        may_see,
    )


def colleagues(desk: Desk) -> list[tuple[str, str]]:
    """Everybody a case can be given to: id and name."""
    return [(member.public_id, accounts.name_of(desk.session, member)) for member in accounts.list_all(desk.session)]


def find_colleague(desk: Desk, public_id: str | None) -> StaffMember | None:
    """Raises StaffNotFound for any text that is nobody's id."""
    if not public_id:
        return None
    if not profiles.is_public_id(public_id):
        raise accounts.StaffNotFound(public_id)
    return accounts.get_public(desk.session, public_id)


def _open(desk: Desk, customer: Customer, given: dict[str, Any]) -> Case:
    owner = find_colleague(desk, given["owner"]) or desk.member
    said = Opening(
        CaseKind(given["kind"]),
        given["said"],
        "console",
        by=desk.author.actor,
        owner=owner,
        due_on=given["due_on"],
    )
    return cases.open_case(desk.session, customer.id, said, key=desk.key, now=desk.now)


def _note(desk: Desk, public_id: str, note: str) -> tuple[Customer, Note]:
    """A standing note of this customer. Raises CustomerNotFound, NoteNotFound."""
    customer, found = profiles.get_public(desk.session, public_id), notes.get_public(desk.session, note)
    if found.customer_id != customer.id:
        raise notes.NoteNotFound
    return customer, found


def _page(desk: Desk, customer: Customer, *, note_form: Form | None = None, case_form: Form | None = None) -> str:
    before = whole_number(desk.args.get("before", ""))
    found = notes.list_newest(desk.session, customer.id, before=before, limit=PAGE + 1)
    more = url_for(".care", public_id=customer.public_id, before=found[PAGE - 1].id) if len(found) > PAGE else ""
    written = [_written(desk, note) for note in found[:PAGE]] if customer.erased_at is None else []
    return render(
        desk,
        "care.html",
        customer,
        notes=written,
        more=more,
        cases=[hold(desk, case) for case in cases.of_customer(desk.session, customer.id, limit=PAGE)],
        note_form=note_form,
        case_form=case_form,
        kinds=[(kind.value, stories.CASE_KINDS[kind].in_(desk.locale)) for kind in CaseKind],
        colleagues=colleagues(desk),
        due_on=cases.due_day(desk.shop.day(desk.now)),
    )


def _written(desk: Desk, note: Note) -> Written:
    return Written(
        note,
        notes.words_of(desk.session, note),
        authors.name_of(desk.session, note.author, desk.locale),
        notes.may_take_back(note, desk.member, now=desk.now) and desk.may(Right.NOTE),
    )
