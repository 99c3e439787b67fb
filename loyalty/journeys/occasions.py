"""Who enters by the calendar: one query over the totals for each trigger, the same on both engines.

A query asks for shop days together and yields (customer_id, mark, named): the mark tells the day, `named` the occasion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.journeys.triggers import (
    TENTHS,
    Away,
    Birthday,
    InSegment,
    PointsExpiring,
    Purchase,
    TierFalling,
    TierUp,
    Trigger,
    Welcome,
)
from loyalty.points import gifts
from loyalty.points.lots import IS_PROMISE, LOTS
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases.models import Purchase as Bill
from loyalty.purchases.models import PurchaseLine
from loyalty.segments import thresholds
from loyalty.segments.models import CustomerHabit
from loyalty.shop import Shop

MORNING = time(9)  # when a shop day is looked at
SHORTEST_GAP = 3  # days: who buys every day is not away tomorrow
NO_GAP = 0  # where the trigger asks for none
CALLED = {TierFalling: "falls", PointsExpiring: "ends", Away: "away", Purchase: "bought"}

Marked = sa.Select[Any]
Stats, Habit = CustomerStats, CustomerHabit


@dataclass(frozen=True, slots=True)
class Days:
    """Shop days in a row that are looked at together; `gap` is the shop's, for who has none of their own yet."""

    days: Sequence[date]
    gap: int  # days
    rules: Programme

    @classmethod
    def at(cls, session: Session, days: Sequence[date], gap: int) -> Self:
        return cls(days, gap, versions.at(session, days[-1]))


def marked(session: Session, trigger: Trigger, asked: Days) -> Marked:
    """Everybody the trigger means on any of these days; a customer may come more than once."""
    days = asked.days
    match trigger:
        case Birthday():
            return _born(trigger, asked)
        case TierFalling():
            return _falling(trigger, days)
        case PointsExpiring():
            ends = [day + timedelta(days=trigger.days) for day in days]
            return _expiring(ends, trigger.least)
        case Away():
            return _away(trigger, asked)
        case Purchase():
            return _bought(trigger, [day - timedelta(days=trigger.days) for day in days])
        case Welcome() | TierUp() | InSegment():
            raise ValueError("what is written down tells of these")


def day_of(trigger: Trigger, mark: Any, asked: Days, place: Shop) -> date:
    """The shop day a mark means; the last one looked at where it means none."""
    match trigger:
        case Birthday():
            return next(day for day, numbers in _birthdays(trigger, asked).items() if mark in numbers)
        case TierFalling() | PointsExpiring():
            found: date = mark - timedelta(days=trigger.days)
            return max(found, asked.days[0]) if isinstance(trigger, TierFalling) else found
        case Away():
            return date.fromordinal(mark)
        case Purchase():
            bought: date = mark
            return bought + timedelta(days=trigger.days)
    return asked.days[-1]


def occasion(trigger: Trigger, named: Any, asked: Days, place: Shop) -> str:
    """What an occasion is called: the same again means the same one."""
    if isinstance(trigger, Birthday):
        return str((day_of(trigger, named, asked, place) + timedelta(days=trigger.before)).year)
    named = date.fromordinal(named) if isinstance(trigger, Away) else named
    return f"{CALLED[type(trigger)]}:{named}"


def shop_gap(session: Session) -> int:
    """Days: the usual gap of the shop, as the segment of who does not come any more goes by."""
    return thresholds.of(session)["gap_days"]


def _born(trigger: Birthday, asked: Days) -> Marked:
    numbers = {number for each in _birthdays(trigger, asked).values() for number in each}
    last = asked.days[-1] + timedelta(days=trigger.before)
    counts = sa.or_(Stats.birthday_from.is_(None), Stats.birthday_from <= last)
    return _marked(Stats.customer_id, Stats.birthday).where(Stats.birthday.in_(numbers), counts)


def _birthdays(trigger: Birthday, asked: Days) -> Mapping[date, Sequence[int]]:
    """By day: the birthdays kept so many days later, as totals keep them. 29 February as the programme has it."""
    return {day: gifts.kept_by(day + timedelta(days=trigger.before), asked.rules) for day in asked.days}


def _falling(trigger: TierFalling, days: Sequence[date]) -> Marked:
    within = Stats.falls_on.between(days[0] + timedelta(days=1), days[-1] + timedelta(days=trigger.days))
    return _marked(Stats.customer_id, Stats.falls_on).where(within)


def _expiring(ends: Sequence[date], least: int) -> Marked:
    return (
        _marked(LOTS.c.customer_id, LOTS.c.expires_on)
        .join(Stats, Stats.customer_id == LOTS.c.customer_id)
        .where(LOTS.c.expires_on.in_(ends), LOTS.c.remaining > 0, ~IS_PROMISE)
        .group_by(LOTS.c.customer_id, LOTS.c.expires_on)
        .having(sa.func.sum(LOTS.c.remaining) >= least)
    )


def _away(trigger: Away, asked: Days) -> Marked:
    """Whoever's day came since the look before: nobody a second time, and at first nobody of long ago.

    One range of `last_day` for each gap somebody has, served by the index of both.
    """
    gap, last = Habit.gap, Habit.last_day
    first, until = asked.days[0].toordinal(), asked.days[-1].toordinal()
    own = sa.select(gap.label("gap")).where(gap.is_not(None)).distinct().subquery()
    span = _patience(own.c.gap, trigger)
    known = _marked(Habit.customer_id, last + span, last).join(own, own.c.gap == gap)
    shops = _patience(sa.literal(asked.gap, sa.Integer), trigger)
    unknown = _marked(Habit.customer_id, last + shops, last).where(gap.is_(None))
    both = sa.union_all(
        known.where(last.between(first - span, until - span)), unknown.where(last.between(first - shops, until - shops))
    ).subquery()
    return sa.select(both.c.customer_id, both.c.mark, both.c.named)


def _patience(gap: Any, trigger: Away) -> Any:
    """So many days after the last purchase their time comes; a part of a day counts as one."""
    return (sa.case((gap < SHORTEST_GAP, SHORTEST_GAP), else_=gap) * trigger.tenths + TENTHS - 1) // TENTHS


def _bought(trigger: Purchase, days: Sequence[date]) -> Marked:
    query = (
        _marked(Bill.customer_id, Bill.purchased_on)
        .join(Stats, Stats.customer_id == Bill.customer_id)
        .where(Bill.purchased_on.in_(days), Bill.state == "recorded")
    )
    line = PurchaseLine
    named = (line.sku, trigger.sku) if trigger.sku else (line.category, trigger.category)
    if named[1] is not None:
        query = query.where(sa.exists().where(line.purchase_id == Bill.id, named[0] == named[1]))
    return query.where(Bill.purchased_at == Stats.first_purchase_at) if trigger.first else query


def _marked(customer_id: Any, mark: Any, named: Any = None) -> Marked:
    named = mark if named is None else named
    return sa.select(customer_id.label("customer_id"), mark.label("mark"), named.label("named"))
