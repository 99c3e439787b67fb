"""What may be done with a campaign, and when its runs start."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.campaigns import lifecycle
from loyalty.campaigns.cron import BadCron
from loyalty.campaigns.lifecycle import BadSchedule, WrongState
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.campaigns.steps import Step
from loyalty.db import Database
from loyalty.segments.models import Segment
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person, run_until_idle

MINUTE = timedelta(minutes=1)
DO: dict[str, Callable[[Session, Campaign], None]] = {
    "schedule": lambda session, campaign: lifecycle.schedule(session, campaign, now=NOON),
    "pause": lifecycle.pause,
    "resume": lambda session, campaign: lifecycle.resume(session, campaign, now=NOON),
    "cancel": lambda session, campaign: lifecycle.cancel(session, campaign, now=NOON),
}
ALLOWED = {
    "schedule": {"draft": "scheduled", "scheduled": "scheduled"},
    "pause": {"scheduled": "paused", "running": "paused"},
    "resume": {"paused": "scheduled"},  # running again when a run is open
    "cancel": dict.fromkeys(("draft", "scheduled", "running", "paused"), "cancelled"),
}


def test_each_state_allows_only_what_leads_on_from_it(session: Session) -> None:
    for verb, state in product(DO, ("draft", "scheduled", "running", "paused", "finished", "cancelled")):
        campaign = make_campaign(session)
        campaign.state = state
        session.flush()
        if state in ALLOWED[verb]:
            DO[verb](session, campaign)
            assert campaign.state == ALLOWED[verb][state]
            continue
        with pytest.raises(WrongState) as refused:
            DO[verb](session, campaign)
        assert refused.value.facts["state"] == campaign.state == state


def test_a_start_lies_ahead_and_not_too_far(session: Session) -> None:
    campaign = make_campaign(session)
    for at in (NOON - 2 * MINUTE, NOON + timedelta(days=800)):
        with pytest.raises(BadSchedule):
            lifecycle.schedule(session, campaign, at=at, now=NOON)
    with pytest.raises(BadSchedule):
        lifecycle.schedule(session, campaign, at=NOON, cron_rule="* * * * *", now=NOON)
    with pytest.raises(BadSchedule):
        lifecycle.schedule(session, campaign, cron_rule="0 0 30 2 *", now=NOON)
    with pytest.raises(BadCron):
        lifecycle.schedule(session, campaign, cron_rule="daily", now=NOON)
    assert campaign.state == "draft"


def test_a_campaign_starts_when_it_is_due_and_not_before(database: Database) -> None:
    with database.transaction() as session:
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, at=NOON + MINUTE, now=NOON)
    assert run_until_idle(database, campaign.id, now=NOON) == []
    assert run_until_idle(database, campaign.id, now=NOON + MINUTE) == [Step.START, Step.FREEZE, Step.FINISH]
    with database.read_only() as session:
        assert session.get_one(Campaign, campaign.id).state == "finished"
        assert lifecycle.list_active(session, now=NOON + MINUTE) == []


def test_a_paused_start_waits_and_comes_at_once_when_resumed(database: Database) -> None:
    later = NOON + timedelta(hours=3)
    with database.transaction() as session:
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, at=NOON + MINUTE, now=NOON)
        lifecycle.pause(session, campaign)
    assert run_until_idle(database, campaign.id, now=later) == []
    with database.transaction() as session:
        lifecycle.resume(session, session.get_one(Campaign, campaign.id), now=later)
    assert Step.START in run_until_idle(database, campaign.id, now=later)


@pytest.mark.parametrize(
    ("late_hours", "down", "day"),
    [
        (6, timedelta(hours=72), None),  # the newest was due 23 hours ago: skipped, the next one comes
        (24, timedelta(hours=72), 24),  # once, and only the newest of three
        (6, timedelta(hours=55), 24),  # six hours late
        (0, timedelta(hours=49, minutes=20), None),  # 20 minutes late, and nothing is to be late
        (0, timedelta(hours=49, minutes=5), 24),  # a restart makes nothing late
    ],
)
def test_a_missed_occurrence_comes_once_or_is_skipped(
    database: Database, late_hours: int, down: timedelta, day: int | None
) -> None:
    """Due every day at 13:00 of the shop; the workers come back so long after noon of the 22nd."""
    with database.transaction() as session:
        make_chat(session, make_person(session))
        campaign = make_campaign(session)
        lifecycle.edit(session, campaign, stated={"late_hours": late_hours})
        lifecycle.schedule(session, campaign, cron_rule="0 13 * * *", now=NOON)
    run_until_idle(database, campaign.id, now=NOON + down)
    with database.read_only() as session:
        runs = session.scalars(sa.select(CampaignRun)).all()
        assert [run.due_at for run in runs] == ([] if day is None else [datetime(2026, 11, day, 6, 0, tzinfo=UTC)])
        assert all(run.public_id for run in runs)
        found = session.get_one(Campaign, campaign.id)
        assert (found.state, found.next_at is not None) == (("scheduled", True) if not runs else ("running", False))
        missed = session.scalars(sa.select(AuditEntry).filter_by(action="campaign_run_missed")).all()
        assert len(missed) == (0 if runs else 1)


def test_a_recurring_campaign_is_scheduled_again_after_each_run(database: Database) -> None:
    with database.transaction() as session:
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, cron_rule="0 13 * * *", now=NOON)
    for day in range(3):
        run_until_idle(database, campaign.id, now=NOON + timedelta(days=day, hours=2))
    with database.read_only() as session:
        found = session.get_one(Campaign, campaign.id)
        assert (found.state, found.next_at) == ("scheduled", datetime(2026, 11, 25, 6, 0, tzinfo=UTC))
        assert session.scalar(sa.select(sa.func.count()).select_from(CampaignRun)) == 3


def test_a_recurring_campaign_resumed_late_waits_for_the_next_occurrence(session: Session) -> None:
    campaign = make_campaign(session)
    lifecycle.schedule(session, campaign, cron_rule="0 13 * * *", now=NOON)
    lifecycle.pause(session, campaign)
    lifecycle.resume(session, campaign, now=NOON + timedelta(days=10))
    assert campaign.next_at == datetime(2026, 12, 2, 6, 0, tzinfo=UTC)


def test_rules_that_hold_no_more_stop_the_campaign_and_tell_the_owner(database: Database) -> None:
    with database.transaction() as session:
        make_person(session)
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
        segment = campaign.segment_id
        session.execute(
            sa.update(Segment)
            .where(Segment.id == segment)
            .values(rules={"field": "tier", "op": "=", "value": "platinum"})
        )
    run_until_idle(database, campaign.id)
    with database.read_only() as session:
        assert session.get_one(Campaign, campaign.id).state == "paused"
        alert = raising.list_open(session)[0]
        assert (alert.kind, alert.subject) == ("campaign_stopped", f"campaign:{campaign.public_id}")
