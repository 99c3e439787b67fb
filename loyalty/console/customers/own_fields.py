"""The shop's own fields on a customer's pages: what stands there and where it came from, and a form to change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from loyalty.console.customers import words
from loyalty.console.customers.here import render, section, subject
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Flag, Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.profiles import CustomerNotFound
from loyalty.customers.traits import correcting, fields, typing, values
from loyalty.customers.traits.models import CustomField
from loyalty.customers.traits.typing import BadCustomValue, Kind, Value
from loyalty.customers.traits.values import Held
from loyalty.staff.permissions import Right
from loyalty.words import Both

LONGEST_WAY = 8_000
HIDDEN = "•••"
SOURCES = {
    "console": Both("nhân viên ghi", "by staff"),
    "api": Both("phần mềm khác", "another program"),
    "import": Both("danh sách nhập", "an imported list"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One value, as the page tells of it. `how`: by whom or what it came; `is_hidden` until somebody asks for it."""

    name: str
    value: str
    how: str
    at: datetime
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Blank:
    """One field of the form. A personal one begins empty: empty stays as it is, `drop` takes it away."""

    name: str
    drop: str
    label: str
    help: str
    options: Sequence[tuple[str, str]]  # none: one types
    is_personal: bool
    has_value: bool


def beside(desk: Desk, customer: Customer, *, is_revealed: bool = False) -> list[Shown]:
    """What stands in the fields; personal ones only after asking for them."""
    return [_shown(desk, held, is_hidden=held.field.personal and not is_revealed) for held in _held(desk, customer)]


def personal_keys(desk: Desk, customer: Customer) -> list[str]:
    """Those of their fields that are hidden until somebody asks."""
    return [held.field.key for held in _held(desk, customer) if held.field.personal]


def may_change(desk: Desk, customer: Customer) -> bool:
    """Whether there is a form for whoever looks."""
    return customer.erased_at is None and desk.may(Right.NOTE) and bool(_open_to(desk))


@section.get("/customers/<public_id>/fields", right=Right.NOTE)
def own_fields(desk: Desk, public_id: str) -> Answer:
    """A form of every field."""
    customer = _living(desk, public_id)
    return _page(desk, customer, _form(desk, customer, None))


@section.post("/customers/<public_id>/fields", right=Right.NOTE)
def correct_fields(desk: Desk, public_id: str) -> Answer:
    """Keep what was typed; the way back is offered."""
    customer = _living(desk, public_id)
    form = _form(desk, customer, request.form)
    wanted = _wanted(desk, customer, form)
    if form.errors or not form.carry_out(
        lambda _: correcting.correct(desk.session, customer, wanted, by=desk.author, now=desk.now)
    ):
        return _page(desk, customer, form), 422
    changed, way_back = form.result
    to = url_for(".show", public_id=public_id)
    if way_back is None:
        return desk.done(desk.t("Không có gì khác nên không sửa.", "Nothing is different."), to=to)
    desk.note("customer_fields_corrected", subject(customer), fields=changed, sealed=way_back)
    back = Undo(url_for(".fields_back", public_id=public_id, way=way_back), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã ghi.", "Kept."), to=to, undo=back)


@section.post("/customers/<public_id>/fields/back", right=Right.NOTE)
def fields_back(desk: Desk, public_id: str) -> Answer:
    """Put back what a correction changed, within a day, where nobody changed it since."""
    customer, way = _living(desk, public_id), desk.args.get("way", "")[:LONGEST_WAY]
    changed = correcting.go_back(desk.session, customer, way, by=desk.author, now=desk.now)
    desk.note("customer_correction_undone", subject(customer), fields=changed)
    told = desk.t("Các ô trở lại như trước.", "The fields are as they were before.")
    return desk.done(told, to=url_for(".show", public_id=public_id))


def _held(desk: Desk, customer: Customer) -> Sequence[Held]:
    return values.of_customer(desk.session, customer)


def _shown(desk: Desk, held: Held, *, is_hidden: bool) -> Shown:
    how = SOURCES.get(held.source) or words.FIRST_TOUCH.get(held.source, Both(held.source, held.source))
    value = HIDDEN if is_hidden else typing.write(held.field, held.value, desk.locale)
    return Shown(fields.name_in(held.field, desk.locale), value, how.in_(desk.locale), held.at, is_hidden)


def _living(desk: Desk, public_id: str) -> Customer:
    customer = profiles.get_public(desk.session, public_id)
    if customer.erased_at is not None:
        raise CustomerNotFound(public_id)
    return customer


def _page(desk: Desk, customer: Customer, form: Form) -> str:
    known = {held.field.key for held in _held(desk, customer)}
    blanks = [_blank(desk, field, field.key in known) for field in _open_to(desk)]
    return render(desk, "own_fields.html", customer, form=form, blanks=blanks)


def _open_to(desk: Desk) -> list[CustomField]:
    """The fields whoever sits here may write into."""
    return [field for field in fields.list_all(desk.session) if not field.personal or desk.may(Right.REVEAL)]


def _form(desk: Desk, customer: Customer, sent: MultiDict[str, str] | None) -> Form:
    """A form with a text for each field, and for personal ones a box that takes the value away."""
    offered = _open_to(desk)
    parts: dict[str, Any] = {_field(each): Text(longest=typing.LONGEST) for each in offered}
    parts |= {_drop(each): Flag() for each in offered if each.personal}
    held = {each.field.key: each.value for each in _held(desk, customer)}
    known = {_field(each): typing.typed(each, held.get(each.key)) for each in offered if not each.personal}
    schema = type("OwnFields", (FormSchema,), parts)
    return desk.form_of(schema, sent, **known)


def _wanted(desk: Desk, customer: Customer, form: Form) -> Mapping[str, Value | None]:
    """What the form asks for by key; what stood there and still does was not told again. A refusal stands beside."""
    given, wanted = form.read() or {}, dict[str, Value | None]()
    held = {each.field.key: each.value for each in _held(desk, customer)}
    for field in _open_to(desk) if given else ():
        text = given[_field(field)] or ""
        if field.personal and not text:
            wanted |= {field.key: None} if given[_drop(field)] else {}
        elif field.personal or text != typing.typed(field, held.get(field.key)):
            try:
                wanted[field.key] = typing.parse(field, text) if text else None
            except BadCustomValue as bad:
                form.refuse(_field(field), _fault(desk, field, bad))
    return wanted


def _fault(desk: Desk, field: CustomField, bad: BadCustomValue) -> str:
    asked = typing.ASKED[Kind(field.kind)]
    right = "20/11/2026" if field.kind == Kind.DATE else "có" if field.kind == Kind.FLAG else bad.example
    return desk.t(f"Cần {asked.vi}, ví dụ: {right}", f"Needs {asked.en}, such as {right}")


def _blank(desk: Desk, field: CustomField, has_value: bool) -> Blank:
    options: list[tuple[str, str]] = [(str(choice), str(choice)) for choice in field.choices]
    if field.kind == Kind.FLAG:
        options = [(code, typing.SAID[code == "yes"].in_(desk.locale)) for code in ("yes", "no")]
    example = typing.typed(field, typing.read(field, typing.example(field)))
    help_text = "" if options else desk.t(f"Ví dụ: {example}", f"Such as {example}")
    return Blank(
        _field(field), _drop(field), fields.name_in(field, desk.locale), help_text, options, field.personal, has_value
    )


def _field(field: CustomField) -> str:
    return f"own_{field.key}"


def _drop(field: CustomField) -> str:
    return f"drop_{field.key}"
