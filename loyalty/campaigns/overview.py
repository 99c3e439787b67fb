"""Everything worth knowing before a campaign goes: who gets it and who does not, what it costs, when it is through,
and which other campaigns of the day want the same people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.campaigns import forecast, overlap, preview
from loyalty.campaigns.forecast import RouteCost
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.overlap import Overlap
from loyalty.campaigns.preview import Preview
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


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Overview:
    """As if it started now, or when it is due. Raises BadRules, BadText."""
    seen = preview.of_campaign(session, campaign, now=now)
    starts_at = max(now, campaign.next_at or now)
    frame = Frame.at(session, now)
    node = saved.tree(session.get_one(Segment, campaign.segment_id), frame)
    return Overview(
        seen,
        forecast.routes(session, seen),
        forecast.finishes_at(session, seen),
        overlap.of_campaign(session, campaign, node, frame, starts_at),
        _named(session, campaign, now),
        seen.leaves_at if seen.leaves_at > now else None,
    )


def _named(session: Session, campaign: Campaign, now: datetime) -> dict[str, list[Named]]:
    found = preview.first_people(session, campaign, now=now)
    keys = searching.hold_keys(session, [customer for people in found.values() for customer in people])
    named = {
        why: [Named(customer.public_id, profiles.name_of(session, customer)) for customer in people]
        for why, people in found.items()
    }
    del keys
    return named
