"""Customers worth a word: who bought most in a period, and whose points end soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.insights.periods import Period
from loyalty.insights.sales import standing
from loyalty.points.lots import LOTS
from loyalty.purchases.stats import NET, PURCHASES

STATS = CustomerStats.__table__


@dataclass(frozen=True, slots=True)
class Buyer:
    """What one customer bought and kept in a period: whole ₫, and how many bills."""

    customer_id: int
    spent: int
    orders: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Whole points of one customer that end within some days, and the first of those days."""

    customer_id: int
    points: int
    on: date


def buyers(session: Session, period: Period, *, limit: int) -> Sequence[Buyer]:
    """Those who spent most in a period, the most first; whose data was erased is nobody."""
    spent = func.sum(NET)
    query = (
        select(PURCHASES.c.customer_id, spent, func.count())
        .join_from(PURCHASES, STATS, STATS.c.customer_id == PURCHASES.c.customer_id)
        .where(standing(period), STATS.c.erased_at.is_(None))
        .group_by(PURCHASES.c.customer_id)
        .order_by(spent.desc(), PURCHASES.c.customer_id)
        .limit(limit)
    )
    return [Buyer(row[0], int(row[1]), row[2]) for row in session.execute(query)]


def ending(session: Session, today: date, *, within: timedelta, limit: int) -> Sequence[Ending]:
    """Those with the most points that can be used now and end from `today` on within some days."""
    points, first = func.sum(LOTS.c.remaining), func.min(LOTS.c.expires_on)
    is_usable = ~LOTS.c.promised | LOTS.c.release_id.is_not(None)
    query = (
        select(LOTS.c.customer_id, points, first)
        .join_from(LOTS, STATS, STATS.c.customer_id == LOTS.c.customer_id)
        .where(LOTS.c.expires_on.between(today, today + within), LOTS.c.remaining > 0, is_usable)
        .where(STATS.c.erased_at.is_(None))
        .group_by(LOTS.c.customer_id)
        .order_by(points.desc(), LOTS.c.customer_id)
        .limit(limit)
    )
    return [Ending(row[0], int(row[1]), row[2]) for row in session.execute(query)]
