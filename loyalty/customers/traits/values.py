"""What somebody has in the shop's own fields: put, read for one or many, forgotten when its time is over."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields, typing
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.customers.traits.typing import SORTS, Kind, Value
from loyalty.staff.audit import Author
from loyalty.vault import people

COLUMNS = ("number", "word", "day", "cell")


@dataclass(frozen=True, slots=True)
class Held:
    """One value with where it came from."""

    field: CustomField
    value: Value
    source: str
    author: str
    at: datetime


def put_all(
    session: Session, customer: Customer, wanted: Mapping[str, Value | None], *, by: Author, now: datetime
) -> list[str]:
    """Put values by the keys of their fields; None takes one away. The keys of what changed, told in the timeline.

    One given again is as new as any: it is kept from now on, as told by whoever told it last.
    Raises CustomFieldNotFound (also for a field put away), Erased, CustomerNotFound.
    """
    if not wanted:
        return []
    profiles.hold_living(session, customer.id)
    known = fields.by_key(session)
    if not wanted.keys() <= known.keys():
        raise fields.CustomFieldNotFound
    before = {held.field.key: held.value for held in of_customer(session, customer)}
    changed = [key for key, value in wanted.items() if before.get(key) != value]
    for key, value in wanted.items():
        _put(session, customer, known[key], value, by, now)
    session.flush()
    if changed:
        timeline.record(session, customer.id, "custom_fields", at=now, data={"fields": sorted(changed)})
    return changed


def of_customer(session: Session, customer: Customer, *, archived: bool = False) -> Sequence[Held]:
    """Their values in the fields in use, in the order of the fields; with `archived`, in those put away too."""
    return of_many(session, [customer], archived=archived).get(customer.id, [])


def of_many(
    session: Session, customers: Sequence[Customer], keys: Collection[str] | None = None, *, archived: bool = False
) -> dict[int, list[Held]]:
    """The same by customer id, in one look for all of them; of the fields with these keys, or of all in use."""
    named = {customer.id: customer for customer in customers}
    query = (
        select(CustomValue, CustomField)
        .join(CustomField, CustomField.id == CustomValue.field_id)
        .where(CustomValue.customer_id.in_(list(named)))
        .order_by(CustomField.id)
    )
    if not archived:
        query = query.where(CustomField.archived_at.is_(None))
    if keys is not None:
        query = query.where(CustomField.key.in_(sorted(keys)))
    found: dict[int, list[Held]] = {}
    for row, field in session.execute(query, execution_options={"populate_existing": True}):
        if (value := _value(session, named[row.customer_id], field, row)) is not None:
            found.setdefault(row.customer_id, []).append(Held(field, value, row.source, row.author, row.at))
    return found


def follow(session: Session, giver: Customer, taker: Customer) -> None:
    """What a record that proved to be another's knew goes there, where nothing stands yet; sealed anew."""
    theirs = {held.field.id for held in of_customer(session, taker, archived=True)}
    for held in of_customer(session, giver, archived=True):
        if held.field.id not in theirs:
            row = {"source": held.source, "author": held.author, "at": held.at}
            session.add(CustomValue(customer_id=taker.id, field_id=held.field.id, **row, **_kept(session, taker, held)))
    session.execute(delete(CustomValue).where(CustomValue.customer_id == giver.id))
    session.flush()


def count_old(session: Session, field_id: int, before: datetime) -> int:
    """How many values of a field were given before then."""
    old = select(func.count()).where(CustomValue.field_id == field_id, CustomValue.at < before)
    return session.scalar(old) or 0


def forget_old(session: Session, field_id: int, before: datetime, *, limit: int) -> int:
    """Drop up to `limit` values of a field that were given before then; how many went."""
    old = select(CustomValue.customer_id).where(CustomValue.field_id == field_id, CustomValue.at < before)
    chosen = session.scalars(old.order_by(CustomValue.at).limit(limit)).all()
    gone = delete(CustomValue).where(CustomValue.field_id == field_id, CustomValue.customer_id.in_(chosen))
    session.execute(gone.where(CustomValue.at < before).execution_options(synchronize_session=False))
    return len(chosen)


def _put(
    session: Session, customer: Customer, field: CustomField, value: Value | None, by: Author, now: datetime
) -> None:
    if value is None:
        gone = delete(CustomValue).where(CustomValue.customer_id == customer.id, CustomValue.field_id == field.id)
        session.execute(gone)
        return
    told = {"source": by.source, "author": by.actor, "at": now}
    row = {**told, **_kept(session, customer, Held(field, value, by.source, by.actor, now))}
    insert = upsert.insert(session, CustomValue).values(customer_id=customer.id, field_id=field.id, **row)
    anew = insert.on_conflict_do_update(index_elements=["customer_id", "field_id"], set_=row)
    session.execute(anew, execution_options={"populate_existing": True})


def _kept(session: Session, customer: Customer, held: Held) -> dict[str, Any]:
    """The columns a value is kept in, the others empty."""
    kept: dict[str, Any] = dict.fromkeys(COLUMNS)
    if held.field.personal:
        text = json.dumps(typing.to_json(held.value), ensure_ascii=False)
        kept["cell"] = people.seal(session, customer.id, text, *_place(customer, held.field))
    else:
        value = int(held.value) if isinstance(held.value, bool) else held.value
        kept[SORTS[Kind(held.field.kind)].column] = value
    return kept


def _value(session: Session, customer: Customer, field: CustomField, row: CustomValue) -> Value | None:
    """None where the person's key is gone."""
    if row.cell is not None:
        try:
            found = json.loads(people.read(session, customer.id, row.cell, *_place(customer, field)))
        except people.Erased:
            return None
        return date.fromisoformat(found) if field.kind == Kind.DATE else found
    if field.kind == Kind.FLAG:
        return bool(row.number)
    return next((each for each in (row.number, row.word, row.day) if each is not None), None)


def _place(customer: Customer, field: CustomField) -> tuple[str, str, str]:
    return "custom_value", "cell", f"{field.key}:{customer.public_id}"
