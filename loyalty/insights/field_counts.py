"""How many people have each field, and since when: counted by a worker, kept, and read without looking at anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers.models import Customer, CustomerTag
from loyalty.customers.traits import fields
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.insights.models import FieldCounts
from loyalty.segments.fields.epoch import Epoch

EVERYBODY: Mapping[str, tuple[sa.ColumnElement[bool], Any]] = {  # who has it, and when it came as far as that is kept
    "name": (Customer.name.is_not(None), Customer.created_at),
    "phone": (Customer.phone.is_not(None), Customer.created_at),
    "email": (Customer.email.is_not(None), Customer.created_at),
    "birthday": (Customer.birthday.is_not(None), Customer.birthday_told_at),
    "language": (Customer.locale.is_not(None), Customer.created_at),
    "source_ref": (Customer.source_ref.is_not(None), Customer.created_at),
}
TAG = "tag"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many have it; when it came to them on average, in seconds since 1970, None where nobody has it."""

    people: int
    at: float | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The last count: everybody there was and each field by its code. `taken_at` is None before the first one.

    `is_asked`: a worker counts anew.
    """

    people: int | None
    fields: Mapping[str, Counted]
    taken_at: datetime | None
    is_asked: bool


def find(session: Session) -> Kept:
    """What is kept, without looking at anybody."""
    row = session.get(FieldCounts, 1, populate_existing=True)
    if row is None or row.facts is None:
        return Kept(None, {}, None, is_asked=True)
    counted = {code: Counted(people, at) for code, (people, at) in row.facts["fields"].items()}
    return Kept(row.facts["people"], counted, row.taken_at, is_asked=row.asked_at is not None)


def ask(session: Session, *, now: datetime) -> None:
    """Have everything counted anew; asking twice before a worker came is asking once."""
    made = upsert.insert(session, FieldCounts).values(id=1, asked_at=now)
    session.execute(made.on_conflict_do_update(index_elements=["id"], set_={"asked_at": now}))


def take(session: Session) -> dict[str, Any]:
    """Look at everybody, at tags and at the shop's own fields, once each; seconds, for a hundred thousand people."""
    people, found = _of_everybody(session)
    return {"people": people, "fields": {**found, TAG: _of_tags(session), **_own(session)}}


def keep(session: Session, facts: dict[str, Any], *, now: datetime) -> None:
    """Whoever keeps it last is right: both looked. What was asked for after `now`, when the look began, stays so."""
    values = {"facts": facts, "taken_at": now}
    asked = sa.case((FieldCounts.asked_at > now, FieldCounts.asked_at))
    made = upsert.insert(session, FieldCounts).values(id=1, **values)
    session.execute(made.on_conflict_do_update(index_elements=["id"], set_={**values, "asked_at": asked}))


def _of_everybody(session: Session) -> tuple[int, dict[str, Any]]:
    columns: list[Any] = [sa.func.count()]
    for has, given in EVERYBODY.values():
        columns += [sa.func.count(sa.case((has, 1))), sa.func.avg(sa.case((has, Epoch(given))))]
    row = session.execute(sa.select(*columns).select_from(Customer).where(Customer.erased_at.is_(None))).one()
    pairs = zip(EVERYBODY, row[1::2], row[2::2], strict=True)
    return row[0], {code: _fact(count, at) for code, count, at in pairs}


def _of_tags(session: Session) -> list[Any]:
    people = sa.func.count(sa.distinct(CustomerTag.customer_id))
    return _fact(*session.execute(sa.select(people, sa.func.avg(Epoch(CustomerTag.at)))).one())


def _own(session: Session) -> dict[str, Any]:
    """The shop's own fields, by their index."""
    query = (
        sa.select(CustomField.key, sa.func.count(CustomValue.customer_id), sa.func.avg(Epoch(CustomValue.at)))
        .outerjoin(CustomValue, CustomValue.field_id == CustomField.id)
        .where(CustomField.archived_at.is_(None))
        .group_by(CustomField.key)
    )
    return {f"{fields.PREFIX}{key}": _fact(people, at) for key, people, at in session.execute(query)}


def _fact(people: int, at: Any) -> list[Any]:
    return [people, None if at is None else float(at)]
