"""Points that end soon: whom to warn, of what, 30, 7 and 1 days before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points.lots import IS_PROMISE, LOTS, Expiring
from loyalty.points.telling import Voice

BEFORE = (30, 7, 1)  # days


def warn(
    session: Session, voice: Voice, day: date, before: int, *, now: datetime, after_id: int = 0, limit: int = 200
) -> int | None:
    """Tell the next `limit` customers after `after_id` whose points end `before` days after a shop day.

    One notice for each, about all that ends on any of the days of `BEFORE`; the same day again tells nobody twice.
    Returns the id to go on after, None when nobody is left.
    """
    found = session.connection().scalars(_NEXT, {"on": day + timedelta(days=before), "after": after_id, "most": limit})
    customers = found.all()
    today = shop.of(session).day(now)
    for customer_id, points in _ending(session, customers, days_of(day)).items():
        still = [each for each in points if each.on >= today]  # a run made up for comes late
        if still:
            voice.expiring(session, customer_id, still, day, now=now)
    return customers[-1] if len(customers) == limit else None


def days_of(day: date) -> list[date]:
    """The days on which points end that are warned of on a shop day."""
    return [day + timedelta(days=before) for before in BEFORE]


def _ending(session: Session, customers: Sequence[int], days: Sequence[date]) -> Mapping[int, Sequence[Expiring]]:
    """What ends on these days, by customer and day, soonest first."""
    found: dict[int, list[Expiring]] = defaultdict(list)
    rows = session.connection().execute(_ENDING, {"customers": list(customers), "days": list(days)})
    for row in rows:
        found[row.customer_id].append(Expiring(int(row.points), row.expires_on))
    return found


_HELD = (LOTS.c.remaining > 0, ~IS_PROMISE)
_NEXT = (
    select(LOTS.c.customer_id)
    .distinct()
    .where(LOTS.c.expires_on == bindparam("on"), LOTS.c.customer_id > bindparam("after"), *_HELD)
    .order_by(LOTS.c.customer_id)
    .limit(bindparam("most"))
)
_ENDING = (
    select(LOTS.c.customer_id, LOTS.c.expires_on, func.sum(LOTS.c.remaining).label("points"))
    .where(
        LOTS.c.customer_id.in_(bindparam("customers", expanding=True)),
        LOTS.c.expires_on.in_(bindparam("days", expanding=True)),
        *_HELD,
    )
    .group_by(LOTS.c.customer_id, LOTS.c.expires_on)
    .order_by(LOTS.c.customer_id, LOTS.c.expires_on)
)
