"""Points that moved in a period, by the day they were posted."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from loyalty.insights.periods import Period
from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind

GIVING = (EntryKind.EARN, EntryKind.BONUS, EntryKind.RETURN)  # whose undoing counts among the points that went back


def by_day(session: Session, period: Period) -> Mapping[EntryKind, Mapping[date, int]]:
    """Points of every kind of movement, signed, on every day of the period."""
    on = LEDGER.c.posted_on
    query = (
        select(on, LEDGER.c.kind, func.sum(LEDGER.c.points))
        .where(period.holds(on, LEDGER.c.posted_at))
        .group_by(on, LEDGER.c.kind)
    )
    found = {(kind, day): int(points) for day, kind, points in session.execute(query)}
    return {kind: {day: found.get((kind.value, day), 0) for day in period.days} for kind in EntryKind}


def went_back(session: Session, period: Period) -> Mapping[date, int]:
    """Points that went back with what had given them, on every day of the period; below 0 where returns were undone.

    A redemption given back and an adjustment undone are none.
    """
    undone = LEDGER.alias("undone")
    on = LEDGER.c.posted_on
    query = (
        select(on, func.sum(-LEDGER.c.points))
        .select_from(LEDGER.outerjoin(undone, undone.c.id == LEDGER.c.reverses_id))
        .where(
            period.holds(on, LEDGER.c.posted_at),
            LEDGER.c.kind.in_((EntryKind.RETURN, EntryKind.REVERSE)),
            or_(LEDGER.c.kind == EntryKind.RETURN, undone.c.kind.in_(GIVING)),
        )
        .group_by(on)
    )
    found = {day: int(points) for day, points in session.execute(query)}
    return {day: found.get(day, 0) for day in period.days}
