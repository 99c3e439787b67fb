"""/customers: who they are."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, custom_fields, pages, persons, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Flag, Phone, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.api.persons import CustomerSchema
from loyalty.api.problems import Invalid
from loyalty.customers import birthdays, emails, profiles, searching
from loyalty.customers.birthdays import BadBirthday
from loyalty.customers.models import Customer
from loyalty.customers.profiles import PhoneTaken
from loyalty.customers.traits import values
from loyalty.privacy import requests
from loyalty.privacy.requests import Asking, Wish
from loyalty.words import Both

blueprint = blueprints.resource(
    "customers", "Who they are: found, made, corrected.", called=Both("Khách hàng", "Customers"), order=10
)
CustomerPage = page_of(CustomerSchema)
LOCALES = ("vi", "en")
CUSTOM = fields.Dict(  # values of the shop's own fields by their keys; null takes one away
    keys=fields.String(), metadata={"description": "Values of the shop's own fields by their keys, see /custom-fields."}
)


class CustomerQuery(PageQuery):
    """`phone` in any form finds one; `q` whole words of the name, with or without tone marks."""

    phone = Phone()
    q = Text(1, 100)


class NewCustomer(Body):
    """A phone or a name at least. `joined`: a member from the start, as whoever gives their phone at the counter is."""

    name = Text(1, 100, allow_none=True, example="Nguyễn Thị Lan")
    phone = Phone(allow_none=True, example="0987654321")
    email = Text(3, 254, allow_none=True)
    locale = fields.String(validate=validate.OneOf(LOCALES), allow_none=True)
    birthday = Text(7, 10, allow_none=True, example="1990-11-20")  # or without the year, `--11-20`
    custom = CUSTOM
    joined = Flag(load_default=True)

    @validates_schema
    def check(self, asked: dict[str, Any], **_: Any) -> None:
        if not (asked.get("phone") or asked.get("name")):
            raise ValidationError('Give a phone or a name at least, such as {"phone": "0912345678"}.')


class CustomerChange(Body):
    """What is given changes; null takes it away."""

    name = Text(1, 100, allow_none=True, example="Nguyễn Thị Lan Anh")
    phone = Phone(allow_none=True)
    email = Text(3, 254, allow_none=True)
    locale = fields.String(validate=validate.OneOf(LOCALES), allow_none=True)
    birthday = Text(7, 10, allow_none=True, example="1990-11-20")  # or without the year, `--11-20`
    custom = CUSTOM


class PhoneTakenHere(PhoneTaken):
    """Another customer has this phone; a key holder may know which one."""

    def __init__(self, session: Session, taken: PhoneTaken) -> None:
        super().__init__(taken.customer_id)
        self.facts["customer"] = profiles.get(session, taken.customer_id).public_id


@blueprint.get("/customers")
@requires_scope("customers:read")
@blueprint.arguments(CustomerQuery, location="query")
@blueprint.response(200, CustomerPage)
def list_customers(wanted: dict[str, Any]) -> dict[str, Any]:
    """Customers, newest first; by `phone` in any form, or by words of the name with or without tone marks."""
    session = work.here().session
    place = f"customers {wanted.get('phone', '')} {wanted.get('q', '')}"
    before = pages.start(session, wanted, place)
    found = _find(session, wanted, before, wanted["limit"] + 1)
    return pages.page(session, found, wanted, place, lambda customer: customer.id, persons.show_all)


@blueprint.post("/customers")
@requires_scope("customers:write")
@blueprint.arguments(NewCustomer)
@blueprint.response(201, CustomerSchema)
def create_customer(asked: dict[str, Any]) -> dict[str, Any]:
    """Make a customer. A phone or e-mail somebody has already is a conflict; nothing is made then."""
    session = work.here().session
    own = custom_fields.read_values(asked.get("custom", {}))
    try:
        customer = profiles.create(
            session,
            source="api",
            name=asked.get("name"),
            phone=asked.get("phone"),
            joined=asked["joined"],
            locale=asked.get("locale"),
            now=work.now(),
        )
    except PhoneTaken as taken:
        raise PhoneTakenHere(session, taken) from None
    if asked.get("email"):
        _set_email(session, customer, asked["email"])
    if asked.get("birthday"):
        _set_birthday(session, customer, asked["birthday"])
    values.put_all(session, customer, own, by=custom_fields.author(), now=work.now())
    shown = persons.show(customer)
    work.note("customer_created", f"customer:{customer.public_id}")
    return shown


@blueprint.get("/customers/<public_id:customer>")
@requires_scope("customers:read")
@blueprint.response(200, CustomerSchema)
def get_customer(customer: str) -> dict[str, Any]:
    """One customer."""
    return persons.show(profiles.get_public(work.here().session, customer))


@blueprint.patch("/customers/<public_id:customer>")
@requires_scope("customers:write")
@blueprint.arguments(CustomerChange)
@blueprint.response(200, CustomerSchema)
def change_customer(change: dict[str, Any], customer: str) -> dict[str, Any]:
    """Correct what is known of a customer; what is not given stays."""
    session = work.here().session
    found = profiles.get_public(session, customer)
    if found.erased_at is not None:
        raise profiles.CustomerNotFound
    own = custom_fields.read_values(change.get("custom", {}))
    _apply(session, found, change)
    values.put_all(session, found, own, by=custom_fields.author(), now=work.now())
    shown = persons.show(found)
    work.note(
        "customer_changed",
        f"customer:{found.public_id}",
        fields=sorted({*change} - {"custom"} | {f"custom.{key}" for key in own}),
    )
    return shown


class Erasure(Body):
    """Why, for the record: who asked, and how. No name or phone."""

    reason = Text(1, 500, required=True, example="asked by letter of 12 November")


@blueprint.post("/customers/<public_id:customer>/erase")
@requires_scope("customers:write")
@blueprint.arguments(Erasure)
@blueprint.response(200, CustomerSchema)
def erase_customer(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """Erase a customer for good: nothing personal can be read any more, in backups too; the ledger stays.

    Consents end, unused codes are void, waiting messages are dropped. Once more changes nothing.
    """
    session = work.here().session
    found = profiles.get_public(session, customer)
    if profiles.lock(session, found.id).erased_at is None:
        wish = Asking(Wish.ERASE, "api", by=work.here().caller.actor)
        request = requests.ask(session, found.id, wish, key=work.new_key(), now=work.now())
        requests.carry_out(session, request, by=wish.by, reason=asked["reason"], now=work.now())
        work.note("customer_erased", f"customer:{customer}", request=request.public_id)
    return persons.show(profiles.get_public(session, customer))


def _find(session: Session, wanted: dict[str, Any], before: int | None, limit: int) -> list[Customer]:
    if "phone" in wanted:
        found = profiles.find_by_phone(session, wanted["phone"])
        return [found] if found is not None and searching.is_named(session, found, wanted.get("q", "")) else []
    if "q" in wanted:
        return searching.by_name(session, wanted["q"], limit=limit, before=before)
    query = select(Customer).where(Customer.erased_at.is_(None)).order_by(Customer.id.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(Customer.id < before)))


def _apply(session: Session, customer: Customer, change: dict[str, Any]) -> None:
    if "name" in change:
        profiles.set_name(session, customer, change["name"], now=work.now())
    if "locale" in change:
        profiles.set_locale(session, customer, change["locale"])
    if "email" in change:
        _set_email(session, customer, change["email"])
    if "birthday" in change:
        _set_birthday(session, customer, change["birthday"])
    if "phone" in change:
        _set_phone(session, customer, change["phone"])


def _set_email(session: Session, customer: Customer, email: str | None) -> None:
    try:
        profiles.set_email(session, customer, email)
    except emails.NotAnEmail as refused:
        raise Invalid({"email": [f"Not an e-mail address; such as {refused.facts['example']}."]}) from None


def _set_birthday(session: Session, customer: Customer, text: str | None) -> None:
    try:
        birthdays.put(session, customer, birthdays.maybe(text), now=work.now())
    except BadBirthday:
        raise Invalid({"birthday": ["Not a birthday; such as 1990-11-20, or --11-20 without the year."]}) from None


def _set_phone(session: Session, customer: Customer, phone: str | None) -> None:
    if phone is None:
        profiles.drop_phone(session, customer)
        return
    if phone == profiles.phone_of(session, customer):
        return  # how it was proven stays
    try:
        profiles.set_phone(session, customer, phone, None, now=work.now())
    except PhoneTaken as taken:
        raise PhoneTakenHere(session, taken) from None
