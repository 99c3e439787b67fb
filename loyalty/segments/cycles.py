"""How people buy (`customer_habit`): worked out from their bills a little after each purchase, never within one.

A row says of which bills it tells; the nightly look finds those that tell of others without reading any bill.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from math import sqrt
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import many, upsert
from loyalty.customers.models import CustomerStats
from loyalty.purchases.habits import FEWEST_DAYS, NEWEST
from loyalty.purchases.models import Purchase
from loyalty.segments.models import CustomerHabit

SURE = 1.2816  # the normal quantile of 90 %, one-sided
HABITS = CustomerHabit.metadata.tables[CustomerHabit.__tablename__]


@dataclass(frozen=True, slots=True)
class Habits:
    """How some people buy, as rows of `customer_habit`; `gone` have no standing bill."""

    rows: Sequence[dict[str, Any]]
    gone: Sequence[int]


def keep(session: Session, customer_ids: Collection[int]) -> None:
    """Work out anew how these people buy; who has no standing bill has no row."""
    write(session, work_out(session, customer_ids))


def work_out(session: Session, customer_ids: Collection[int]) -> Habits:
    """Read their bills and write nothing."""
    found = [_habit(customer_id, bills) for customer_id, bills in _bills(session, customer_ids)]
    return Habits(found, sorted(set(customer_ids) - {row["customer_id"] for row in found}))


def write(session: Session, habits: Habits) -> None:
    if habits.gone:
        session.execute(sa.delete(HABITS).where(HABITS.c.customer_id.in_(habits.gone)))
    if habits.rows:
        insert = upsert.insert(session, CustomerHabit)
        names = [name for name in habits.rows[0] if name != "customer_id"]
        statement = insert.on_conflict_do_update(
            index_elements=["customer_id"], set_={name: insert.excluded[name] for name in names}
        )
        many.execute(session.connection(), statement, habits.rows)


def list_stale(session: Session, *, after_id: int = 0, limit: int = 500) -> Sequence[int]:
    """The next people whose totals tell of other bills than their row does."""
    stats, habit = CustomerStats, CustomerHabit
    differs = sa.or_(
        habit.orders.is_distinct_from(stats.orders), habit.last_at.is_distinct_from(stats.last_purchase_at)
    )
    query = (
        select(stats.customer_id)
        .outerjoin(habit, habit.customer_id == stats.customer_id)
        .where(stats.customer_id > after_id, sa.or_(stats.orders > 0, habit.orders.is_not(None)), differs)
        .order_by(stats.customer_id)
        .limit(limit)
    )
    return session.scalars(query).all()


def lowest_share(hits: int, of: int) -> float:
    """The share behind `hits` out of `of`, as little as it may be: the lower end of Wilson's interval, 90 % sure.

    3 of 3 is at least 0.65, 30 of 30 at least 0.95.
    """
    if of == 0:
        return 0.0
    seen, square = hits / of, SURE * SURE
    middle, around = seen + square / (2 * of), SURE * sqrt(seen * (1 - seen) / of + square / (4 * of * of))
    return max(0.0, (middle - around) / (1 + square / of))


def _bills(session: Session, customer_ids: Collection[int]) -> Iterable[tuple[int, list[Any]]]:
    """The newest standing bills of each, newest first."""
    place = sa.func.row_number().over(
        partition_by=Purchase.customer_id, order_by=(Purchase.purchased_at.desc(), Purchase.id.desc())
    )
    columns = (Purchase.customer_id, Purchase.purchased_at, Purchase.purchased_on, Purchase.discount)
    count = sa.func.count().over(partition_by=Purchase.customer_id)
    ranked = (
        select(*columns, place.label("place"), count.label("orders"))
        .where(Purchase.customer_id.in_(sorted(customer_ids)), Purchase.state == "recorded")
        .subquery()
    )
    rows = session.execute(
        select(ranked).where(ranked.c.place <= NEWEST).order_by(ranked.c.customer_id, ranked.c.place)
    ).all()
    return [(customer_id, list(bills)) for customer_id, bills in groupby(rows, key=lambda row: row.customer_id)]


def _habit(customer_id: int, bills: Sequence[Any]) -> dict[str, Any]:
    days = sorted({bill.purchased_on for bill in bills})
    gap, stretch = _cycle(days)
    promo = sum(bill.discount > 0 for bill in bills)
    return {
        "customer_id": customer_id,
        "orders": bills[0].orders,
        "last_at": bills[0].purchased_at,
        "last_day": days[-1].toordinal(),
        "gap": gap,
        "stretch": stretch,
        "promo_orders": promo,
        "promo_low": int(1000 * lowest_share(promo, len(bills))),
    }


def _cycle(days: Sequence[date]) -> tuple[int | None, int | None]:
    """The median gap in days and the longest one as hundredths of it."""
    if len(days) < FEWEST_DAYS:
        return None, None
    gaps = [(later - day).days for day, later in pairwise(days)]
    usual = max(1, round(median(gaps)))
    return usual, 100 * max(gaps) // usual
