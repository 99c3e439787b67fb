"""Correcting name, language, phone and e-mail: checked, shown before and after, then kept, with the way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from loyalty.console.customers import words
from loyalty.console.customers.here import render, section, subject
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Flag, Form, FormSchema, Phone, Text
from loyalty.console.section import Answer
from loyalty.customers import birthdays, corrections, emails, profiles
from loyalty.customers.birthdays import Birthday
from loyalty.customers.corrections import Change, Field
from loyalty.customers.emails import NotAnEmail
from loyalty.customers.models import Customer
from loyalty.customers.profiles import CustomerNotFound
from loyalty.staff import permissions
from loyalty.staff.permissions import Right
from loyalty.typed.birthdays import BirthdayUnclear, parse_birthday

CONTACT = frozenset({Field.PHONE, Field.EMAIL})
LONGEST_WAY = 4_000

Wanted = Mapping[Field, str | None]


class Called(FormSchema):
    name = Text(longest=profiles.LONGEST_NAME)
    locale = Choice(("vi", "en"))
    birthday = Text(longest=30)
    confirmed = Flag()


class Contact(FormSchema):
    """Empty fields stay as they are."""

    phone = Phone()
    drop_phone = Flag()
    email = Text(longest=254)
    drop_email = Flag()
    confirmed = Flag()


@section.get("/customers/<public_id>/edit", right=Right.EDIT_NAME)
def edit(desk: Desk, public_id: str) -> Answer:
    """Two forms: who they are, and for whoever may, how to reach them."""
    return _page(desk, _living(desk, public_id))


@section.post("/customers/<public_id>/name", right=Right.EDIT_NAME)
def correct_name(desk: Desk, public_id: str) -> Answer:
    """Name and language: before and after first, then kept."""
    customer, form = _living(desk, public_id), desk.form(Called)
    if (given := form.read()) is None:
        return _page(desk, customer, called=form), 422
    try:
        born = _birthday(desk, given["birthday"])
    except BirthdayUnclear as unclear:
        form.refuse_with(unclear)
        return _page(desk, customer, called=form), 422
    wanted = {
        Field.NAME: profiles.clean_name(given["name"]),
        Field.LOCALE: given["locale"],
        Field.BIRTHDAY: born,
    }
    return _decide(desk, customer, form, wanted, given["confirmed"], ".correct_name")


@section.post("/customers/<public_id>/contact", right=Right.EDIT_CONTACT)
def correct_contact(desk: Desk, public_id: str) -> Answer:
    """Phone and e-mail: before and after first, then kept. Neither is shown whole but as it was just typed."""
    customer, form = _living(desk, public_id), desk.form(Contact)
    if (given := form.read()) is None:
        return _page(desk, customer, contact=form), 422
    try:
        wanted = _contact(given)
    except NotAnEmail as refused:
        form.refuse_with(refused)
        return _page(desk, customer, contact=form), 422
    return _decide(desk, customer, form, wanted, given["confirmed"], ".correct_contact")


@section.post("/customers/<public_id>/go_back", right=Right.EDIT_NAME)
def go_back(desk: Desk, public_id: str) -> Answer:
    """Put back what a correction changed, within a day, where nobody changed it since."""
    customer, way = _living(desk, public_id), desk.args.get("way", "")[:LONGEST_WAY]
    if CONTACT & set(corrections.fields_of(desk.session, customer, way)):
        permissions.require(desk.member, Right.EDIT_CONTACT)
    fields = corrections.go_back(desk.session, customer, way, now=desk.now)
    desk.note("customer_correction_undone", subject(customer), fields=[field.value for field in fields])
    told = desk.t("Hồ sơ trở lại như trước khi sửa.", "The profile is as it was before.")
    return desk.done(told, to=url_for(".show", public_id=public_id))


def _living(desk: Desk, public_id: str) -> Customer:
    """Raises CustomerNotFound for who was erased."""
    customer = profiles.get_public(desk.session, public_id)
    if customer.erased_at is not None:
        raise CustomerNotFound(public_id)
    return customer


def _birthday(desk: Desk, typed: str | None) -> str | None:
    """As it is kept; None where nothing stands. Raises BirthdayUnclear."""
    if not typed:
        return None
    year, month, day = parse_birthday(typed, desk.shop.day(desk.now))
    return Birthday(month, day, year).text


def _contact(given: Mapping[str, Any]) -> Wanted:
    """What is asked for: only what was typed or is to go. Raises NotAnEmail."""
    wanted: dict[Field, str | None] = {}
    if given["phone"] or given["drop_phone"]:
        wanted[Field.PHONE] = given["phone"]
    if given["email"] or given["drop_email"]:
        wanted[Field.EMAIL] = emails.parse(given["email"]).address if given["email"] else None
    return wanted


def _decide(desk: Desk, customer: Customer, form: Form, wanted: Wanted, confirmed: bool, endpoint: str) -> Answer:
    changes = corrections.compare(desk.session, customer, wanted)
    if not changes:
        told = desk.t("Không có gì khác nên không sửa.", "Nothing is different, so nothing was changed.")
        return desk.done(told, to=url_for(".show", public_id=customer.public_id))
    if not confirmed:
        return _before_and_after(desk, customer, form, changes, endpoint)
    if not form.carry_out(lambda _: corrections.correct(desk.session, customer, wanted, now=desk.now)):
        return _page(desk, customer, **{"called" if endpoint == ".correct_name" else "contact": form}), 422
    return _kept(desk, customer, form.result, changes)


def _kept(desk: Desk, customer: Customer, way_back: str | None, changes: Sequence[Change]) -> Answer:
    back = None
    if way_back is not None:
        back = Undo(url_for(".go_back", public_id=customer.public_id, way=way_back), desk.t("Hoàn tác", "Undo"))
    fields = [change.field.value for change in changes]
    desk.note("customer_corrected", subject(customer), fields=fields, sealed=way_back)
    return desk.done(desk.t("Đã sửa.", "Corrected."), to=url_for(".show", public_id=customer.public_id), undo=back)


def _before_and_after(desk: Desk, customer: Customer, form: Form, changes: Sequence[Change], endpoint: str) -> Answer:
    shown = [
        (words.FIELDS[change.field].in_(desk.locale), words.value(desk, change.field, change.before),
         words.value(desk, change.field, change.after, is_typed=True))
        for change in changes
    ]  # fmt: skip
    name = next((change.after for change in changes if change.field is Field.NAME), None)
    owner = _owner_of(desk, customer, changes)
    return render(
        desk,
        "confirm.html",
        customer,
        form=form,
        changes=shown,
        doubts=words.doubts(desk, name) if name else [],
        owner=owner,
        owner_name=profiles.name_of(desk.session, owner) if owner else None,
        action=url_for(endpoint, public_id=customer.public_id),
        fields={field: form[field] for field in form.schema.fields if field != "confirmed" and form[field]},
    )


def _owner_of(desk: Desk, customer: Customer, changes: Sequence[Change]) -> Customer | None:
    """Who else has the phone that is asked for."""
    phone = next((change.after for change in changes if change.field is Field.PHONE), None)
    owner = profiles.find_by_phone(desk.session, phone) if phone else None
    return owner if owner is not None and owner.id != customer.id else None


def _page(desk: Desk, customer: Customer, *, called: Form | None = None, contact: Form | None = None) -> str:
    born = birthdays.text_of(desk.session, customer)
    known = {
        "name": profiles.name_of(desk.session, customer) or "",
        "locale": customer.locale or "",
        "birthday": words.birthday(born) if born else "",
    }
    first = called or Form(
        Called, None, MultiDict(), known, session=desk.session, locale=desk.locale, known=desk.known
    )  # not what was sent: that may be the other form
    return render(desk, "edit.html", customer, called=first, contact=contact, rules=words.ENTRY_RULES)
