"""Money of a journey's own: one purse for everything its steps send, in every edition."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import terms
from loyalty.campaigns.models import Campaign
from loyalty.journeys.models import Journey, JourneyEdition, JourneySend
from loyalty.messaging import budget, purses


def set_budget(session: Session, journey: Journey, amount: int | None, *, now: datetime) -> bool:
    """Whole ₫ all it sends may cost, None as much as the month allows; whether that is another amount. Raises BadTerms.

    What is spent stays spent.
    """
    wanted = terms.CHECKS["budget"](amount)
    if wanted == budget_of(session, journey):
        return False
    if wanted is not None and journey.purse_id is not None:
        budget.lock(session, now=now)  # first, as whoever sends does: see `purses`
        purses.set_ceiling(session, journey.purse_id, wanted)
    else:
        _pay_from(session, journey, None if wanted is None else purses.open_with(session, wanted))
    session.flush()
    return True


def put_back(session: Session, journey: Journey, purse_id: int | None, amount: int | None, *, now: datetime) -> None:
    """The purse it had, with as much in it as it had."""
    if purse_id is not None:
        budget.lock(session, now=now)
    if purse_id != journey.purse_id:
        _pay_from(session, journey, purse_id)
    if purse_id is not None and amount is not None and amount != budget_of(session, journey):
        purses.set_ceiling(session, purse_id, amount)
    session.flush()


def budget_of(session: Session, journey: Journey) -> int | None:
    purse = purses.find(session, journey.purse_id)
    return None if purse is None else purse.ceiling


def spent(session: Session, journey: Journey) -> int:
    """Whole ₫ of its own money so far."""
    purse = purses.find(session, journey.purse_id)
    return 0 if purse is None else purse.spent


def _pay_from(session: Session, journey: Journey, purse_id: int | None) -> None:
    """What its steps send by pays from there too."""
    journey.purse_id = purse_id
    mine = sa.select(JourneySend.campaign_id).join(JourneyEdition, JourneyEdition.id == JourneySend.edition_id)
    theirs = Campaign.id.in_(mine.where(JourneyEdition.journey_id == journey.id))
    session.execute(sa.update(Campaign).where(theirs).values(purse_id=purse_id))
