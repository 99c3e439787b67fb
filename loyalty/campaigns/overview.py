"""Everything worth knowing before a campaign goes: who gets it and who does not, what it costs, when it is through,
and which other campaigns of the day want the same people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.campaigns import forecast, overlap, preview, timing
from loyalty.campaigns.forecast import RouteCost
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.overlap import Overlap
from loyalty.campaigns.preview import Preview
from loyalty.campaigns.timing import Share
from loyalty.customers import profiles, searching
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody a number is made of, as they are known outside, and by name."""

    public_id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`named`: the first people of each reason, "" for those who would get it; `held_until` while quiet hours last."""

    seen: Preview
    routes: Sequence[RouteCost]
    finishes_at: datetime
    overlaps: Sequence[Overlap]
    named: Mapping[str, Sequence[Named]]
    held_until: datetime | None
    hours: Sequence[Share] = ()  # where each is written to at their best hour


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Overview:
    """As if it started now, or when it is due. Raises BadRules, BadText."""
    seen = preview.of_campaign(session, campaign, now=now)
    starts_at = max(now, campaign.next_at or now)
    frame = Frame.at(session, now)
    node = saved.tree(session.get_one(Segment, campaign.segment_id), frame)
    hours = timing.spread(session, campaign, now=starts_at) if campaign.best_hour else ()
    return Overview(
        seen,
        forecast.routes(session, seen),
        _ends(forecast.finishes_at(session, seen), seen, hours),
        overlap.of_campaign(session, campaign, node, frame, starts_at),
        _named(session, campaign, now),
        seen.leaves_at if seen.leaves_at > now else None,
        hours,
    )


def _ends(at_once: datetime, seen: Preview, hours: Sequence[Share]) -> datetime:
    """Each hour's people take their part of the time all would take, from their hour on."""
    total = sum(share.people for share in hours) or 1
    ends = [share.at + (at_once - seen.leaves_at) * share.people / total for share in hours]
    return max(ends, default=at_once)


def _named(session: Session, campaign: Campaign, now: datetime) -> dict[str, list[Named]]:
    found = preview.first_people(session, campaign, now=now)
    keys = searching.hold_keys(session, [customer for people in found.values() for customer in people])
    named = {
        why: [Named(customer.public_id, profiles.name_of(session, customer)) for customer in people]
        for why, people in found.items()
    }
    del keys
    return named
