"""The journeys of the demo shop: one of birthdays, one for who stays away; both under way, with people inside."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns.models import Campaign, CampaignContent, CampaignOffer, CampaignPicture
from loyalty.customers import birthdays, profiles
from loyalty.customers.birthdays import Birthday
from loyalty.customers.models import Customer
from loyalty.db import Base
from loyalty.demo import crowd
from loyalty.demo.history import Calendar
from loyalty.journeys import entering, lifecycle, sending, starters
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey, JourneyEdition, JourneyEntry, JourneySend
from loyalty.journeys.occasions import MORNING
from loyalty.segments.models import Segment

MADE = {"demo-journey-bday": "birthday", "demo-journey-away": "away"}  # by fixed public id: the starter it is
AHEAD = (3, 3, 5, 9, 16, 40)  # days from the first fill to the birthdays that guests told
LOOKED_BACK = timedelta(days=80)  # as if they had been running for so long


def make(session: Session, calendar: Calendar, *, now: datetime) -> None:
    """Bring them about; a second time changes nothing."""
    if session.scalar(sa.select(Journey.id).where(Journey.public_id.in_(MADE))) is not None:
        return
    _tell_birthdays(session, calendar)
    at = _last_look(session, now)
    for public_id, code in MADE.items():
        _begin(session, public_id, code, at)


def hold(session: Session) -> None:
    """Nobody enters any more: whatever there is becomes a draft again."""
    session.execute(sa.update(Journey).values(state="draft", look=None, looked_on=None, activated_at=None))


def take_away(session: Session) -> None:
    """Those of the demo, and what steps sent by; those the shop made itself stay as drafts. Nobody is inside."""
    _delete(session, JourneySend)
    steps = sa.select(Campaign.id).where(Campaign.kind == sending.KIND)
    for model in (CampaignContent, CampaignOffer, CampaignPicture):
        _delete(session, model, model.campaign_id.in_(steps))
    _delete(session, Campaign, Campaign.kind == sending.KIND)
    is_ours = Journey.public_id.in_(MADE), ~sa.exists().where(JourneyEntry.journey_id == Journey.id)
    ours = sa.select(Journey.id).where(*is_ours)
    ids = session.scalars(ours).all()
    _delete(session, JourneyEdition, JourneyEdition.journey_id.in_(ids))
    _delete(session, Journey, Journey.id.in_(ids))
    used = sa.exists().where(Campaign.segment_id == Segment.id)
    _delete(session, Segment, Segment.public_id == sending.EVERYBODY, ~used)


def _tell_birthdays(session: Session, calendar: Calendar) -> None:
    """The first guests who agreed to offers told when they were born; the year is their own affair."""
    phones = [guest.person.phone for guest in crowd.guests() if guest.person.promotion and guest.person.phone]
    told = iter(AHEAD)
    for phone in phones[::-1]:
        customer = _by_phone(session, phone)
        if customer is None or customer.birthday is not None or customer.erased_at is not None:
            continue
        if (ahead := next(told, None)) is None:
            return
        on = calendar.anchor + timedelta(days=ahead)
        birthdays.put(session, customer, Birthday(on.month, on.day), now=calendar.now)


def _by_phone(session: Session, phone: str | None) -> Customer | None:
    return profiles.find_by_phone(session, phone) if phone else None


def _last_look(session: Session, now: datetime) -> datetime:
    """The last nine o'clock at the shop."""
    here = shop.of(session)
    nine = datetime.combine(here.day(now), MORNING, here.timezone)
    return nine if nine <= now else nine - timedelta(days=1)


def _begin(session: Session, public_id: str, code: str, at: datetime) -> None:
    starter, here = starters.find(code), shop.of(session)
    assert starter is not None
    written = Written(starter.name.in_(here.locale), starter.plan(here.locale))
    journey = lifecycle.create(session, written, now=at)
    journey.public_id = public_id
    session.flush()
    lifecycle.activate(session, journey, now=at)
    journey.looked_on = here.day(at) - LOOKED_BACK
    session.flush()
    while (chunk := entering.next_chunk(session, journey, now=at)) is not None:
        entering.take(session, journey.id, chunk, now=at)


def _delete(session: Session, model: type[Base], *conditions: sa.ColumnElement[bool]) -> None:
    session.execute(sa.delete(model).where(*conditions).execution_options(synchronize_session=False))
