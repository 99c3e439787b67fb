"""What makes people enter a journey, read and checked.

Of the timeline, and of the log of a segment (looked at all the time): welcome, tier_up, segment. Of the calendar
(looked at once a shop day, from nine in the morning): birthday, tier_falling, points_expiring, away, purchase.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyalty.journeys import reading
from loyalty.journeys.faults import BadPlan

LONGEST = 64
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Welcome:
    """`on`: agreed to offers for the first time, or joined the programme (and agreed)."""

    on: str


@dataclass(frozen=True, slots=True)
class TierUp:
    """Reached `tier` (a code), or any higher one."""

    tier: str | None


@dataclass(frozen=True, slots=True)
class Birthday:
    """So many days before it; 0: on the day."""

    before: int


@dataclass(frozen=True, slots=True)
class TierFalling:
    """The tier held is lost within so many days if nothing more is bought."""

    days: int


@dataclass(frozen=True, slots=True)
class PointsExpiring:
    """At least `least` points end in so many days."""

    days: int
    least: int


@dataclass(frozen=True, slots=True)
class Away:
    """No purchase for `tenths` / 10 times the usual gap between theirs."""

    tenths: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """So many days after a bill; of a product (its SKU) or a category; or the first bill only."""

    days: int
    sku: str | None
    category: str | None
    first: bool


@dataclass(frozen=True, slots=True)
class InSegment:
    """Entered a segment (its public id)."""

    segment: str


Trigger = Welcome | TierUp | Birthday | TierFalling | PointsExpiring | Away | Purchase | InSegment
OF_TIMELINE = (Welcome, TierUp)
TOLD = (*OF_TIMELINE, InSegment)  # by what is written down, not by the calendar
FIELDS: Mapping[str, tuple[str, ...]] = {
    "welcome": ("on",),
    "birthday": ("days_before",),
    "tier_up": ("tier",),
    "tier_falling": ("days",),
    "points_expiring": ("days", "least"),
    "away": ("times",),
    "purchase": ("days", "sku", "category", "first"),
    "segment": ("segment",),
}
PERSONAL = (TierUp, TierFalling, PointsExpiring, Away, Purchase, InSegment)  # chosen by what they buy or hold


def parse(raw: Any) -> Trigger:
    """The trigger that a plan states, such as `{"kind": "birthday", "days_before": 7}`. Raises BadPlan."""
    kind = reading.one_of(raw.get("kind") if isinstance(raw, dict) else None, "trigger.kind", FIELDS)
    told = reading.thing(raw, "trigger", ("kind", *FIELDS[kind]))
    match kind:
        case "welcome":
            return Welcome(reading.one_of(told.get("on", "consent"), "trigger.on", ("consent", "joined")))
        case "birthday":
            return Birthday(reading.whole(told.get("days_before", 0), "trigger.days_before", 0, 30))
        case "tier_up":
            return TierUp(_maybe(told, "tier"))
        case "tier_falling":
            return TierFalling(reading.whole(told.get("days", 14), "trigger.days", 1, 60))
        case "points_expiring":
            least = reading.whole(told.get("least", 1), "trigger.least", 1, 10**9)
            return PointsExpiring(reading.whole(told.get("days", 7), "trigger.days", 1, 60), least)
        case "away":
            return Away(_times(told.get("times", 2)))
        case "purchase":
            return _purchase(told)
    return InSegment(reading.words(told.get("segment"), "trigger.segment"))


def _purchase(told: Mapping[str, Any]) -> Purchase:
    sku, category = _maybe(told, "sku"), _maybe(told, "category")
    if sku and category:
        raise BadPlan("trigger.category", "either a product or a category", "one_of_two")
    days = reading.whole(told.get("days", 3), "trigger.days", 1, 90)
    return Purchase(days, sku, category, reading.flag(told.get("first", False), "trigger.first"))


def _maybe(told: Mapping[str, Any], name: str) -> str | None:
    return None if told.get(name) is None else reading.words(told[name], f"trigger.{name}", LONGEST)


def _times(value: Any) -> int:
    """In tenths: 1.5 is 15."""
    tenths = round(value * TENTHS) if type(value) in (int, float) and 1 <= value <= 10 else 0
    if not tenths or abs(value * TENTHS - tenths) > 1e-9:
        raise BadPlan("trigger.times", "must be from 1 to 10, with one decimal at most", "times")
    return tenths
