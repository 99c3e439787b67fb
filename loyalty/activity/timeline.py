"""Writing to and reading from the one timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from loyalty import many, prepared, shop
from loyalty.activity.models import Activity
from loyalty.db import new_public_id
from loyalty.vault import people

INSERT = insert(Activity.metadata.tables["activity"])  # made once: building it costs more than running it


@dataclass(frozen=True, slots=True)
class Happening:
    """A row to be added, one without words."""

    customer_id: int
    kind: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


def record(
    session: Session,
    customer_id: int,
    kind: str,
    *,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    text: str | None = None,
) -> None:
    """Add a row. `data` must hold no personal data; `text` (words people wrote, notes) is sealed under their key."""
    public_id = new_public_id()
    body = None if text is None else people.seal(session, customer_id, text, "activity", "body", public_id)
    session.flush()  # the customer's own row first
    row = {"public_id": public_id, "customer_id": customer_id, "kind": kind, "at": at, "on": shop.of(session).day(at)}
    prepared.run(session.connection(), INSERT, {**row, "data": dict(data or {}), "body": body})


def record_many(session: Session, happenings: Sequence[Happening]) -> None:
    """Add rows in their order; the customers' own rows are there already."""
    days = {at: shop.of(session).day(at) for at in {each.at for each in happenings}}
    rows = [
        {
            "public_id": new_public_id(),
            "customer_id": each.customer_id,
            "kind": each.kind,
            "at": each.at,
            "on": days[each.at],
            "data": dict(each.data),
            "body": None,
        }
        for each in happenings
    ]
    many.execute(session.connection(), INSERT, rows)


def list_newest(
    session: Session, customer_id: int, *, before: int | None = None, limit: int = 50
) -> Sequence[Activity]:
    """A page of the timeline, newest first; `before` is the id of the last row of the page before."""
    query = select(Activity).where(Activity.customer_id == customer_id).order_by(Activity.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Activity.id < before)
    return session.scalars(query).all()


def reword(session: Session, row: Activity, text: str, **facts: Any) -> None:
    """What was written reads otherwise now; `facts` join the row's data."""
    row.body = people.seal(session, row.customer_id, text, "activity", "body", row.public_id)
    row.data = {**row.data, **facts}
    session.flush()


def words(session: Session, row: Activity) -> str | None:
    """What was written, if the row holds words."""
    if row.body is None:
        return None
    return people.read(session, row.customer_id, row.body, "activity", "body", row.public_id)
