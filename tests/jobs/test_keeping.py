"""What the night keeps: the sizes of segments, and the numbers of campaign runs that are over."""

from typing import cast

import sqlalchemy as sa

from bots.channel import Channel
from jobs.campaigns import advance_campaigns, keep_reports
from jobs.outbox import send_outbox
from jobs.registry import Context
from jobs.segments import count_segments
from loyalty.campaigns import lifecycle, report
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.segments.models import Segment
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel, make_campaign, make_chat, make_person, make_segment


def sent(database: Database, settings: Settings) -> tuple[Context, int]:
    """A campaign that reached two people and skipped one."""
    with database.transaction() as session:
        for number in range(3):
            make_chat(session, make_person(session, f"Lan {number}"), promotion=number < 2)
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
    context = Context(database, settings, {"zalo": cast(Channel, FakeChannel())}, clock=lambda: NOON)
    while advance_campaigns(context) + send_outbox(context):
        pass
    return context, campaign.id


def test_every_segment_is_counted_anew(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        segments = [make_segment(session).id for _ in range(3)]
        make_person(session, "Lan")
    count_segments(Context(database, settings, {}, clock=lambda: NOON), NOON)
    with database.read_only() as session:
        assert [session.get_one(Segment, each).size for each in segments] == [1, 1, 1]


def test_a_report_that_is_kept_says_the_same_without_counting(database: Database, settings: Settings) -> None:
    context, campaign = sent(database, settings)
    with database.read_only() as session:
        before = report.of_campaign(session, session.get_one(Campaign, campaign))
    keep_reports(context, NOON)
    with database.transaction() as session:
        assert session.scalar(sa.select(CampaignRun.tally)) == [["sent", "other", 2], ["skipped", "consent", 1]]
        assert report.list_unkept(session) == []
        session.execute(sa.update(OutboundMessage).values(recipient_id=None))
        session.execute(sa.delete(CampaignRecipient))
    with database.read_only() as session:
        assert report.of_campaign(session, session.get_one(Campaign, campaign)) == before


def test_a_report_is_not_kept_while_somebody_is_in_doubt(database: Database, settings: Settings) -> None:
    context, campaign = sent(database, settings)
    with database.transaction() as session:
        first = session.scalars(sa.select(CampaignRecipient).where(CampaignRecipient.outcome == "sent")).first()
        assert first is not None
        first.outcome = None
        mine = sa.update(OutboundMessage).where(OutboundMessage.recipient_id == first.id)
        session.execute(mine.values(state="unknown"))
    keep_reports(context, NOON)
    with database.read_only() as session:
        assert len(report.list_unkept(session)) == 1
        assert report.of_campaign(session, session.get_one(Campaign, campaign))[0].outcomes["unknown"] == 1
