"""Reviewed at night, told in the morning, each once."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from jobs import tiers
from jobs.registry import Context
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.points import manual
from loyalty.points.manual import Setting
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_chat import meet
from tests.builders_points import award

FALLS = date(2027, 11, 22)


def at(day: date, hour: int) -> datetime:
    """An hour of a shop day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=NOON.tzinfo) - timedelta(hours=7)


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {}, lambda: NOON)


def notices(database: Database, word: str) -> int:
    """How many messages were queued under a key that begins so."""
    with database.read_only() as session:
        query = sa.select(sa.func.count()).where(OutboundMessage.dedupe_key.startswith(word))
        return session.scalar(query.select_from(OutboundMessage)) or 0


def run(context: Context, job: str, when: datetime) -> None:
    getattr(tiers, job)(replace(context, clock=lambda: when), when)


def test_a_customer_is_warned_once_and_told_of_the_fall_once(database: Database, context: Context) -> None:
    with database.transaction() as session:
        lan = meet(session)
        lan.say("0912345678")
        award(session, lan.customer, 2_000_000)
        lan.now = at(FALLS - timedelta(days=3), 8)
        lan.say("điểm")  # a chat that is open

    for _ in range(2):
        run(context, "tell_tiers", at(FALLS - timedelta(days=3), 9))
    assert notices(database, "tier_warning:") == 1
    with database.transaction() as session:
        meet_again = lan
        meet_again.session, meet_again.now = session, at(FALLS - timedelta(days=1), 20)
        meet_again.say("điểm")
    for _ in range(2):
        run(context, "review_tiers", at(FALLS, 1))
        run(context, "tell_tiers", at(FALLS, 9))

    assert notices(database, "tier:") == 1
    with database.read_only() as session:
        assert session.scalars(sa.select(CustomerStats.tier)).all() == ["member"]


def test_a_hand_that_ends_is_warned_of_and_told_in_the_morning(database: Database, context: Context) -> None:
    until = date(2026, 12, 10)
    with database.transaction() as session:
        lan = meet(session)
        lan.say("0912345678")
        setting = Setting("gold", until, "khách thân")
        manual.set_tier(session, lan.customer.id, setting, actor="cli", key="k", now=NOON)
        lan.now = at(until, 8)
        lan.say("điểm")

    run(context, "review_tiers", at(until, 1))
    with database.read_only() as session:
        assert session.scalars(sa.select(CustomerStats.falls_on)).all() == [until + timedelta(days=1)]
    run(context, "tell_tiers", at(until, 9))
    run(context, "review_tiers", at(until + timedelta(days=1), 1))
    run(context, "tell_tiers", at(until + timedelta(days=1), 9))

    assert (notices(database, "tier_warning:"), notices(database, "tier:")) == (1, 1)
    with database.read_only() as session:
        assert session.scalars(sa.select(CustomerStats.tier)).all() == ["member"]


def test_a_run_made_up_for_at_night_wakes_nobody(database: Database, context: Context) -> None:
    with database.transaction() as session:
        lan = meet(session)
        lan.say("0912345678")
        award(session, lan.customer, 2_000_000)
        lan.now = at(FALLS - timedelta(days=3), 20)
        lan.say("điểm")
    due_at, late = at(FALLS - timedelta(days=3), 9), at(FALLS - timedelta(days=3), 23)

    tiers.tell_tiers(replace(context, clock=lambda: late), due_at)

    assert notices(database, "tier_warning:") == 0
