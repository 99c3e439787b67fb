"""Each at their best hour: whose message is made when, and that pausing, cancelling and the certificate hold."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop as shops
from loyalty.campaigns import lifecycle, overview, queue, report, timing
from loyalty.campaigns.models import Campaign, CampaignRecipient
from loyalty.campaigns.steps import Step
from loyalty.campaigns.terms import BadTerms
from loyalty.customers.traits.models import CustomerHour
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person, run_until_idle

HOUR = timedelta(hours=1)
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")  # NOON is 12:00 there
HOURS = {"Lan": 15, "Minh": 9, "Hoa": 12, "Mai": None}  # of the day; the shop's own is 10


@pytest.fixture
def campaign(database: Database) -> int:
    with database.transaction() as session:
        for name, hour in HOURS.items():
            person = make_person(session, name)
            make_chat(session, person, last=NOON - HOUR)
            if hour is not None:
                session.add(CustomerHour(customer_id=person.id, hour=hour, events=20))
        soon = make_person(session, "Sớm")
        make_chat(session, soon, last=NOON - 47 * HOUR)  # free for one hour more
        session.add(CustomerHour(customer_id=soon.id, hour=18, events=20))
        made = make_campaign(session)
        lifecycle.edit(session, made, stated={"best_hour": True})
        lifecycle.schedule(session, made, now=NOON)
        return made.id


def made(database: Database) -> int:
    with database.read_only() as session:
        return len(session.scalars(select(OutboundMessage.id)).all())


def test_each_message_is_made_when_its_hour_has_come(database: Database, campaign: int) -> None:
    run_until_idle(database, campaign)

    with database.read_only() as session:
        query = select(CampaignRecipient.not_before).order_by(CampaignRecipient.id)
        at = [each.astimezone(LOCAL).strftime("%d %H:%M") for each in session.scalars(query) if each]
    assert at == ["22 15:00", "23 09:00", "22 12:00", "23 10:00", "22 12:00"]
    assert made(database) == 2  # who is due now, and whose free window closes before 18:00
    for hours, count in ((2.9, 2), (3, 3), (20, 3), (21, 4), (22, 5)):
        run_until_idle(database, campaign, now=NOON + hours * HOUR)
        assert made(database) == count


def test_nobodys_hour_is_looked_up_once_for_each_hour_of_the_day(database: Database, campaign: int) -> None:
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    run_until_idle(database, campaign)
    assert [each.count("FROM customer_hour") for each in asked if "customer_hour" in each] == [2]  # told and compared


def test_a_paused_one_makes_nothing_and_makes_up_for_it(database: Database, campaign: int) -> None:
    run_until_idle(database, campaign)
    with database.transaction() as session:
        lifecycle.pause(session, session.get_one(Campaign, campaign))
    run_until_idle(database, campaign, now=NOON + 4 * HOUR)
    assert made(database) == 2
    with database.transaction() as session:
        lifecycle.resume(session, session.get_one(Campaign, campaign), now=NOON + 5 * HOUR)
    run_until_idle(database, campaign, now=NOON + 5 * HOUR)
    assert made(database) == 3


def test_a_cancelled_one_writes_to_nobody_more_and_adds_up(database: Database, campaign: int) -> None:
    run_until_idle(database, campaign)
    with database.transaction() as session:
        lifecycle.cancel(session, session.get_one(Campaign, campaign), now=NOON + HOUR)
    assert Step.DROP in run_until_idle(database, campaign, now=NOON + HOUR)
    with database.read_only() as session:
        found, _ = report.of_campaign(session, session.get_one(Campaign, campaign))
    assert (found.frozen, found.outcomes["skipped"], found.state) == (5, 5, "cancelled")


def test_the_preview_says_who_is_written_to_when_and_when_it_is_through(database: Database, campaign: int) -> None:
    with database.read_only() as session:
        found = overview.of_campaign(session, session.get_one(Campaign, campaign), now=NOON)

    told = [(share.at.astimezone(LOCAL).strftime("%d %H:%M"), share.people, share.own) for share in found.hours]
    assert told == [
        ("22 12:00", 1, 1), ("22 15:00", 1, 1), ("22 18:00", 1, 1), ("23 09:00", 1, 1), ("23 10:00", 1, 0)
    ]  # fmt: skip
    assert found.finishes_at >= found.hours[-1].at


def test_only_yes_or_no_may_be_stated(session: Session) -> None:
    with pytest.raises(BadTerms):
        lifecycle.edit(session, make_campaign(session), stated={"best_hour": 9})
    assert queue.AHEAD > queue.BATCH


def test_a_rule_that_starts_it_again_within_the_day_waits_for_nobodys_hour(session: Session) -> None:
    here = shops.of(session)
    alone, daily = timing.moments(NOON, here), timing.moments(NOON, here, "0 12 * * *")
    twice = timing.moments(NOON, here, "0 12,18 * * *")

    assert alone == daily and len(set(alone.values())) == 24
    assert {hour for hour, at in twice.items() if at != NOON} == {13, 14, 15, 16, 17}
