"""Journeys and whoever is inside them, for tests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Channel
from jobs.campaigns import advance_campaigns
from jobs.journeys import advance_journeys
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.db import Database
from loyalty.journeys import lifecycle
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey, JourneyEntry
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel, make_chat, make_person

SEND: Mapping[str, Any] = {"do": "send", "text": 'Chào {{ name | "bạn" }}, mời bạn ghé quán.'}
BIRTHDAY: Mapping[str, Any] = {"kind": "birthday", "days_before": 0}


def plan(trigger: Mapping[str, Any] = BIRTHDAY, *steps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One that sends once, unless steps say otherwise."""
    return {"trigger": dict(trigger), "steps": [dict(step) for step in steps or (SEND,)], **more}


def make_journey(
    session: Session, written: Any = None, *, segment: str | None = None, active: bool = True, now: datetime = NOON
) -> Journey:
    made = lifecycle.create(session, Written("Hành trình", written or plan(), segment), now=now)
    if active:
        lifecycle.activate(session, made, now=now)
    return made


def make_fan(session: Session, name: str = "Lan", *, promotion: bool = True, **totals: Any) -> Customer:
    """Somebody with a chat, who agreed to offers."""
    customer = make_person(session, name, **totals)
    make_chat(session, customer, promotion=promotion)
    return customer


def context_of(database: Database, settings: Settings, channel: FakeChannel, now: datetime = NOON) -> Context:
    return Context(database, settings, {channel.kind: cast(Channel, channel)}, clock=lambda: now)


def work(context: Context) -> None:
    """Everything there is to do now."""
    while advance_journeys(context) + advance_campaigns(context) + send_outbox(context):
        pass


def inside(database: Database) -> list[tuple[int, str]]:
    """(customer, occasion) of everybody who ever entered."""
    with database.read_only() as session:
        rows = session.execute(sa.select(JourneyEntry.customer_id, JourneyEntry.occasion).order_by(JourneyEntry.id))
        return [(row[0], row[1]) for row in rows]


def write_again(session: Session, customer: Customer, at: datetime) -> None:
    """They write to the shop, so that the platform's window is open."""
    chat = sa.update(ChannelIdentity).where(ChannelIdentity.customer_id == customer.id)
    session.execute(chat.values(last_interaction_at=at))
