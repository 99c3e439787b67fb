"""Who some customers are: each number one grouped count over their totals."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty.channels import kinds
from loyalty.customers.models import CustomerStats
from loyalty.insights import sales
from loyalty.insights.portraits.portrait import BASKET, FEWEST_MEDIAN, NEW_DAYS, RECENCY, SPENT
from loyalty.purchases.stats import NET
from loyalty.segments.rules import Frame

NOBODY = "none"  # no chat at all
FAVOURITES = 8
Whose = Select[int]  # the ids of customers


def counted(whose: Whose) -> ColumnElement[bool]:
    """The totals of those of them who let themselves be counted."""
    row = CustomerStats
    return sa.and_(row.erased_at.is_(None), row.customer_id.in_(whose), sales.counted(row.customer_id))


def look(session: Session, whose: Whose, frame: Frame) -> dict[str, Any]:
    """The numbers of a `Portrait` that their totals tell."""
    these, row = counted(whose), CustomerStats
    spent = _steps(session, these, row.spent_12m, SPENT)
    return {
        **_plain(session, these, frame),
        "tiers": _by(session, these, row.tier),
        "channels": {kind: _having(session, these, kind) for kind in sorted(kinds.FIRST)}
        | {NOBODY: _count(session, these, row.channels == "")},
        "recency": _recency(session, these, frame),
        "spent": spent,
        "median_spent": _median(session, row.spent_12m, sa.and_(these, row.spent_12m > 0), sum(spent[1:])),
        "birthdays": _birthdays(session, these),
    }


def baskets(session: Session, bills: ColumnElement[bool]) -> dict[str, Any]:
    """How large the bills are, and the middle one."""
    query = select(_step(NET, BASKET), func.count()).where(bills).group_by(sa.text("1"))
    found = _dense(session, query, len(BASKET) + 1)
    return {"baskets": found, "median_basket": _median(session, NET, bills, sum(found))}


def _plain(session: Session, these: ColumnElement[bool], frame: Frame) -> dict[str, int]:
    row, since = CustomerStats, frame.shop.midnight(frame.today - timedelta(days=NEW_DAYS))
    wanted = {
        "people": sa.true(),
        "agreed": row.consent_promotion,
        "reached": sa.and_(row.consent_promotion, row.channels != ""),
        "never": row.orders == 0,
        "once": row.orders == 1,
        "newcomers": row.first_purchase_at >= since,
    }
    counts = [func.count().filter(condition) for condition in wanted.values()]
    spent = func.coalesce(func.sum(row.spent_12m), 0)
    *found, total = session.execute(select(*counts, spent).select_from(row).where(these)).one()
    return {**dict(zip(wanted, found, strict=True)), "spent_12m": int(total)}


def _recency(session: Session, these: ColumnElement[bool], frame: Frame) -> list[int]:
    """Those of the last 7 days first, who never bought last."""
    at = CustomerStats.last_purchase_at
    ends = [frame.shop.midnight(frame.today - timedelta(days=days)) for days in RECENCY]
    whens = [(at.is_(None), len(ends) + 1), *((at >= end, place) for place, end in enumerate(ends))]
    step = sa.case(*whens, else_=len(ends))
    return _dense(session, _grouped(these, step), len(ends) + 2)


def _steps(
    session: Session, these: ColumnElement[bool], column: InstrumentedAttribute[int], bounds: Sequence[int]
) -> list[int]:
    return _dense(session, _grouped(these, _step(column, bounds)), len(bounds) + 1)


def _step(value: ColumnElement[int] | InstrumentedAttribute[int], bounds: Sequence[int]) -> ColumnElement[int]:
    """How many of the bounds a value has reached."""
    places = [(value >= bound, place) for place, bound in reversed(list(enumerate(bounds, 1)))]
    return sa.case(*places, else_=0)


def _grouped(these: ColumnElement[bool], step: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any, int]:
    return select(step, func.count()).select_from(CustomerStats).where(these).group_by(sa.text("1"))


def _dense(session: Session, query: Select[int, int], length: int) -> list[int]:
    found = {int(place): count for place, count in session.execute(query)}
    return [found.get(place, 0) for place in range(length)]


def _by(session: Session, these: ColumnElement[bool], column: InstrumentedAttribute[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(_grouped(these, column))}


def _having(session: Session, these: ColumnElement[bool], kind: str) -> int:
    return _count(session, these, CustomerStats.channels.contains(f",{kind},", autoescape=True))


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.execute(select(func.count()).select_from(CustomerStats).where(*conditions)).scalar_one()


def _birthdays(session: Session, these: ColumnElement[bool]) -> list[int]:
    told = sa.and_(these, CustomerStats.birthday.is_not(None))
    return _dense(session, _grouped(told, CustomerStats.birthday // 100 - 1), 12)


def _median(
    session: Session,
    value: ColumnElement[int] | InstrumentedAttribute[int],
    which: ColumnElement[bool],
    count: int,
) -> int | None:
    """The lower one in the middle; None of too few to speak of a middle."""
    if count < FEWEST_MEDIAN:
        return None
    query = select(value).where(which).order_by(value).offset((count - 1) // 2).limit(1)
    return int(session.execute(query).scalar_one())
