"""The five segments every shop has, each an exact definition over the totals: docs/segments-five.md, with examples.

vip: spent in 12 months at least A, in at least B purchases. prospect: interest (a message, joining or a purchase) in
the last C days, and at most D purchases. repeat: at least E purchases. promo: at least F purchases, and of all their
purchases at least G % were discounted, being 90 % sure. inactive: bought, and for more than H times their own usual
gap (the shop's, before they have one), and more than I days, not again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select

from loyalty.customers.models import CustomerStats
from loyalty.segments.models import CustomerHabit

if TYPE_CHECKING:
    from loyalty.segments.frame import Frame

CODES = ("vip", "prospect", "repeat", "promo", "inactive")

Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a definition for one person. `what`: spent_12m, orders, interest_days, promo_low (per cent),
    quiet_days; `actual` is None where they have none; `most` tells that `needed` is a most, not a least."""

    what: str
    actual: int | None
    needed: int
    holds: bool
    most: bool = False


def where(code: str, frame: "Frame") -> ColumnElement[bool]:
    """Whether the customer of a row of totals belongs; true or false, never NULL."""
    return _WHERE[code](frame, frame.things.thresholds())


def reasons(code: str, stats: CustomerStats, habit: CustomerHabit | None, frame: "Frame") -> Sequence[Reason]:
    """The same in plain Python, part by part: who meets each of them belongs."""
    return _REASONS[code](stats, habit, frame, frame.things.thresholds())


def belongs(code: str, stats: CustomerStats, habit: CustomerHabit | None, frame: "Frame") -> bool:
    return all(reason.holds for reason in reasons(code, stats, habit, frame))


def _vip(_frame: "Frame", numbers: Numbers) -> ColumnElement[bool]:
    stats = CustomerStats
    return sa.and_(stats.spent_12m >= numbers["vip_spent"], stats.orders >= numbers["vip_orders"])


def _prospect(frame: "Frame", numbers: Numbers) -> ColumnElement[bool]:
    stats, since = CustomerStats, _days_ago(frame, numbers["prospect_days"])
    signs = (stats.last_interaction_at, stats.joined_at, stats.last_purchase_at)
    interest = sa.or_(*(sa.and_(sign.is_not(None), sign >= since) for sign in signs))
    return sa.and_(stats.orders <= numbers["prospect_orders"], interest)


def _repeat(_frame: "Frame", numbers: Numbers) -> ColumnElement[bool]:
    return sa.and_(CustomerStats.orders >= numbers["repeat_orders"])


def _promo(_frame: "Frame", numbers: Numbers) -> ColumnElement[bool]:
    stats, habit = CustomerStats, CustomerHabit
    often = select(habit.customer_id).where(habit.promo_low >= 10 * numbers["promo_share"])
    return sa.and_(stats.orders >= numbers["promo_orders"], stats.customer_id.in_(often))


def _inactive(frame: "Frame", numbers: Numbers) -> ColumnElement[bool]:
    stats, habit, today = CustomerStats, CustomerHabit, frame.today.toordinal()
    least, times = numbers["inactive_least"], numbers["inactive_times"]
    own = select(habit.customer_id).where(habit.gap.is_not(None))
    overdue = own.where(habit.last_day * 100 + habit.gap * times < today * 100)
    by_shop = sa.and_(
        stats.customer_id.not_in(own), stats.last_purchase_at < _days_ago(frame, _shops_patience(numbers))
    )
    return sa.and_(
        stats.orders > 0,
        stats.last_purchase_at.is_not(None),
        stats.last_purchase_at < _days_ago(frame, least),
        sa.or_(stats.customer_id.in_(overdue), by_shop),
    )


def _vip_reasons(
    stats: CustomerStats, _habit: CustomerHabit | None, _frame: "Frame", numbers: Numbers
) -> Sequence[Reason]:
    spent, orders = numbers["vip_spent"], numbers["vip_orders"]
    return (
        Reason("spent_12m", stats.spent_12m, spent, stats.spent_12m >= spent),
        Reason("orders", stats.orders, orders, stats.orders >= orders),
    )


def _prospect_reasons(
    stats: CustomerStats, _habit: CustomerHabit | None, frame: "Frame", numbers: Numbers
) -> Sequence[Reason]:
    most, days = numbers["prospect_orders"], numbers["prospect_days"]
    signs = (stats.last_interaction_at, stats.joined_at, stats.last_purchase_at)
    quiet = min((_days_since(sign, frame) for sign in signs if sign is not None), default=None)
    return (
        Reason("orders", stats.orders, most, stats.orders <= most, most=True),
        Reason("interest_days", quiet, days, quiet is not None and quiet <= days, most=True),
    )


def _repeat_reasons(
    stats: CustomerStats, _habit: CustomerHabit | None, _frame: "Frame", numbers: Numbers
) -> Sequence[Reason]:
    orders = numbers["repeat_orders"]
    return (Reason("orders", stats.orders, orders, stats.orders >= orders),)


def _promo_reasons(
    stats: CustomerStats, habit: CustomerHabit | None, _frame: "Frame", numbers: Numbers
) -> Sequence[Reason]:
    orders, share = numbers["promo_orders"], numbers["promo_share"]
    low = None if habit is None else habit.promo_low // 10
    return (
        Reason("orders", stats.orders, orders, stats.orders >= orders),
        Reason("promo_low", low, share, low is not None and low >= share),
    )


def _inactive_reasons(
    stats: CustomerStats, habit: CustomerHabit | None, frame: "Frame", numbers: Numbers
) -> Sequence[Reason]:
    least = numbers["inactive_least"]
    if stats.last_purchase_at is None or stats.orders <= 0:
        return (Reason("quiet_days", None, least + 1, False),)
    quiet = _days_since(stats.last_purchase_at, frame)
    if habit is None or habit.gap is None:
        patience, lasted = _shops_patience(numbers), quiet
    else:
        patience, lasted = habit.gap * numbers["inactive_times"] // 100, frame.today.toordinal() - habit.last_day
    needed = max(least, patience) + 1
    return (Reason("quiet_days", quiet, needed, quiet > least and lasted > patience),)


def _shops_patience(numbers: Numbers) -> int:
    """Whole days after which somebody without a rhythm of their own is missed."""
    return numbers["gap_days"] * numbers["inactive_times"] // 100


def _days_ago(frame: "Frame", days: int) -> datetime:
    """The midnight at which the shop day so many days back began."""
    return frame.shop.midnight(frame.today - timedelta(days=days))


def _days_since(instant: datetime, frame: "Frame") -> int:
    return (frame.today - frame.shop.day(instant)).days


_WHERE: Mapping[str, Callable[["Frame", Numbers], ColumnElement[bool]]] = {
    "vip": _vip,
    "prospect": _prospect,
    "repeat": _repeat,
    "promo": _promo,
    "inactive": _inactive,
}
_REASONS: Mapping[str, Callable[[CustomerStats, CustomerHabit | None, "Frame", Numbers], Sequence[Reason]]] = {
    "vip": _vip_reasons,
    "prospect": _prospect_reasons,
    "repeat": _repeat_reasons,
    "promo": _promo_reasons,
    "inactive": _inactive_reasons,
}
