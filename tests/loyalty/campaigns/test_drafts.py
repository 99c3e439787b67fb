"""Drafts edited, copied, put away; campaigns taken back; what a run keeps of its beginning; who a number stands for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Channel
from jobs.campaigns import advance_campaigns
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.campaigns import lifecycle, preview, report, steps, usage
from loyalty.campaigns.content import BadText
from loyalty.campaigns.judging import Mailing
from loyalty.campaigns.lifecycle import SegmentRemoved, WrongState
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.campaigns.steps import Step
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import (
    FakeChannel,
    make_campaign,
    make_chat,
    make_person,
    make_segment,
    run_until_idle,
)

HOUR = timedelta(hours=1)
NAMED = "Chào {{ name }}, giảm 20%."


def segment_of(session: Session, campaign: Campaign) -> Segment:
    return session.get_one(Segment, campaign.segment_id)


def names(session: Session, people: Sequence[Customer]) -> list[int]:
    return sorted(customer.id for customer in people)


def work(database: Database, settings: Settings, channel: FakeChannel, now: datetime) -> None:
    """Everything the workers do at that time."""
    context = Context(database, settings, {"zalo": cast(Channel, channel)}, clock=lambda: now)
    while advance_campaigns(context) + send_outbox(context):
        pass


def test_a_draft_is_edited_and_nothing_else_is(session: Session) -> None:
    campaign, other = make_campaign(session), make_segment(session, {"any": []})
    lifecycle.edit(session, campaign, name="Tháng 12", segment_id=other.id, text="Mừng Giáng sinh")
    assert (campaign.name, campaign.segment_id, campaign.text) == ("Tháng 12", other.id, "Mừng Giáng sinh")
    lifecycle.edit(session, campaign, name="Cuối năm")
    assert (campaign.name, campaign.text) == ("Cuối năm", "Mừng Giáng sinh")
    with pytest.raises(BadText):
        lifecycle.edit(session, campaign, text="Chào {{ ten }}")
    lifecycle.schedule(session, campaign, now=NOON)
    with pytest.raises(WrongState):
        lifecycle.edit(session, campaign, text="Khác")


def test_the_same_key_makes_one_campaign(session: Session) -> None:
    segment = make_segment(session)
    first = lifecycle.create(session, "A", segment.id, "Chào", key="console:x:1", now=NOON)
    assert lifecycle.create(session, "A", segment.id, "Chào", key="console:x:1", now=NOON) is first


def test_a_copy_is_a_draft_with_the_same_words(session: Session) -> None:
    campaign = make_campaign(session)
    lifecycle.cancel(session, campaign, now=NOON)
    copy = lifecycle.duplicate(session, campaign, "Tháng 12", now=NOON)
    assert (copy.state, copy.name, copy.text, copy.segment_id) == (
        "draft",
        "Tháng 12",
        campaign.text,
        campaign.segment_id,
    )


def test_a_scheduled_campaign_is_taken_back_to_a_draft(database: Database) -> None:
    with database.transaction() as session:
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, at=NOON + HOUR, now=NOON)
        lifecycle.unschedule(session, campaign, now=NOON)
        assert (campaign.state, campaign.at, campaign.next_at) == ("draft", None, None)
    assert run_until_idle(database, campaign.id, now=NOON + 2 * HOUR) == []


def test_a_campaign_under_way_is_not_taken_back(database: Database) -> None:
    with database.transaction() as session:
        make_chat(session, make_person(session, "Lan"))
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
    run_until_idle(database, campaign.id)
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        with pytest.raises(WrongState):
            lifecycle.unschedule(session, found, now=NOON)
        lifecycle.pause(session, found)
        with pytest.raises(WrongState):
            lifecycle.unschedule(session, found, now=NOON)


def test_what_is_over_is_put_away_and_what_is_to_come_is_not(session: Session) -> None:
    campaign, other = make_campaign(session), make_campaign(session)
    lifecycle.archive(session, campaign, now=NOON)
    assert lifecycle.list_newest(session, archived=False) == [other]
    assert lifecycle.list_newest(session, archived=True) == [campaign]
    assert lifecycle.list_newest(session) == [other, campaign]
    lifecycle.unarchive(session, campaign)
    assert lifecycle.list_newest(session, archived=True) == []
    lifecycle.schedule(session, campaign, at=NOON + HOUR, now=NOON)
    with pytest.raises(WrongState):
        lifecycle.archive(session, campaign, now=NOON)
    assert lifecycle.list_newest(session, states=["scheduled"]) == [campaign]


def test_a_campaign_whose_segment_was_removed_does_not_start(session: Session) -> None:
    campaign = make_campaign(session)
    lifecycle.archive(session, campaign, now=NOON)
    usage.remove_segment(session, segment_of(session, campaign), now=NOON)
    with pytest.raises(SegmentRemoved):
        lifecycle.schedule(session, campaign, now=NOON)
    saved.bring_back(session, segment_of(session, campaign))
    lifecycle.schedule(session, campaign, now=NOON)
    assert (campaign.state, campaign.archived_at) == ("scheduled", None)


def test_a_run_goes_to_whom_the_segment_meant_when_it_began(database: Database) -> None:
    with database.transaction() as session:
        for points in (10, 20, 30):
            make_chat(session, make_person(session, points=points))
        segment = make_segment(session, {"field": "points", "op": ">=", "value": 20})
        campaign = make_campaign(session, segment=segment)
        lifecycle.schedule(session, campaign, now=NOON)
    with database.transaction() as session:
        assert steps.advance(session, campaign.id, now=NOON) is Step.START
        saved.change(session, session.get_one(Segment, segment.id), wanted={"all": []}, now=NOON)
    run_until_idle(database, campaign.id)
    with database.read_only() as session:
        assert report.of_campaign(session, session.get_one(Campaign, campaign.id))[0].frozen == 2


def test_mended_rules_are_taken_when_the_campaign_goes_on(database: Database) -> None:
    with database.transaction() as session:
        make_chat(session, make_person(session))
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
        segment = segment_of(session, campaign)
        segment.rules = {"field": "tier", "op": "=", "value": "platinum"}
    run_until_idle(database, campaign.id)
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        assert found.state == "paused"
        saved.change(session, segment_of(session, found), wanted={"all": []}, now=NOON)
        lifecycle.resume(session, found, now=NOON)
    run_until_idle(database, campaign.id)
    with database.read_only() as session:
        assert report.of_campaign(session, session.get_one(Campaign, campaign.id))[0].frozen == 1
        assert session.scalar(sa.select(CampaignRun.rules)) == {"all": []}


def test_a_run_says_what_it_said_when_it_began(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        make_chat(session, make_person(session, "Lan"))
        campaign = make_campaign(session, "Chào lần một")
        lifecycle.schedule(session, campaign, cron_rule="0 13 * * *", now=NOON)
    work(database, settings, channel, NOON + HOUR)
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        lifecycle.unschedule(session, found, now=NOON)
        lifecycle.edit(session, found, text="Chào lần hai")
    with database.read_only() as session:
        assert session.scalar(sa.select(CampaignRun.text)) == "Chào lần một"
    assert channel.sent[0].text.startswith("Chào lần một")


def test_a_preview_of_words_that_are_no_campaign_yet(session: Session) -> None:
    make_chat(session, make_person(session, "Nguyễn Hoàng Bảo Ngọc"), "messenger")
    make_chat(session, make_person(session, "An"))
    make_chat(session, make_person(session))
    seen = preview.of_text(session, make_segment(session), NAMED, now=NOON)
    assert (seen.count, seen.would_receive, seen.reasons) == (3, 2, {"missing:name": 1})
    assert [(sample.case, sample.name, sample.channel) for sample in seen.samples] == [
        ("first", "An", "zalo"),
        ("longest", "Nguyễn Hoàng Bảo Ngọc", "messenger"),
    ]


def test_behind_each_number_of_a_preview_stand_its_people(session: Session) -> None:
    lan, minh = make_person(session, "Lan"), make_person(session, "Minh")
    nameless, silent = make_person(session), make_person(session, "Không chat")
    make_chat(session, lan)
    make_chat(session, minh, promotion=False)
    make_chat(session, nameless)
    segment = make_segment(session)
    seen = preview.of_text(session, segment, NAMED, now=NOON)
    for why, person in ((None, lan), ("consent", minh), ("missing:name", nameless), ("no_chat", silent)):
        found = preview.list_people(session, segment, Mailing.plain(session, NAMED), why, now=NOON)
        assert names(session, found) == [person.id]
        assert len(found) == (
            seen.would_receive if why is None else seen.no_chat if why == "no_chat" else seen.reasons[why]
        )
    assert (
        preview.list_people(session, segment, Mailing.plain(session, NAMED), "no_chat", before=silent.id, now=NOON)
        == []
    )


def test_recipients_of_an_outcome_and_a_reason_are_paged(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        for number in range(5):
            make_chat(session, make_person(session, f"Lan {number}"), promotion=number % 2 == 0)
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, cron_rule="0 13 * * *", now=NOON)
    for day in range(2):
        work(database, settings, channel, NOON + HOUR + timedelta(days=day))
    with database.read_only() as session:
        found = session.get_one(Campaign, campaign.id)
        whole = report.list_recipients(session, found, limit=100)
        assert [row.id for row in whole] == sorted((row.id for row in whole), reverse=True)
        assert len(whole) == 10
        paged: list[Any] = []
        last: int | None = None
        while page := report.list_recipients(session, found, before=last, limit=3):
            paged += page
            last = page[-1].id
        assert [row.id for row in paged] == [row.id for row in whole]
        refused = report.list_recipients(session, found, became="skipped", why="consent", limit=3)
        rest = report.list_recipients(session, found, became="skipped", why="consent", before=refused[-1].id)
        assert (len(refused), len(rest)) == (3, 1)
        assert {(row.outcome, row.reason) for row in [*refused, *rest]} == {("skipped", "consent")}
        assert report.list_recipients(session, found, became="sent", why="consent") == []
        newest, first = report.list_runs(session, found)
        assert [report.of_run(session, run).outcomes["sent"] for run in (first, newest)] == [3, 3]
