"""What a campaign needs next, and doing it: one short transaction per step, safe to be killed after any of them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.campaigns import approval, audience, lifecycle, offers, queue, split, stopping, timing
from loyalty.campaigns.approval import Seen
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.db import new_public_id
from loyalty.errors import RuleViolation
from loyalty.segments import rules
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame
from loyalty.staff import audit

log = structlog.get_logger()


class Step(StrEnum):
    START = "start"  # a run of what is due
    FREEZE = "freeze"  # the next chunk of its audience
    FEED = "feed"  # the next messages
    SETTLE = "settle"  # keep what became of messages
    DROP = "drop"  # those of a cancelled run who have no message
    FINISH = "finish"
    STOP = "stop"  # it goes badly: pause, and tell the owner


def next_step(session: Session, campaign: Campaign, *, now: datetime) -> Step | None:
    """What there is to do now; None: nothing, or messages are on their way."""
    return _next(session, campaign, lifecycle.open_run(session, campaign), now)


def _next(session: Session, campaign: Campaign, run: CampaignRun | None, now: datetime) -> Step | None:
    if run is None:
        due = campaign.state == "scheduled" and campaign.next_at is not None and campaign.next_at <= now
        return Step.START if due else None
    if campaign.state == "running" and run.state == "freezing":
        return Step.FREEZE
    standing = queue.counts(session, run)
    under_way, final = standing.under_way, standing.final
    if campaign.state == "running" and stopping.cause(session, campaign, run, queue.kept(run) + standing.unkept):
        return Step.STOP
    if final >= queue.BATCH or (final and (campaign.state != "running" or not under_way)):
        return Step.SETTLE
    if campaign.state == "paused":
        return None
    if queue.has_more(session, run):
        if run.state == "cancelled":
            return Step.DROP
        if campaign.best_hour and not queue.has_due(session, run, now=now):
            return None
        return Step.FEED if under_way <= queue.AHEAD - queue.BATCH else None
    is_open = run.open_until is not None and now < run.open_until and run.state != "cancelled"
    return None if under_way or final or is_open else Step.FINISH


def look(session: Session, campaign: Campaign, step: Step, *, now: datetime) -> Seen | None:
    """What a start has to know about people, counted ahead; rules that hold no more are found by the freeze."""
    if step is not Step.START:
        return None
    try:
        return approval.look(session, campaign, now=now)
    except RuleViolation:
        return None


def advance(session: Session, campaign_id: int, *, seen: Seen | None = None, now: datetime) -> Step | None:
    """Do the next step; None when there is none, or another worker has this campaign. `seen`: see `look`."""
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update(skip_locked=True)
    campaign = session.scalar(query, execution_options={"populate_existing": True})
    if campaign is None:
        return None
    run = lifecycle.open_run(session, campaign)
    step = _next(session, campaign, run, now)
    if step is Step.START:
        _start(session, campaign, seen, now)
    elif step is not None:
        assert run is not None
        _do(session, step, campaign, run, now)
    session.flush()
    return step


def _start(session: Session, campaign: Campaign, seen: Seen | None, now: datetime) -> None:
    """Begin the occurrence that is due, unless it was missed by too long or a second person must say yes first."""
    due_at = lifecycle.due_start(session, campaign, now=now)
    if due_at is None:
        _note_missed(session, campaign, now)
        lifecycle.skip_missed(session, campaign, now=now)
        return
    if session.get_one(Segment, campaign.segment_id).removed_at is None and _must_ask(session, campaign, seen, now):
        return
    campaign.state = "running"
    session.add(_run(session, campaign, due_at, now))
    campaign.next_at = None
    log.info("campaign_started", campaign=campaign.public_id)


def _run(session: Session, campaign: Campaign, due_at: datetime, now: datetime) -> CampaignRun:
    """What it sends by, as it is at this moment."""
    return CampaignRun(
        campaign_id=campaign.id,
        public_id=new_public_id(),
        due_at=due_at,
        state="freezing",
        cursor=0,
        top=audience.top(session),
        started_at=now,
        rules=session.get_one(Segment, campaign.segment_id).rules,
        text=campaign.text,
        variants=campaign.variants,
        shop_holdout=split.shop_holdout(session),
    )


def _must_ask(session: Session, campaign: Campaign, seen: Seen | None, now: datetime) -> bool:
    """Whether it waits for a second person; rules that hold no more are found, and told, by the freeze."""
    asked_by = (campaign.approval or {}).get("asked_by", lifecycle.NOBODY)
    try:
        return lifecycle.ask_if_needed(session, campaign, seen=seen, by=asked_by, now=now)
    except RuleViolation:
        return False


def _note_missed(session: Session, campaign: Campaign, now: datetime) -> None:
    assert campaign.next_at is not None
    detail = {"due_at": campaign.next_at.isoformat(), "late_hours": campaign.late_hours}
    subject = f"campaign:{campaign.public_id}"
    audit.record(session, lifecycle.NOBODY, "campaign_run_missed", subject, source="jobs", detail=detail, now=now)
    log.warning("campaign_run_missed", campaign=campaign.public_id)


def object_to(session: Session, campaign_id: int, *, now: datetime) -> bool:
    """Pause a running campaign that too many of its people refused or complained about; says whether it did."""
    campaign = session.scalar(select(Campaign).where(Campaign.id == campaign_id).with_for_update(skip_locked=True))
    run = lifecycle.open_run(session, campaign) if campaign is not None and campaign.state == "running" else None
    if campaign is None or run is None:
        return False
    sent = stopping.seen(queue.settled(session, run))["sent"]
    why = stopping.objection(session, campaign, run, sent)
    if why is not None:
        _stop(session, campaign, why, now)
    return why is not None


def _stop(session: Session, campaign: Campaign, why: Mapping[str, Any], now: datetime) -> None:
    lifecycle.pause(session, campaign)
    stopping.note(session, campaign, why, now=now)
    log.warning("campaign_paused_itself", campaign=campaign.public_id, cause=why["cause"])


def _do(session: Session, step: Step, campaign: Campaign, run: CampaignRun, now: datetime) -> None:
    match step:
        case Step.FREEZE:
            _freeze(session, campaign, run, now)
        case Step.FEED:
            queue.feed(session, run, purse_id=campaign.purse_id, timed=campaign.best_hour, now=now)
        case Step.SETTLE:
            offers.take_back(session, run, queue.settle(session, run), now=now)
        case Step.DROP:
            queue.drop_unmade(session, run)
        case Step.STOP:
            why = stopping.cause(session, campaign, run, queue.settled(session, run))
            if why is not None:
                _stop(session, campaign, why, now)
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
    begin = run.cursor
    audience.freeze_chunk(session, run, node, frame, split.of_run(campaign, run))
    if campaign.best_hour:
        timing.assign(session, run, since_id=begin, rule=campaign.cron)
