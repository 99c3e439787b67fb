"""What a campaign needs next, and doing it: one short transaction per step, safe to be killed after any of them."""

from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.campaigns import audience, lifecycle, queue
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.errors import RuleViolation
from loyalty.segments import rules
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame

log = structlog.get_logger()


class Step(StrEnum):
    START = "start"  # a run of what is due
    FREEZE = "freeze"  # the next chunk of its audience
    FEED = "feed"  # the next messages
    SETTLE = "settle"  # keep what became of messages
    DROP = "drop"  # those of a cancelled run who have no message
    FINISH = "finish"


def next_step(session: Session, campaign: Campaign, *, now: datetime) -> Step | None:
    """What there is to do now; None: nothing, or messages are on their way."""
    run = lifecycle.open_run(session, campaign)
    if run is None:
        due = campaign.state == "scheduled" and campaign.next_at is not None and campaign.next_at <= now
        return Step.START if due else None
    if campaign.state == "running" and run.state == "freezing":
        return Step.FREEZE
    under_way, final = queue.counts(session, run)
    if final >= queue.BATCH or (final and (campaign.state != "running" or not under_way)):
        return Step.SETTLE
    if campaign.state == "paused":
        return None
    if queue.has_more(session, run):
        if run.state == "cancelled":
            return Step.DROP
        return Step.FEED if under_way <= queue.AHEAD - queue.BATCH else None
    is_open = run.open_until is not None and now < run.open_until and run.state != "cancelled"
    return None if under_way or final or is_open else Step.FINISH


def advance(session: Session, campaign_id: int, *, now: datetime) -> Step | None:
    """Do the next step; None when there is none, or another worker has this campaign."""
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update(skip_locked=True)
    campaign = session.scalar(query, execution_options={"populate_existing": True})
    if campaign is None:
        return None
    step = next_step(session, campaign, now=now)
    if step is Step.START:
        _start(session, campaign, now)
    elif step is not None:
        run = lifecycle.open_run(session, campaign)
        assert run is not None
        _do(session, step, campaign, run, now)
    session.flush()
    return step


def _start(session: Session, campaign: Campaign, now: datetime) -> None:
    assert campaign.next_at is not None
    campaign.state = "running"
    session.add(
        CampaignRun(
            campaign_id=campaign.id,
            due_at=campaign.next_at,
            state="freezing",
            cursor=0,
            top=audience.top(session),
            started_at=now,
            rules=session.get_one(Segment, campaign.segment_id).rules,
            text=campaign.text,
        )
    )
    campaign.next_at = None
    log.info("campaign_started", campaign=campaign.public_id)


def _do(session: Session, step: Step, campaign: Campaign, run: CampaignRun, now: datetime) -> None:
    match step:
        case Step.FREEZE:
            _freeze(session, campaign, run, now)
        case Step.FEED:
            queue.feed(session, run, now=now)
        case Step.SETTLE:
            queue.settle(session, run)
        case Step.DROP:
            queue.drop_unmade(session, run, audience.CHUNK)
        case Step.FINISH:
            lifecycle.finish(session, campaign, run, now=now)
            log.info("campaign_run_finished", campaign=campaign.public_id)


def _freeze(session: Session, campaign: Campaign, run: CampaignRun, now: datetime) -> None:
    """Rules that today's programme no longer understands stop the campaign, and the owner is told.

    Once they are mended, `resume` freezes by the mended ones: nobody was frozen by the others.
    """
    wanted = run.rules or session.get_one(Segment, campaign.segment_id).rules
    try:
        frame = Frame.at(session, run.started_at)
        node = rules.parse(wanted, frame)
    except RuleViolation as refused:
        run.rules = None
        lifecycle.pause(session, campaign)
        raising.raise_alert(session, "campaign_stopped", f"campaign:{campaign.public_id}", refused.code, now=now)
        return
    run.rules = wanted
    audience.freeze_chunk(session, run, node, frame)
