"""Correcting what stands in the shop's own fields, with the way back, as `corrections` does for who somebody is."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.customers import corrections
from loyalty.customers.corrections import ChangedSince, NoWayBack
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields, typing, values
from loyalty.customers.traits.typing import Value
from loyalty.staff.audit import Author

Json = int | str | bool | None


def correct(
    session: Session, customer: Customer, wanted: Mapping[str, Value | None], *, by: Author, now: datetime
) -> tuple[list[str], str | None]:
    """Put what is different; the keys of it, and the way back: None when nothing was.

    Raises CustomFieldNotFound, Erased, CustomerNotFound.
    """
    before = current(session, customer)
    changed = values.put_all(session, customer, wanted, by=by, now=now)
    if not changed:
        return [], None
    after = current(session, customer)
    kept = {key: [before.get(key), after.get(key)] for key in changed}
    return changed, corrections.seal(session, customer, {"custom": kept, "at": now.isoformat()})


def go_back(session: Session, customer: Customer, way_back: str, *, by: Author, now: datetime) -> list[str]:
    """Put back what a correction changed, within a day; the keys. Raises NoWayBack, ChangedSince, Erased."""
    kept = corrections.unseal(session, customer, way_back)
    if "custom" not in kept or now - datetime.fromisoformat(kept["at"]) > corrections.OPEN_FOR:
        raise NoWayBack
    known, there = fields.by_key(session), current(session, customer)
    wanted: dict[str, Value | None] = {}
    for key, (before, after) in kept["custom"].items():
        if key not in known or there.get(key) != after:
            raise ChangedSince(field=f"custom.{key}")
        wanted[key] = None if before is None else typing.read(known[key], before)
    return values.put_all(session, customer, wanted, by=by, now=now)


def current(session: Session, customer: Customer) -> dict[str, Json]:
    """What stands there now, as JSON, by key."""
    return {held.field.key: typing.to_json(held.value) for held in values.of_customer(session, customer)}
