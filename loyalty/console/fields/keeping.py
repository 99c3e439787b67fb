"""The shop's own fields: listed, defined, changed, put away and brought back."""

from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from loyalty.console.desk import Desk, Undo
from loyalty.console.fields.here import FAULTS, KINDS, PURPOSES, section
from loyalty.console.forms import Choice, Flag, Form, FormSchema, Text, WholeNumber
from loyalty.console.section import Answer
from loyalty.customers.traits import fields as own
from loyalty.customers.traits.fields import BadCustomField, Definition
from loyalty.customers.traits.models import CustomField
from loyalty.insights import field_counts, field_keeping, field_use, field_worth
from loyalty.staff.permissions import Right

FORMER = ("name_vi", "name_en", "purpose", "months")  # what a change may take back


class FieldForm(FormSchema):
    """What may change later."""

    name_vi = Text(required=True, longest=own.LONGEST_NAME)
    name_en = Text(longest=own.LONGEST_NAME)
    purpose = Choice(PURPOSES, required=True)
    months = WholeNumber(low=1, high=own.MOST_MONTHS, required=True)
    choices = Text(longest=own.MOST_CHOICES * (own.LONGEST_CHOICE + 2), lines=True)


class ChangeForm(FieldForm):
    sure = WholeNumber(low=1, high=own.MOST_MONTHS)  # the months whose end of values was seen


class NewFieldForm(FieldForm):
    key = Text(required=True, longest=32)
    kind = Choice(KINDS, required=True)
    personal = Flag()


@section.get("/fields", right=Right.SEGMENT)
def index(desk: Desk) -> Answer:
    """What each field is worth: who has it, how old it is, what uses it, what that brought; and the shop's own."""
    return desk.render(
        "fields/index.html",
        fields={field.key: field for field in own.list_all(desk.session, archived=True)},
        report=field_worth.report(desk.session, now=desk.now),
        kinds=KINDS,
        purposes=PURPOSES,
    )


@section.post("/fields/count", right=Right.SEGMENT)
def count(desk: Desk) -> Answer:
    """Have a worker count anew who has each."""
    field_counts.ask(desk.session, now=desk.now)
    text = desk.t("Đang đếm lại, vài giây nữa là xong.", "Being counted again; a few seconds.")
    return desk.done(text, to=url_for(".index"))


@section.get("/fields/new", right=Right.SETTINGS)
def begin(desk: Desk) -> Answer:
    """A form for one more."""
    return _page(desk, desk.form(NewFieldForm, months=24), None)


@section.post("/fields/new", right=Right.SETTINGS)
def create(desk: Desk) -> Answer:
    """Define it."""
    form = desk.form(NewFieldForm)
    if not _carry_out(desk, form, lambda wanted: own.define(desk.session, wanted, by=desk.author, now=desk.now)):
        return _page(desk, form, None), 422
    field: CustomField = form.result
    desk.note("custom_field_defined", f"custom_field:{field.key}", fields=[field.key])
    text = desk.t(f"Đã lập ô «{field.name_vi}».", f"Field “{field.name_en}” is defined.")
    back = Undo(url_for(".archive", key=field.key), desk.t("Cất đi", "Put away"))
    return desk.done(text, to=url_for(".index"), undo=back)


@section.get("/fields/<key>", right=Right.SETTINGS)
def edit(desk: Desk, key: str) -> Answer:
    """One field, with what may change."""
    field = own.get(desk.session, key)
    known = {name: getattr(field, name) for name in FORMER}
    return _page(desk, desk.form(ChangeForm, **known, choices="\n".join(map(str, field.choices))), field)


@section.post("/fields/<key>", right=Right.SETTINGS)
def change(desk: Desk, key: str) -> Answer:
    """Other names, another purpose, another time, more choices. What a shorter time would end is said first."""
    field, form = own.get(desk.session, key), desk.form(ChangeForm)
    if ending := _ending(desk, form, field):
        return _page(desk, form, field, ending=ending), 422
    return _change(desk, form, field)


@section.post("/fields/<key>/back", right=Right.SETTINGS)
def change_back(desk: Desk, key: str) -> Answer:
    """Names, purpose and time as they were before a change, as the address has them."""
    field, before = own.get(desk.session, key), desk.args
    known = {"choices": "\n".join(map(str, field.choices)), "sure": before.get("months", "")}
    form = desk.form_of(ChangeForm, MultiDict({**{name: before.get(name, "") for name in FORMER}, **known}))
    return _change(desk, form, field)


@section.post("/fields/<key>/archive", right=Right.SETTINGS)
def archive(desk: Desk, key: str) -> Answer:
    """Put it away; refused, naming them, while anything uses it."""
    field = own.get(desk.session, key)
    try:
        gone = field_use.archive(desk.session, field, now=desk.now)
    except field_use.CustomFieldInUse as used:
        desk.note_refused(used)
        return desk.done(desk.sentence(used), to=url_for(".index"))
    if gone:
        desk.note("custom_field_archived", f"custom_field:{key}", fields=[key])
    text = desk.t(f"Đã cất ô «{field.name_vi}».", f"“{field.name_en}” is put away.")
    return desk.done(text, to=url_for(".index"), undo=Undo(url_for(".restore", key=key), desk.t("Hoàn tác", "Undo")))


@section.post("/fields/<key>/restore", right=Right.SETTINGS)
def restore(desk: Desk, key: str) -> Answer:
    """Take it into use again."""
    field = own.get(desk.session, key)
    if own.bring_back(desk.session, field):
        desk.note("custom_field_restored", f"custom_field:{key}", fields=[key])
    return desk.done(desk.t("Đã lấy lại ô này.", "It is back in use."), to=url_for(".index"))


def _change(desk: Desk, form: Form, field: CustomField) -> Answer:
    before = {name: getattr(field, name) for name in FORMER}
    if not _carry_out(desk, form, lambda wanted: own.change(desk.session, field, wanted), field):
        return _page(desk, form, field), 422
    back = None
    if form.result:
        desk.note("custom_field_changed", f"custom_field:{field.key}", fields=form.result)
    if before.keys() & form.result:
        back = Undo(url_for(".change_back", key=field.key, **before), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã lưu.", "Kept."), to=url_for(".index"), undo=back)


def _ending(desk: Desk, form: Form, field: CustomField) -> int:
    """How many values the time asked for would end; 0 once whoever asks has seen that."""
    given = form.read()
    if given is None or given["sure"] == given["months"]:
        return 0
    return field_keeping.ending(desk.session, field, given["months"], now=desk.now)


def _carry_out(desk: Desk, form: Form, act: Any, field: CustomField | None = None) -> bool:
    """Do it with what the form states; what is wrong with a definition stands beside its field, in words."""

    def carry(given: dict[str, Any]) -> Any:
        try:
            return act(_stated(given, field))
        except BadCustomField as bad:
            name = str(bad.facts["field"])
            form.refuse(name, FAULTS[name].in_(desk.locale))

    return form.carry_out(carry)


def _stated(given: dict[str, Any], field: CustomField | None) -> Definition:
    """Without an English name the Vietnamese one stands for it."""
    choices = [line for line in (given["choices"] or "").replace(",", "\n").split("\n") if line.strip()]
    told = {name: given[name] for name in ("name_vi", "purpose", "months")}
    fixed = (field.key, field.kind, field.personal) if field else (given["key"], given["kind"], given["personal"])
    named = dict(zip(("key", "kind", "personal"), fixed, strict=True))
    return Definition(**told, **named, name_en=given["name_en"] or given["name_vi"], choices=choices)


def _page(desk: Desk, form: Form, field: CustomField | None, *, ending: int = 0) -> str:
    return desk.render(
        "fields/edit.html",
        form=form,
        field=field,
        ending=ending,
        kinds=[(code, name.in_(desk.locale)) for code, name in KINDS.items()],
        purposes=[(code, name.in_(desk.locale)) for code, name in PURPOSES.items()],
    )
