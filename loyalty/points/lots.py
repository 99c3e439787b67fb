"""The points of one earning, together until they are spent, expire or their earning is undone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from loyalty.points.models import Lot
from loyalty.programme.document import Programme
from loyalty.programme.expiry import last_day

LOTS = Lot.metadata.tables[Lot.__tablename__]


class Expiring(NamedTuple):
    """Whole points that can be used through the end of a shop day."""

    points: int
    on: date


def expiry(programme: Programme, earned_on: date) -> date:
    """The last day a lot can be used, under a policy known on the day of earning: 12 months from 29/2 end with 28/2.

    The day of earning does not count and the last day counts whole.
    """
    last = last_day(programme.expiry, earned_on)
    assert last is not None, "no policy without an end is served yet"
    return last


def row_of(entry_id: int, entry: Mapping[str, Any], expires_on: date) -> dict[str, Any]:
    """The lot of an earning that gave points."""
    return {
        "entry_id": entry_id,
        "customer_id": entry["customer_id"],
        "points": entry["points"],
        "remaining": entry["points"],
        "expires_on": expires_on,
    }


def remaining(session: Session, entry_id: int) -> int:
    """Whole points left of an earning; 0 where it gave none."""
    return session.connection().scalar(select(LOTS.c.remaining).where(LOTS.c.entry_id == entry_id)) or 0


def close_lot(session: Session, entry_id: int, *, now: datetime) -> None:
    """Empty the lot of an earning that is being undone."""
    session.connection().execute(update(LOTS).where(LOTS.c.entry_id == entry_id).values(remaining=0, closed_at=now))


def next_expiring(session: Session, customer_id: int, day: date) -> Expiring | None:
    """The points that go first, on a shop day or after it: how many, and the last day they can be used."""
    usable = (LOTS.c.customer_id == customer_id, LOTS.c.remaining > 0, LOTS.c.expires_on >= day)
    first = select(func.min(LOTS.c.expires_on)).where(*usable).scalar_subquery()
    row = (
        session.connection()
        .execute(
            select(func.sum(LOTS.c.remaining), func.min(LOTS.c.expires_on)).where(*usable, LOTS.c.expires_on == first)
        )
        .one()
    )
    return None if row[1] is None else Expiring(int(row[0]), row[1])
