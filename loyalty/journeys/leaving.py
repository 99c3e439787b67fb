"""Who leaves a journey before its end: for having bought, for not wanting offers any more, for being gone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.journeys import counts, lifecycle, plans
from loyalty.journeys.models import Journey, JourneyEntry
from loyalty.journeys.plans import Plan

LEFT = ("bought", "consent", "erased")
BATCH = 500


def reason(stats: CustomerStats, entry: JourneyEntry, plan: Plan) -> str | None:
    """Why somebody inside leaves now; None: they stay."""
    if stats.erased_at is not None:
        return "erased"
    if not stats.consent_promotion:
        return "consent"
    return "bought" if plan.leave_when_bought and has_bought(stats, entry.entered_at) else None


def has_bought(stats: CustomerStats, since: datetime) -> bool:
    return stats.last_purchase_at is not None and stats.last_purchase_at > since


def is_inside() -> ColumnElement[bool]:
    """The very words of the index of whoever is inside."""
    return JourneyEntry.state == literal_column("'waiting'")


def close(journey: Journey, entry: JourneyEntry, why: str, now: datetime) -> None:
    """Of a locked journey."""
    entry.state = "left" if why in LEFT else "done"
    entry.reason, entry.closed_at = why, now
    counts.add(journey, "waiting", number=-1)
    counts.add(journey, entry.state, why if why in LEFT else "")


def sweep(session: Session, journey_id: int, *, now: datetime, after_id: int = 0) -> int | None:
    """Let those of the next people inside leave who have a reason, though their step is not due yet.

    Returns the entry to go on after; None when nobody is left, or the journey is not active.
    """
    journey = lifecycle.hold_next(session, journey_id)
    if journey is None:
        return None
    editions: Mapping[int, Any] = {each.id: plans.of(each) for each in lifecycle.list_editions(session, journey)}
    query = (
        select(JourneyEntry, CustomerStats)
        .join(CustomerStats, CustomerStats.customer_id == JourneyEntry.customer_id)
        .where(JourneyEntry.journey_id == journey.id, is_inside(), JourneyEntry.id > after_id)
        .order_by(JourneyEntry.id)
        .limit(BATCH)
    )
    rows = session.execute(query, execution_options={"populate_existing": True}).all()
    for entry, stats in rows:
        if why := reason(stats, entry, editions[entry.edition_id]):
            close(journey, entry, why, now)
    session.flush()
    return rows[-1][0].id if len(rows) == BATCH else None
