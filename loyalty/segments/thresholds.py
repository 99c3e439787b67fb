"""The numbers the five segments are made with: learned every night from the shop's own people, or set by its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import shop, upsert
from loyalty.customers.models import CustomerStats
from loyalty.db import new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.segments import learning
from loyalty.segments.models import CustomerHabit, Segment, Threshold, ThresholdChange


class BadThreshold(RuleViolation):
    """A number that means nothing here: `field` takes whole numbers from `low` to `high`."""

    code = "segment_threshold"

    def __init__(self, number: "Number") -> None:
        super().__init__(number.code, field=number.code, low=number.low, high=number.high)


class ThresholdChangeNotFound(NotFound):
    """There was no such change."""

    code = "segment_threshold_change_not_found"


class ThresholdChangedSince(Conflict):
    """Somebody set one of these numbers anew after this change."""

    code = "segment_threshold_changed_since"


@dataclass(frozen=True, slots=True)
class Number:
    """`share`: learned as the value so many people lie at or below; None: stated. `unit`: money, orders, days, times
    (hundredths), percent. What is learned is rounded to a multiple of `grain`."""

    code: str
    of: str  # the segment it belongs to, or "all"
    unit: str
    default: int
    low: int
    high: int
    share: float | None = None
    grain: int = 1


NUMBERS = (
    Number("vip_spent", "vip", "money", 5_000_000, 1_000, 10**11, share=0.9, grain=1_000),
    Number("vip_orders", "vip", "orders", 3, 1, 1_000),
    Number("prospect_orders", "prospect", "orders", 1, 0, 1_000, share=0.25),
    Number("prospect_days", "prospect", "days", 60, 7, 730),  # learned as twice `gap_days`
    Number("repeat_orders", "repeat", "orders", 4, 2, 1_000, share=0.75),
    Number("promo_orders", "promo", "orders", 3, 2, 1_000),
    Number("promo_share", "promo", "percent", 60, 50, 100, share=0.9),
    Number("inactive_times", "inactive", "times", 300, 100, 5_000, share=0.75),
    Number("inactive_least", "inactive", "days", 14, 1, 730),
    Number("gap_days", "inactive", "days", 30, 1, 730, share=0.5),
)
BY_CODE: Mapping[str, Number] = {number.code: number for number in NUMBERS}
DEFAULTS: Mapping[str, int] = {number.code: number.default for number in NUMBERS}


def of(session: Session) -> dict[str, int]:
    """Every number as it holds: set by the owner, else as learned, else as stated."""
    rows = session.execute(select(Threshold.code, sa.func.coalesce(Threshold.chosen, Threshold.learned)))
    return {**DEFAULTS, **{code: value for code, value in rows if code in DEFAULTS}}


def rows(session: Session) -> dict[str, Threshold]:
    """What was learned and what was set, by code."""
    found = session.scalars(select(Threshold).execution_options(populate_existing=True))
    return {row.code: row for row in found if row.code in DEFAULTS}


def learn_all(session: Session, *, now: datetime) -> dict[str, int]:
    """Learn every number anew; what the owner set stays set. Returns what was learned, by code."""
    programme = versions.at(session, shop.of(session).day(now))
    learned, people = {}, {}
    for number in NUMBERS:
        learned[number.code], people[number.code] = _learn(session, number, programme)
    learned["prospect_days"] = _within(BY_CODE["prospect_days"], 2 * learned["gap_days"])
    people["prospect_days"] = people["gap_days"]
    values = [
        {"code": code, "learned": value, "people": people[code], "learned_at": now} for code, value in learned.items()
    ]
    insert = upsert.insert(session, Threshold).values(values)
    changed = {name: insert.excluded[name] for name in ("learned", "people", "learned_at")}
    session.execute(insert.on_conflict_do_update(index_elements=["code"], set_=changed))
    session.flush()
    return learned


def choose(session: Session, wanted: Mapping[str, int | None], *, by: str, now: datetime) -> ThresholdChange | None:
    """Set numbers; None for one means as learned. Returns what `undo` takes back, None when all is so already.

    Raises BadThreshold.
    """
    for code, value in wanted.items():
        check(code, value)
    kept = rows(session)
    if missing := [each for each in NUMBERS if each.code not in kept]:
        session.add_all(Threshold(code=each.code, learned=each.default, people=0, learned_at=now) for each in missing)
        session.flush()
        kept = rows(session)
    before = {code: kept[code].chosen for code, value in wanted.items() if kept[code].chosen != value}
    if not before:
        return None
    for code in before:
        kept[code].chosen = wanted[code]
    after = {code: wanted[code] for code in before}
    change = ThresholdChange(public_id=new_public_id(), before=before, after=after, by=by, at=now)
    session.add(change)
    for segment in session.scalars(select(Segment).filter_by(kind="five").order_by(Segment.id).with_for_update()):
        segment.renew("thresholds")
    session.flush()
    return change


def undo(session: Session, public_id: str, *, by: str, now: datetime) -> ThresholdChange | None:
    """Set again what was set before that change. Raises ThresholdChangeNotFound, ThresholdChangedSince."""
    change = session.scalar(select(ThresholdChange).filter_by(public_id=public_id))
    if change is None:
        raise ThresholdChangeNotFound
    kept = rows(session)
    if any(kept[code].chosen not in (value, change.before[code]) for code, value in change.after.items()):
        raise ThresholdChangedSince
    return choose(session, change.before, by=by, now=now)


def list_changes(session: Session, *, limit: int = 10) -> Sequence[ThresholdChange]:
    """Newest first."""
    return session.scalars(select(ThresholdChange).order_by(ThresholdChange.id.desc()).limit(limit)).all()


def default_of(number: Number, programme: Programme) -> int:
    """What is stated: of the ₫ that make a VIP, what the programme asks for its highest tier, where it asks for ₫."""
    held_by = programme.qualification
    if number.code == "vip_spent" and (held_by.metric, held_by.months) == ("spend", 12) and programme.tiers[-1].spend:
        return programme.tiers[-1].spend
    return number.default


def _learn(session: Session, number: Number, programme: Programme) -> tuple[int, int]:
    """The number, and of how many people."""
    stated = default_of(number, programme)
    if number.share is None:
        return stated, 0
    column, *conditions = _source(number.code)
    count = session.scalar(select(sa.func.count()).where(*conditions)) or 0
    query = select(column).where(*conditions).order_by(column)

    def between(first: int, most: int) -> Sequence[float]:
        return session.scalars(query.offset(first).limit(most)).all()

    found = learning.learn_among(count, between, stated, number.share)
    return _within(number, round(found / number.grain) * number.grain), count


def _source(code: str) -> tuple[InstrumentedAttribute[Any] | ColumnElement[Any], *tuple[ColumnElement[bool], ...]]:
    """The values people have, and whose count."""
    stats, habit = CustomerStats, CustomerHabit
    living = stats.erased_at.is_(None)
    match code:
        case "vip_spent":
            return stats.spent_12m, living, stats.spent_12m > 0
        case "repeat_orders" | "prospect_orders":
            return stats.orders, living, stats.orders > 0
        case "gap_days":
            return habit.gap, habit.gap.is_not(None)
        case "inactive_times":
            return habit.stretch, habit.stretch.is_not(None)
    return habit.promo_low / sa.literal(10, sa.Integer), habit.orders >= BY_CODE["promo_orders"].default


def _within(number: Number, value: int) -> int:
    return min(max(value, number.low), number.high)


def check(code: str, value: int | None) -> None:
    """Raises BadThreshold."""
    number = BY_CODE[code]
    if value is not None and (type(value) is not int or not number.low <= value <= number.high):
        raise BadThreshold(number)
