"""Campaigns of one day that are for the same people: one offer a day, and which of them sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.customers.models import CustomerStats
from loyalty.errors import RuleViolation
from loyalty.messaging.models import OutboundMessage
from loyalty.segments import compile as sql
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Node

LOOK_AGAIN = timedelta(seconds=30)  # while another campaign goes first
AT_ONCE = timedelta(minutes=5)  # starts no further apart are sent side by side
MOST = 20  # campaigns of a day looked at


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another campaign of the day, how many people are in both, and whether it is the one that writes to them."""

    campaign: Campaign
    starts_at: datetime
    people: int
    wins: bool


def is_outranked(session: Session, customer_id: int, run_id: int, priority: int) -> bool:
    """Whether a running campaign with more priority has this person still before it."""
    rivals = session.info.get("campaign_rivals")
    if rivals is None:  # looked up once a transaction
        rivals = session.info["campaign_rivals"] = _rivals(session)
    above = {rival: state for rival, its_priority, state in rivals if its_priority > priority and rival != run_id}
    if not above or "freezing" in above.values():
        return bool(above)  # whom it is for is known in a moment
    recipient = CampaignRecipient
    waits = sa.select(recipient.id).where(
        recipient.run_id.in_(list(above)), recipient.customer_id == customer_id, recipient.outcome.is_(None)
    )
    return session.scalar(waits.where(~_is_over()).limit(1)) is not None


def of_campaign(session: Session, campaign: Campaign, node: Node, frame: Frame, at: datetime) -> Sequence[Overlap]:
    """The other campaigns that are sent, or start, on the shop day of `at` (when this one starts), those that share
    people with it.
    """
    found = (_shared(session, campaign, other, node, frame, at) for other in _of_day(session, campaign, at))
    return [each for each in found if each is not None and each.people]


def _rivals(session: Session) -> list[tuple[int, int, str]]:
    """(run, priority, state of the run) of everything under way."""
    query = (
        sa.select(CampaignRun.id, Campaign.priority, CampaignRun.state)
        .join(Campaign, Campaign.id == CampaignRun.campaign_id)
        .where(CampaignRun.finished_at.is_(None), Campaign.state == "running")
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def _is_over() -> sa.ColumnElement[bool]:
    """The recipient's message has left, or may have; only the outcome is not kept yet."""
    message = OutboundMessage
    return sa.exists().where(message.recipient_id == CampaignRecipient.id, message.state.not_in(("waiting",)))


def _of_day(session: Session, campaign: Campaign, at: datetime) -> Sequence[Campaign]:
    day = shop.of(session).day(at)
    under_way = sa.exists().where(CampaignRun.campaign_id == Campaign.id, CampaignRun.finished_at.is_(None))
    near = Campaign.next_at.between(at - timedelta(days=1), at + timedelta(days=1))
    query = (
        sa.select(Campaign)
        .where(Campaign.id != campaign.id, Campaign.state.in_(("waiting_approval", "scheduled", "running", "paused")))
        .where(sa.or_(under_way, near))
        .order_by(Campaign.id)
        .limit(MOST)
    )
    return [
        other for other in session.scalars(query) if other.next_at is None or shop.of(session).day(other.next_at) == day
    ]


def _shared(
    session: Session, campaign: Campaign, other: Campaign, node: Node, frame: Frame, at: datetime
) -> Overlap | None:
    run = session.scalar(sa.select(CampaignRun).filter_by(campaign_id=other.id, finished_at=None))
    has_chat = CustomerStats.channels != ""
    both = sa.select(sa.func.count()).select_from(CustomerStats).where(sql.members(node, frame), has_chat)
    if run is not None:
        recipient = CampaignRecipient
        both = both.where(
            sa.exists().where(recipient.run_id == run.id, recipient.customer_id == CustomerStats.customer_id)
        )
    else:
        try:
            its = saved.tree(session.get_one(Segment, other.segment_id), frame)
        except RuleViolation:
            return None
        both = both.where(sql.where(its, frame))
    starts_at = run.started_at if run is not None else other.next_at
    assert starts_at is not None
    return Overlap(other, starts_at, session.scalar(both) or 0, _wins(campaign, other, at, starts_at))


def _wins(campaign: Campaign, other: Campaign, at: datetime, starts_at: datetime) -> bool:
    """At the same time, more priority goes first; else whichever is earlier has the day's place."""
    if abs(starts_at - at) > AT_ONCE:
        return starts_at < at
    return (other.priority, -other.id) > (campaign.priority, -campaign.id)
