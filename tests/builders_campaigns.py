"""People with totals and chats, segments and campaigns, for tests."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import Outbound
from loyalty.campaigns import lifecycle, steps
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.steps import Step
from loyalty.channels.calls import Limit
from loyalty.channels.models import ChannelAccount
from loyalty.customers import identities, profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.db import Database
from loyalty.segments import saved
from loyalty.segments.models import Segment
from tests.builders import NOON

_numbers = count(1)
WINDOWS = {"zalo": 48 * 3600, "messenger": 24 * 3600}


def make_person(session: Session, name: str | None = None, *, phone: str | None = None, **totals: Any) -> Customer:
    """A customer whose totals are simply set."""
    customer = profiles.create(session, source="test", name=name, phone=phone, now=NOON)
    stats = session.get_one(CustomerStats, customer.id)
    for field, value in totals.items():
        setattr(stats, field, value)
    session.flush()
    return customer


def stats_of(session: Session, customer: Customer) -> CustomerStats:
    return session.get_one(CustomerStats, customer.id)


def make_account(session: Session, kind: str = "zalo") -> ChannelAccount:
    """The shop's account at that channel, made once."""
    known = session.scalar(select(ChannelAccount).filter_by(kind=kind))
    if known is None:
        known = ChannelAccount(kind=kind, external_id=f"{kind}-1", window_seconds=WINDOWS[kind], created_at=NOON)
        session.add(known)
        session.flush()
    return known


def make_chat(
    session: Session,
    customer: Customer,
    kind: str = "zalo",
    *,
    promotion: bool = True,
    last: datetime | None = NOON - timedelta(hours=1),
    unreachable: bool = False,
) -> ChannelIdentity:
    """A chat of this customer, who last wrote at `last`."""
    identity = ChannelIdentity(
        customer_id=customer.id,
        channel_account_id=make_account(session, kind).id,
        user_id=f"user-{next(_numbers)}",
        proof="shared",
        promotion=promotion,
        follows=True,
        first_seen_at=NOON,
        last_interaction_at=last,
        unreachable_at=NOON if unreachable else None,
        profile_tries=0,
        misses=0,
    )
    session.add(identity)
    session.flush()
    identities.summarise(session, profiles.lock(session, customer.id))
    return identity


def make_segment(session: Session, rules: Any = None) -> Segment:
    """Everybody, unless rules say otherwise."""
    return saved.create(session, "Tất cả", {"all": []} if rules is None else rules, now=NOON)


def make_campaign(
    session: Session, text: str = 'Chào {{ name | "bạn" }}, giảm 20% hôm nay.', *, segment: Segment | None = None
) -> Campaign:
    """A draft for everybody."""
    chosen = segment or make_segment(session)
    return lifecycle.create(session, "Tháng 11", chosen.id, text, now=NOON)


def run_until_idle(database: Database, campaign_id: int, *, now: datetime = NOON) -> list[Step]:
    """Every step there is to do now, each in its own transaction."""
    done: list[Step] = []
    while True:
        with database.transaction() as session:
            step = steps.advance(session, campaign_id, now=now)
        if step is None:
            return done
        done.append(step)


class FakeChannel:
    """Takes every message, and remembers."""

    window = timedelta(hours=48)
    limit = Limit(100_000, timedelta(minutes=1))
    text_limit = 2000
    carousel = 0

    def __init__(self, kind: str = "zalo") -> None:
        self.kind = kind
        self.account = f"{kind}-1"
        self.sent: list[Outbound] = []

    def send(self, message: Outbound) -> str:
        self.sent.append(message)
        return f"mid-{len(self.sent)}"
