"""Who came to the shop's books in a period."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import shop
from loyalty.customers.models import Customer, is_newcomer
from loyalty.insights import moments
from loyalty.insights.periods import Period


def new_by_day(session: Session, period: Period) -> Mapping[date, int]:
    """People first known on each day of the period; whoever was undone or erased since is nobody any more."""
    return _by_day(session, Customer.created_at, period)


def joined_by_day(session: Session, period: Period) -> Mapping[date, int]:
    """People who became members on each day of the period."""
    return _by_day(session, Customer.joined_at, period)


def is_new(session: Session, period: Period, at: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The condition for somebody who was first known, or joined (`at`), in a period."""
    begin, end = period.instants(shop.of(session))
    return and_(at >= begin, at < end, is_newcomer(Customer))


def _by_day(session: Session, at: InstrumentedAttribute[Any], period: Period) -> Mapping[date, int]:
    here = shop.of(session)
    slot = moments.slot(session, at, period)
    query = select(slot, func.count()).where(is_new(session, period, at)).group_by(slot)
    found: Counter[date] = Counter()
    for instant, count in session.execute(query):
        found[here.day(moments.read(instant))] += count
    return {day: found[day] for day in period.days}
