"""A person's answer after the free window: only by a way the shop switched on, at its price."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bots.channel import Route
from jobs import outbox as pump
from jobs.registry import Context
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.messaging import budget, conversations
from loyalty.messaging.conversations import WindowClosed
from loyalty.messaging.models import Conversation
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_chat import meet
from tests.fakes import FakeChannel

LATE = timedelta(hours=60)
BY = Author("staff:thu", "console")


def thread(session: Session, kind: str, **flags: bool) -> str:
    """Somebody who wrote at noon; the name of their conversation."""
    person = meet(session, kind)
    person.say("điểm")
    for name, value in flags.items():
        setattr(person.account, name, value)
    session.flush()
    assert person.identity is not None
    return session.get_one(Conversation, person.identity.id).public_id


def answer(session: Session, name: str, *, after: timedelta = LATE) -> None:
    conversations.answer(session, name, "Chào bạn", by=BY, key="k", now=NOON + after)


def test_with_nothing_switched_on_they_must_write_first(session: Session) -> None:
    with pytest.raises(WindowClosed):
        answer(session, thread(session, "zalo"))


def test_the_package_needs_money(session: Session) -> None:
    name = thread(session, "zalo", bills_package=True)
    with pytest.raises(WindowClosed):
        answer(session, name)
    chosen.save(session, {"monthly_budget": 55}, by="cli", now=NOON)
    answer(session, name)


def test_seven_days_are_the_end_of_it(session: Session) -> None:
    name = thread(session, "messenger", has_human_agent=True)
    with pytest.raises(WindowClosed):
        answer(session, name, after=timedelta(days=7))
    answer(session, name, after=timedelta(days=7, seconds=-1))


@pytest.mark.parametrize(
    ("kind", "flag", "route", "price"),
    [("zalo", "bills_package", Route.PACKAGE, 55), ("messenger", "has_human_agent", Route.HUMAN, 0)],
)
def test_the_answer_leaves_by_that_way_and_costs_its_price(
    database: Database, settings: Settings, kind: str, flag: str, route: Route, price: int
) -> None:
    channel = FakeChannel()
    context = Context(database, settings, {kind: channel}, lambda: NOON + LATE)
    with database.transaction() as session:
        chosen.save(session, {"monthly_budget": 1_000}, by="cli", now=NOON)
        name = thread(session, kind, **{flag: True})
        answer(session, name)
    while pump.send_outbox(context):
        pass
    assert [sent.route for sent in channel.sent if sent.text == "Chào bạn"] == [route]
    with database.read_only() as session:
        assert budget.of_month(session, now=NOON).spent == price
