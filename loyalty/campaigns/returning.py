"""Who came back after each campaign of a segment, against those held out: over time, and all of them together.

Came back: bought within the campaign's window from the start of a run. Of everybody it was for, written to or not, and
of everybody held out alike: see `counting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import offers, results
from loyalty.campaigns.counting import Numbers
from loyalty.campaigns.models import Campaign, CampaignOffer, CampaignRun
from loyalty.campaigns.results import Results
from loyalty.segments.models import Segment


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of one campaign, with the `offer` its message carried, if any; `first_at`: when its first run began.

    `open_runs`: how many are not in it, as people may still come back.
    """

    campaign: Campaign
    offer: CampaignOffer | None
    first_at: datetime
    found: Results
    open_runs: int = 0


def of_segment(
    session: Session, segment: Segment, *, before: int | None = None, limit: int, now: datetime
) -> Sequence[Returned]:
    """The campaigns that were sent to it, the newest first; those `before` one by its id. Open runs are counted now."""
    sent = _sent_to(session, segment, before, limit)
    given = offers.find_all(session, [campaign.id for campaign, _at in sent])
    return [
        Returned(campaign, given.get(campaign.id), at, results.of_campaign(session, campaign, now=now))
        for campaign, at in sent
    ]


def closed_of_segment(session: Session, segment: Segment, *, limit: int) -> Sequence[Returned]:
    """The same of what is kept: nobody is counted, however many campaigns there are."""
    sent = _sent_to(session, segment, None, limit)
    ids = [campaign.id for campaign, _at in sent]
    given, found = offers.find_all(session, ids), results.closed_of(session, ids)
    return [Returned(campaign, given.get(campaign.id), at, *found[campaign.id]) for campaign, at in sent]


def _sent_to(
    session: Session, segment: Segment, before: int | None, limit: int
) -> Sequence[sa.Row[Campaign, datetime]]:
    first = (
        sa.select(CampaignRun.campaign_id, sa.func.min(CampaignRun.started_at).label("at"))
        .group_by(CampaignRun.campaign_id)
        .subquery()
    )
    query = (
        sa.select(Campaign, first.c.at)
        .join(first, first.c.campaign_id == Campaign.id)
        .where(Campaign.segment_id == segment.id, Campaign.kind == "campaign")
        .order_by(Campaign.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Campaign.id < before)
    return session.execute(query).all()


def together(rows: Sequence[Returned]) -> Results:
    """All of them as one, each with its own window; a person counts once for each campaign that was for them."""
    numbers = sum((row.found.numbers for row in rows), Numbers())
    return Results(numbers, max((row.found.window_days for row in rows), default=0), None, ())


def list_segments(session: Session, *, limit: int) -> Sequence[Segment]:
    """Those that campaigns were sent to, the one written to last first."""
    last = (
        sa.select(Campaign.segment_id, sa.func.max(CampaignRun.id).label("run"))
        .join(CampaignRun, CampaignRun.campaign_id == Campaign.id)
        .where(Campaign.kind == "campaign")
        .group_by(Campaign.segment_id)
        .subquery()
    )
    query = sa.select(Segment).join(last, last.c.segment_id == Segment.id).order_by(last.c.run.desc())
    return session.scalars(query.limit(limit)).all()
