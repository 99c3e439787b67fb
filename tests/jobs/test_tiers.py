"""Reviewed at night, told in the morning, each once."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots import voice
from bots.channel import Parameter, PlatformTemplate
from jobs import tiers
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.choices import chosen
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.messaging import templates
from loyalty.messaging.models import OutboundMessage
from loyalty.points.tiers import manual
from loyalty.points.tiers.manual import Setting
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_chat import meet
from tests.builders_points import award
from tests.fakes import FakeChannel

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


TIER_TEMPLATES = {
    "tier_up": {"quan": "shop", "hang": "tier", "diem": "points"},
    "tier_warning": {"hang": "tier", "nua": "more", "xuong": "lower", "ngay": "day"},
    "tier_fell": {"hang": "tier", "cu": "before"},
}


def choose(session: Session, account_id: int) -> None:
    """A template for each of the three, and a ceiling to pay them."""
    chosen.save(session, {"monthly_budget": 10_000}, by="cli", now=NOON)
    told = [
        PlatformTemplate(name, name, "vi", "enabled", "care", [Parameter(blank) for blank in blanks], 250)
        for name, blanks in TIER_TEMPLATES.items()
    ]
    templates.sync(session, account_id, told, now=NOON)
    for row in templates.list_all(session):
        templates.assign(session, row.name, row.public_id, TIER_TEMPLATES[row.name], by=Author("cli", "cli"), now=NOON)


def drain(context: Context) -> None:
    while send_outbox(context):
        pass


def test_what_is_told_of_tiers_goes_by_the_templates_chosen_for_it(
    database: Database, context: Context, settings: Settings
) -> None:
    with database.transaction() as session:
        lan = meet(session)
        lan.say("0912345678")
        choose(session, lan.account.id)
        rose = award(session, lan.customer, 2_000_000)
        voice.awarded(session, rose, now=NOON + timedelta(days=3))
    channel = FakeChannel()
    channel.account = lan.account.external_id
    sending = Context(database, settings, {"zalo": channel}, lambda: NOON + timedelta(days=3))
    drain(sending)
    for day in (FALLS - timedelta(days=3), FALLS):
        run(context, "review_tiers", at(day, 1))
        run(context, "tell_tiers", at(day, 9))
        drain(replace(sending, clock=partial(at, day, 10)))
    sent = [(each.template.name, dict(each.template.values)) for each in channel.sent if each.template is not None]
    assert sent == [
        ("tier_up", {"quan": "Cà phê Mây", "hang": "Bạc", "diem": "200 điểm"}),
        ("tier_warning", {"hang": "Bạc", "nua": "mua thêm 2.000.000đ", "xuong": "Thành viên", "ngay": "22/11"}),
        ("tier_fell", {"hang": "Thành viên", "cu": "Bạc"}),
    ]


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
