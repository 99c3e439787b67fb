"""Correcting what is known of a customer, with the way back: the value before, sealed under the customer's own key."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from loyalty.crypto import Undecryptable
from loyalty.customers import birthdays, profiles
from loyalty.customers.models import Customer
from loyalty.errors import Conflict, NotFound
from loyalty.vault import people

OPEN_FOR = timedelta(hours=24)


class Field(StrEnum):
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    LOCALE = "locale"
    BIRTHDAY = "birthday"


class NoWayBack(NotFound):
    """This is not the way back of a correction of this customer, or it is over a day old."""

    code = "no_way_back"


class ChangedSince(Conflict):
    """Somebody changed it again: what is there now is not what the correction had put there. `field` names it."""

    code = "changed_since"


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; None: there was, or is, nothing."""

    field: Field
    before: str | None
    after: str | None


def current(session: Session, customer: Customer) -> dict[Field, str | None]:
    """Every field that can be corrected, as it is now, unmasked."""
    return {
        Field.NAME: profiles.name_of(session, customer),
        Field.PHONE: profiles.phone_of(session, customer),
        Field.EMAIL: profiles.email_of(session, customer),
        Field.LOCALE: customer.locale,
        Field.BIRTHDAY: birthdays.text_of(session, customer),
    }


def compare(session: Session, customer: Customer, wanted: Mapping[Field, str | None]) -> list[Change]:
    """What would change; `wanted` holds phones as E.164, names and addresses as they are kept."""
    known = current(session, customer)
    return [Change(field, known[field], value) for field, value in wanted.items() if value != known[field]]


def correct(session: Session, customer: Customer, wanted: Mapping[Field, str | None], *, now: datetime) -> str | None:
    """Change what is different, all of it or nothing; returns the way back, for `go_back`; None when nothing changed.

    A phone staff give is not proven by it. Raises PhoneTaken, PhoneBusy, NotAnEmail, EmailTaken, Erased.
    """
    profiles.hold_living(session, customer.id)
    session.refresh(customer)
    proof = customer.phone_proof
    before = current(session, customer)
    with session.begin_nested():
        for field, value in wanted.items():
            if value != before[field]:
                _put(session, customer, field, value, None, now)
    after = current(session, customer)
    changed = {field: [before[field], after[field]] for field in wanted if before[field] != after[field]}
    return seal(session, customer, {"changed": changed, "proof": proof, "at": now.isoformat()}) if changed else None


def fields_of(session: Session, customer: Customer, way_back: str) -> list[Field]:
    """What a way back is about. Raises NoWayBack."""
    return [Field(name) for name in unseal(session, customer, way_back)["changed"]]


def changes_of(session: Session, customer: Customer, way_back: str) -> list[Change]:
    """What a correction changed, unmasked, for as long as the customer is not erased. Raises NoWayBack."""
    kept = unseal(session, customer, way_back)["changed"]
    return [Change(Field(name), before, after) for name, (before, after) in kept.items()]


def may_go_back(session: Session, customer: Customer, way_back: str, *, now: datetime) -> bool:
    """Whether `go_back` would find everything as the correction left it, in time."""
    try:
        kept = unseal(session, customer, way_back)
    except NoWayBack:
        return False
    known = current(session, customer)
    is_open = now - datetime.fromisoformat(kept["at"]) <= OPEN_FOR
    return is_open and all(known[Field(name)] == after for name, (_before, after) in kept["changed"].items())


def go_back(session: Session, customer: Customer, way_back: str, *, now: datetime) -> list[Field]:
    """Put back what a correction changed; which fields. Raises NoWayBack, ChangedSince, PhoneTaken, EmailTaken."""
    kept = unseal(session, customer, way_back)
    if now - datetime.fromisoformat(kept["at"]) > OPEN_FOR:
        raise NoWayBack
    profiles.hold_living(session, customer.id)
    session.refresh(customer)
    known = current(session, customer)
    fields = [Field(name) for name in kept["changed"]]
    for field in fields:
        if known[field] != kept["changed"][field][1]:
            raise ChangedSince(field=field.value)
    with session.begin_nested():
        for field in fields:
            _put(session, customer, field, kept["changed"][field][0], kept["proof"], now)
    return fields


def _put(session: Session, customer: Customer, field: Field, value: str | None, proof: Any, now: datetime) -> None:
    acts: dict[Field, Callable[[], None]] = {
        Field.NAME: lambda: profiles.set_name(session, customer, value, now=now),
        Field.EMAIL: lambda: profiles.set_email(session, customer, value),
        Field.LOCALE: lambda: profiles.set_locale(session, customer, value),
        Field.PHONE: lambda: _put_phone(session, customer, value, proof, now),
        Field.BIRTHDAY: lambda: birthdays.put(session, customer, birthdays.maybe(value), now=now),
    }
    acts[field]()


def _put_phone(session: Session, customer: Customer, phone: str | None, proof: Any, now: datetime) -> None:
    if phone is None:
        profiles.drop_phone(session, customer)
    else:
        profiles.set_phone(session, customer, phone, proof, now=now)


def seal(session: Session, customer: Customer, kept: Mapping[str, Any]) -> str:
    """A way back to keep beside the deed: readable as long as the customer is not erased."""
    cell = people.seal(
        session, customer.id, json.dumps(kept, ensure_ascii=False), "customer", "way_back", customer.public_id
    )
    return base64.urlsafe_b64encode(cell).decode().rstrip("=")


def unseal(session: Session, customer: Customer, way_back: str) -> dict[str, Any]:
    """What `seal` was given. Raises NoWayBack."""
    try:
        cell = base64.b64decode(way_back + "=" * (-len(way_back) % 4), altchars=b"-_", validate=True)
        text = people.read(session, customer.id, cell, "customer", "way_back", customer.public_id)
    except (binascii.Error, ValueError, Undecryptable, people.Erased):
        raise NoWayBack from None
    found: dict[str, Any] = json.loads(text)
    return found
