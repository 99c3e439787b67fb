"""Who may enter a journey at all, whatever the occasion."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import audience
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import CustomerStats
from loyalty.journeys.models import Journey, JourneyEdition, JourneyEntry
from loyalty.journeys.plans import Plan
from loyalty.journeys.triggers import PERSONAL
from loyalty.segments import compile as sql
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame

CHUNK = 5_000  # people looked at in one go


def may_enter(
    session: Session, journey: Journey | None, edition: JourneyEdition, plan: Plan, today: date, *, now: datetime
) -> list[sa.ColumnElement[bool]]:
    """Conditions on a row of totals: agreed to offers, still there, of the segment, not inside or again too soon."""
    conditions: list[sa.ColumnElement[bool]] = [
        sa.and_(CustomerStats.consent_promotion),
        CustomerStats.erased_at.is_(None),
    ]
    node = None
    if edition.segment_id is not None:
        frame = Frame.at(session, now)
        node = saved.tree(session.get_one(Segment, edition.segment_id), frame)
        conditions.append(sql.where(node, frame))
    if isinstance(plan.trigger, PERSONAL) or (node is not None and audience.is_personal(node)):
        conditions.append(CustomerStats.customer_id.not_in(consents.refusers(Purpose.PERSONALISATION)))
    if journey is not None:
        conditions.append(~_was_inside(journey, plan, today))
    return conditions


def _was_inside(journey: Journey, plan: Plan, today: date) -> sa.ColumnElement[bool]:
    """Is inside now, or entered at a time that does not allow another."""
    entry = JourneyEntry
    barred = [entry.state == "waiting"]
    if plan.again == "never":
        barred = []
    elif isinstance(plan.again, int):
        barred.append(entry.entered_on > today - timedelta(days=plan.again))
    mine = (entry.journey_id == journey.id, entry.customer_id == CustomerStats.customer_id)
    return sa.exists().where(*mine, sa.or_(*barred) if barred else sa.true())
