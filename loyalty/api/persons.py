"""Customers as JSON: names in clear, phones and e-mails masked for keys that may not see them."""

from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.api import work
from loyalty.api.fields import Body, CustomerRef, Instant
from loyalty.customers import birthdays, emails, profiles
from loyalty.customers.birthdays import Birthday
from loyalty.customers.models import Customer, CustomerStats
from loyalty.customers.traits import typing, values
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.typed import phones
from loyalty.vault.models import CustomerKey

__all__ = ["ConsentFlags", "CustomerRef", "CustomerSchema", "show", "show_all"]


class ConsentFlags(Body):
    promotion = fields.Boolean(required=True)


class CustomerSchema(Body):
    """A customer. `phone` and `email` are masked without the scope customers:reveal."""

    id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True, allow_none=True)
    birthday = fields.String(required=True, allow_none=True)  # without the year, unless customers:reveal: `--11-20`
    tier = fields.String(required=True)  # its name in the shop's language
    tier_code = fields.String(required=True)
    points = fields.Integer(required=True)
    points_pending = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    spent = fields.Integer(required=True)  # whole ₫
    spent_12m = fields.Integer(required=True)
    channels = fields.List(fields.String(), required=True)
    consent = fields.Nested(ConsentFlags, required=True)
    custom = fields.Dict(keys=fields.String(), required=True)  # by key; personal ones only with customers:reveal
    source = fields.String(required=True)
    created_at = Instant(required=True)
    joined_at = Instant(required=True, allow_none=True)
    last_purchase_at = Instant(required=True, allow_none=True)
    erased_at = Instant(required=True, allow_none=True)


def show(customer: Customer) -> dict[str, Any]:
    """One customer for the key that asks."""
    return show_all([customer])[0]


def show_all(customers: Sequence[Customer]) -> list[dict[str, Any]]:
    """Customers in their order, with as many queries as for one."""
    session = work.here().session
    ids = [customer.id for customer in customers]
    stats = {row.customer_id: row for row in _rows(session, CustomerStats, ids)}
    keys = _rows(session, CustomerKey, ids)  # held here, so that each person's key is found at hand
    rules = versions.at(session, shop.of(session).day(work.now()))
    held = values.of_many(session, customers)
    shown = [_person(session, customer, stats[customer.id], rules) for customer in customers]
    for customer, person in zip(customers, shown, strict=True):
        person["custom"] = _custom(customer, held.get(customer.id, ()))
    del keys
    return shown


def _rows(session: Session, model: type[Any], ids: Iterable[int]) -> Sequence[Any]:
    query = select(model).where(model.customer_id.in_(list(ids)))
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def _person(session: Session, customer: Customer, stats: CustomerStats, rules: Programme) -> dict[str, Any]:
    return {
        "id": customer.public_id,
        "name": profiles.name_of(session, customer),
        **_contacts(session, customer),
        "locale": customer.locale,
        "birthday": _birthday(session, customer),
        "tier": rules.tier_name(stats.tier, shop.of(session).locale),
        "tier_code": stats.tier,
        "points": stats.points,
        "points_pending": stats.points_pending,
        "orders": stats.orders,
        "spent": stats.spent,
        "spent_12m": stats.spent_12m,
        "channels": [kind for kind in stats.channels.split(",") if kind],
        "consent": {"promotion": stats.consent_promotion},
        "source": customer.source,
        "created_at": customer.created_at,
        "joined_at": customer.joined_at,
        "last_purchase_at": stats.last_purchase_at,
        "erased_at": customer.erased_at,
    }


def _custom(customer: Customer, held: Sequence[values.Held]) -> dict[str, Any]:
    """What they have in the shop's own fields; personal ones only for keys that may see them, which is written down."""
    reveals = work.here().caller.reveals
    if reveals and any(each.field.personal for each in held):
        work.here().revealed.add(customer.public_id)
    return {each.field.key: typing.to_json(each.value) for each in held if reveals or not each.field.personal}


def _birthday(session: Session, customer: Customer) -> str | None:
    """With the year only for keys that may see it, which is written down."""
    if (born := birthdays.find(session, customer)) is None:
        return None
    if not work.here().caller.reveals:
        return Birthday(born.month, born.day).text
    work.here().revealed.add(customer.public_id)
    return born.text


def _contacts(session: Session, customer: Customer) -> dict[str, str | None]:
    """Phone and e-mail, masked or as they are; who sees them as they are is written down."""
    phone, email = profiles.phone_of(session, customer), profiles.email_of(session, customer)
    if not work.here().caller.reveals:
        return {"phone": phone and phones.mask(phone), "email": email and emails.mask(email)}
    if phone or email:
        work.here().revealed.add(customer.public_id)
    return {"phone": phone, "email": email}
