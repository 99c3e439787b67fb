"""Points that moved in a period, by the day they were posted."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.insights.periods import Period
from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind


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
