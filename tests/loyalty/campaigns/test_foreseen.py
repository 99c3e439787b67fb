"""What the preview foretells is what then happens, reason by reason; what else it says of cost, time and overlap."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import forecast, lifecycle, overlap, preview, report
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.preview import Going, Numbers
from loyalty.choices import chosen
from loyalty.customers import cases
from loyalty.customers.models import ChannelIdentity
from loyalty.db import Database
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame
from loyalty.settings import Settings
from loyalty.shop import of as shop_of
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel, make_campaign, make_chat, make_person, make_segment
from tests.loyalty.campaigns.test_sending import _take_slots, context_of, small_steps, work
from tests.loyalty.messaging.test_routes import configure

__all__ = ["small_steps"]
NIGHT, MORNING = datetime(2026, 11, 22, 15, 30, tzinfo=UTC), datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def crowd(session: Session, rng: random.Random, now: datetime) -> None:
    """People of every kind, in every mixture."""
    for number in range(70):
        person = make_person(session, rng.choice(["Lan", "Minh", None]))
        person.bucket = rng.randrange(65_536)
        if number % 10 == 0:
            continue  # no chat at all
        last = rng.choice([now - HOUR, now - HOUR, now - 40 * HOUR, now - 100 * HOUR, None])
        chat = make_chat(session, person, promotion=rng.random() < 0.8, last=last, unreachable=rng.random() < 0.15)
        if rng.random() < 0.15:
            said = cases.Opening(cases.CaseKind.COMPLAINT, "Nguội quá", "test")
            cases.open_case(session, person.id, said, key=f"case:{number}", now=NOON)
        _take_slots(session, chat, rng.choice([[], [], [0], [1], [3, 9, 20, 28], [1, 2, 30, 60]]))


@pytest.mark.parametrize("leaves_at", [NOON, MORNING], ids=["by day", "held over the night"])
@pytest.mark.parametrize("money", [None, 100_000, 1_800], ids=["free only", "templates", "money for three"])
def test_what_is_foretold_comes_true(
    database: Database, settings: Settings, money: int | None, leaves_at: datetime
) -> None:
    starts_at = NOON if leaves_at == NOON else NIGHT
    with database.transaction() as session:
        crowd(session, random.Random(f"{money}"), starts_at)
        if money is not None:
            configure(session, money)
        chosen.save(session, {"shop_holdout": 5}, by="cli", now=NOON)
        texts = [{"text": "Chào {{ name }}, giảm 20%.", "share": 50}, {"text": "Giảm 20% hôm nay.", "share": 50}]
        campaign = make_campaign(session)
        campaign.salt = 7  # the same people are held out in every run of this test
        session.flush()  # the edit reads the row anew
        lifecycle.edit(session, campaign, stated={"variants": texts, "holdout": 10})
        seen = preview.of_campaign(session, campaign, now=starts_at)
        named = preview.first_people(session, campaign, now=starts_at)
        assert seen.leaves_at == leaves_at
        lifecycle.schedule(session, campaign, now=starts_at)
    channel = FakeChannel()
    for now in sorted({starts_at, leaves_at}):
        work(context_of(database, settings, channel, now))
    with database.read_only() as session:
        whole, _runs = report.of_campaign(session, session.get_one(Campaign, campaign.id))
    assert whole.state == "finished"
    actual = Counter(whole.reasons["skipped"]) + Counter(whole.reasons["held_out"])
    foretold = Counter(seen.reasons)
    if money == 1_800:  # of two reasons the one in force is told: which, the order of sending says
        for counts in (actual, foretold):
            counts["budget"] += counts["frequency"]
            counts["frequency"] = counts["budget"]
    assert dict(actual) == dict(foretold)
    assert (
        whole.outcomes["sent"]
        == seen.would_receive
        == sum(each.people for each in seen.going) - (seen.reasons.get("budget", 0) if money == 1_800 else 0)
    )
    assert {"consent", "frequency", "complaint", "missing:name", "holdout", "global_holdout"} <= set(actual)
    assert set(named) <= {*seen.reasons, ""} and all(1 <= len(people) <= 3 for people in named.values())


def test_two_campaigns_of_a_day_write_once_and_priority_says_which(database: Database, settings: Settings) -> None:
    """Ten people are in both; the later one goes first, and says so beforehand."""
    with database.transaction() as session:
        for number in range(20):
            person = make_person(session, f"Lan {number}", spent=100 * (number < 10))
            make_chat(session, person)
        some = make_segment(session, {"field": "spent", "op": ">", "value": 50})
        many, few = make_campaign(session, "Cho tất cả."), make_campaign(session, "Cho khách quen.", segment=some)
        lifecycle.edit(session, few, stated={"priority": 5})
        lifecycle.schedule(session, many, now=NOON)
        lifecycle.schedule(session, few, now=NOON)
    with database.read_only() as session:
        frame = Frame.at(session, NOON)
        for mine, other, wins in ((many, few, True), (few, many, False)):
            mine = session.get_one(Campaign, mine.id)
            node = saved.tree(session.get_one(Segment, mine.segment_id), frame)
            found = overlap.of_campaign(session, mine, node, frame, NOON)
            assert [(each.campaign.id, each.people, each.wins) for each in found] == [(other.id, 10, wins)]
    channel = FakeChannel()
    for minutes in (0, 1, 2, 3):
        work(context_of(database, settings, channel, NOON + timedelta(minutes=minutes)))
    texts = Counter(message.text.partition("\n")[0] for message in channel.sent)
    assert texts == {"Cho tất cả.": 10, "Cho khách quen.": 10}
    assert len({message.user for message in channel.sent}) == 20
    with database.read_only() as session:
        whole, _runs = report.of_campaign(session, session.get_one(Campaign, many.id))
        assert (whole.state, whole.reasons["skipped"]) == ("finished", {"frequency": 10})


@pytest.mark.parametrize(
    ("going", "hours"),
    [
        ([], 0),
        ([Going(1, "zalo", "free", 4_000, 0)], 1 / 60),
        ([Going(1, "zalo", "free", 4_000 * 60, 0)], 1),
        ([Going(1, "zalo", "free", 4_000, 0), Going(2, "messenger", "free", 300 * 60 * 30, 0)], 0.5),
        ([Going(1, "zalo", "free", 4_000 * 60 * 10, 0)], 10 + 11),  # nine hours until 21:00, then from 8:00 on
        ([Going(1, "zalo", "template_user", 1_100, 600)], 12 + 24),  # 500 a day: the rest after two midnights
    ],
)
def test_the_end_is_foretold_from_what_the_platforms_allow(session: Session, going: list[Going], hours: float) -> None:
    seen = Numbers(0, 0, {}, going, 0, 0, NOON)
    assert shop_of(session).quiet_hours is not None
    assert forecast.finishes_at(session, seen) == NOON + timedelta(hours=hours)


def test_costs_are_told_by_route_with_the_quota_left(session: Session) -> None:
    configure(session, 1_300)
    for last in (NOON - HOUR, None, None, None):
        make_chat(session, make_person(session, "Lan"), last=last)
    campaign = make_campaign(session)
    lifecycle.edit(session, campaign, stated={"budget": 700})
    seen = preview.of_campaign(session, campaign, now=NOON)
    told = [(each.route, each.people, each.cost, each.quota_left) for each in forecast.routes(session, seen)]
    assert told == [("free", 1, 0, None), ("template_user", 3, 1_800, 500)]
    assert (seen.reasons, seen.would_receive, seen.unpaid, seen.cost) == ({"budget": 1}, 3, 1, 600)
    assert session.scalar(sa.select(sa.func.count()).select_from(ChannelIdentity)) == 4
