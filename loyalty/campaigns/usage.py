"""Which campaigns a segment serves."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.campaigns.models import Campaign
from loyalty.errors import Conflict
from loyalty.segments import saved
from loyalty.segments.models import Segment

OPEN = ("draft", "waiting_approval", "scheduled", "running", "paused")


class SegmentInUse(Conflict):
    """Campaigns (their `names`) are still to be sent to it."""

    code = "segment_in_use"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names=list(names))


def newest_of(session: Session, segment_ids: Collection[int]) -> dict[int, Campaign]:
    """By segment: the newest campaign for it, if there is one."""
    listed = (Campaign.segment_id.in_(segment_ids), Campaign.kind == "campaign")
    newest = select(func.max(Campaign.id)).where(*listed).group_by(Campaign.segment_id)
    campaigns = session.scalars(select(Campaign).where(Campaign.id.in_(newest)))
    return {campaign.segment_id: campaign for campaign in campaigns}


def list_open(session: Session, segment: Segment, *, limit: int = 10) -> Sequence[Campaign]:
    """Campaigns that are, or may still be, sent to it; newest first."""
    query = (
        select(Campaign)
        .where(Campaign.segment_id == segment.id, Campaign.state.in_(OPEN), Campaign.archived_at.is_(None))
        .order_by(Campaign.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def remove_segment(session: Session, segment: Segment, *, now: datetime) -> None:
    """Remove a segment nobody needs any more. Raises SegmentInUse."""
    if waiting := list_open(session, segment):
        raise SegmentInUse([campaign.name for campaign in waiting])
    saved.remove(session, segment, now=now)
