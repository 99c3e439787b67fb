"""Points that moved in a period, by the day they were posted."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.insights.periods import Period
from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind


def by_day(session: Session, period: Period, kind: EntryKind) -> Mapping[date, int]:
    """Points of one kind of movement, signed, on every day of the period."""
    on = LEDGER.c.posted_on
    query = (
        select(on, func.sum(LEDGER.c.points))
        .where(period.holds(on, LEDGER.c.posted_at), LEDGER.c.kind == kind.value)
        .group_by(on)
    )
    found = {day: int(points) for day, points in session.execute(query)}
    return {day: found.get(day, 0) for day in period.days}
