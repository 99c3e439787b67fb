"""When somebody buys: hours, weekdays, the usual gap, and when they are to be expected next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.purchases.models import Purchase
from loyalty.shop import Shop

NEWEST = 200  # purchases looked at
FEWEST_DAYS = 3  # with purchases, before a gap means anything


@dataclass(frozen=True, slots=True)
class Habits:
    """Of the newest purchases: how many by hour of day (0–23) and weekday (0 is Monday), by the shop's clock.

    `gap_days` is the median of the days between shopping days; `expected_on` the last such day and that gap; None
    before there are `FEWEST_DAYS` of them. Half of the gaps were such that the next visit would fall between
    `expected_from` and `expected_until`; with two gaps these are the two. `late_days`: how long they are overdue.
    """

    purchases: int
    by_hour: Mapping[int, int]
    by_weekday: Mapping[int, int]
    gap_days: int | None
    expected_on: date | None
    late_days: int
    expected_from: date | None = None
    expected_until: date | None = None

    @property
    def busiest_hour(self) -> int | None:
        """The hour most bought in; the earlier one of two."""
        return max(sorted(self.by_hour), key=lambda hour: self.by_hour[hour], default=None)

    @property
    def busiest_weekday(self) -> int | None:
        return max(sorted(self.by_weekday), key=lambda weekday: self.by_weekday[weekday], default=None)


def of_customer(session: Session, customer_id: int, *, now: datetime) -> Habits:
    """From the standing purchases of one customer."""
    query = (
        select(Purchase.purchased_at)
        .where(Purchase.customer_id == customer_id, Purchase.state == "recorded")
        .order_by(Purchase.purchased_on.desc(), Purchase.id.desc())
        .limit(NEWEST)
    )
    return of_instants(session.scalars(query).all(), shop.of(session), today=shop.of(session).day(now))


@dataclass(frozen=True, slots=True)
class Place:
    """How somebody buys through one source (the counter, a web shop): the newest bills of it. `basket`: average ₫."""

    source: str
    habits: Habits
    basket: int


def by_source(session: Session, customer_id: int, *, now: datetime) -> Sequence[Place]:
    """The same by where the bills came from, those with most bills first; of the newest bills of all."""
    query = (
        select(Purchase.source, Purchase.purchased_at, Purchase.total - Purchase.returned)
        .where(Purchase.customer_id == customer_id, Purchase.state == "recorded")
        .order_by(Purchase.purchased_on.desc(), Purchase.id.desc())
        .limit(NEWEST)
    )
    place, found = shop.of(session), dict[str, list[tuple[datetime, int]]]()
    for source, at, net in session.execute(query):
        found.setdefault(source, []).append((at, net))
    today = place.day(now)
    places = [
        Place(
            source, of_instants([at for at, _ in bills], place, today=today), sum(net for _, net in bills) // len(bills)
        )
        for source, bills in found.items()
    ]
    return sorted(places, key=lambda each: (-each.habits.purchases, each.source))


def of_instants(bought_at: Sequence[datetime], place: Shop, *, today: date) -> Habits:
    """From the instants of purchases, in any order."""
    local = [instant.astimezone(place.timezone) for instant in bought_at]
    days = sorted({instant.date() for instant in local})
    gap = expected = low = high = None
    if len(days) >= FEWEST_DAYS:
        gaps = sorted((later - day).days for day, later in pairwise(days))
        gap = max(1, round(median(gaps)))
        expected = days[-1] + timedelta(days=gap)
        low, high = (days[-1] + timedelta(days=end) for end in _middle_half(gaps))
    return Habits(
        purchases=len(local),
        by_hour=Counter(instant.hour for instant in local),
        by_weekday=Counter(instant.weekday() for instant in local),
        gap_days=gap,
        expected_on=expected,
        late_days=max(0, (today - expected).days) if expected else 0,
        expected_from=low,
        expected_until=high,
    )


def _middle_half(ordered: Sequence[int]) -> tuple[int, int]:
    """The quartiles of so many gaps, each of them one that was."""
    last = len(ordered) - 1
    return ordered[floor(last / 4)], ordered[ceil(last * 3 / 4)]
