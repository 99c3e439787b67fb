"""Filling the demo shop: only what is missing, in short transactions, so that it may be killed and begun again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.db import Database
from loyalty.demo import (
    acts,
    approved,
    choosing,
    friends,
    ground,
    history,
    journeys,
    offers,
    past_campaign,
    prizes,
    proposal,
    ranks,
    ringing,
    stage,
    traits,
)
from loyalty.demo.ground import BeingRemoved, RealPeople
from loyalty.demo.history import Calendar, Moment, Visit
from loyalty.demo.stage import Stage
from loyalty.demo.telling import Teller
from loyalty.installation import opening
from loyalty.purchases import stats
from loyalty.purchases.models import Purchase
from loyalty.settings import Settings
from loyalty.staff import audit
from loyalty.staff.models import AuditEntry

BEGUN = "demo_begun"  # in the audit: when the shop was first filled
BATCH = 6  # moments in one transaction: well under 50 ms of writing; the first arrival and the first bill share one
TOLD_EVERY = 200  # bills


def fill(settings: Settings, *, say: Callable[[str], None], now: datetime | None = None) -> None:
    """Make this a demo shop with its people and two years of their purchases, up to the first fill.

    A second time adds nothing, after a kill the rest. The database is migrated. Raises RealPeople when anybody ever was
    here who is no demo person; OldSchema.
    """
    teller = Teller(say, settings.locale)
    _declare(settings, teller)
    database = opening.open_database(settings)
    try:
        _fill(database, teller, now or datetime.now(UTC))
    finally:
        database.close()


def _declare(settings: Settings, teller: Teller) -> None:
    """From here on everybody who comes is a demo person."""
    database = opening.open_database(settings)
    try:
        with database.transaction() as session:
            ground.hold(session)
            if real := ground.count_people(session, demo=False):
                raise RealPeople(teller.line("real_people", customers=real), customers=real)
            ground.set_demo(session, True)
    finally:
        database.close()


def _fill(database: Database, teller: Teller, now: datetime) -> None:
    with _turn(database, teller) as session:
        calendar = _calendar(session, now)
        friends.write_rules(session, calendar)
        ready = stage.build(session, calendar)
        proposal.write(session, now=now)
        approved.write(session, now=now)
    with database.read_only() as session:
        been = acts.done(session)
    everything = history.moments(calendar)
    if missing := [moment for moment in everything if moment.key not in been]:
        teller.tell("filling")
        _perform(database, teller, ready, missing, bills=_count_bills(everything))
    with _turn(database, teller) as session:
        offers.make(session, now=now)
        prizes.make(session, ready.main, now=now)
        past_campaign.make(session, offers.WILLING, now=calendar.now)
        _bring_up_to(session, shop.of(session).day(now))
        ranks.settle(session, calendar, ready, now=now)
        traits.make(session, calendar)
        ringing.make(session, calendar)
    choosing.settle(database, now=now)
    with _turn(database, teller) as session:  # who stays away is known by the habits a night learns
        journeys.make(session, calendar, now=now)


def _perform(database: Database, teller: Teller, ready: Stage, missing: Sequence[Moment], *, bills: int) -> None:
    done = told = bills - _count_bills(missing)
    for begin in range(0, len(missing), BATCH):
        batch = missing[begin : begin + BATCH]
        with _turn(database, teller) as session:
            for moment in batch:
                acts.perform(session, moment, ready)
        done += _count_bills(batch)
        if done >= told + TOLD_EVERY or begin + BATCH >= len(missing):
            teller.tell("filled", done=done, all=bills)
            told = done


def _calendar(session: Session, now: datetime) -> Calendar:
    """As of the first fill: what another one began is gone on with as of then."""
    here = shop.of(session)
    begun = session.scalar(select(Purchase.purchased_on).where(Purchase.key == history.FIRST))
    if begun is None:
        audit.record_by(session, stage.DEMO, BEGUN, "shop", now=now)
        return Calendar(here.day(now), here, now)
    told = select(AuditEntry.at).where(AuditEntry.action == BEGUN).order_by(AuditEntry.at.desc()).limit(1)
    anchor = history.anchor_of(begun)
    return Calendar(anchor, here, session.scalar(told) or here.midnight(anchor))


def _bring_up_to(session: Session, day: date) -> None:
    """Bills of more than 12 months ago count no more, as after any night."""
    after: int | None = 0
    while after is not None:
        after = stats.roll_off(session, day, after_id=after)


def _count_bills(moments: Iterable[Moment]) -> int:
    return sum(isinstance(moment, Visit) for moment in moments)


@contextmanager
def _turn(database: Database, teller: Teller) -> Iterator[Session]:
    """A transaction while this is a demo shop, one at a time. Raises BeingRemoved."""
    with database.transaction() as session:
        if not ground.hold(session):
            raise BeingRemoved(teller.line("ended"))
        yield session
