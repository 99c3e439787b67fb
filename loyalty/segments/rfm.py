"""Recency, frequency, money: 1 to 5 against the shop's own quintiles, fair to equals.

The bounds are the values a fifth, two, three and four fifths of the buyers lie at or below; a score is one more than
the number of bounds a value is above. So equal values have equal scores, on both engines, whatever their order. What is
looked at: the shop day of the last purchase, all orders, the ₫ of twelve months; so two of the three stand in an index
that is there for other reasons, and no award pays for a score.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.db import is_sqlite
from loyalty.segments.models import RfmBound
from loyalty.shop import Shop

FIFTHS = (1, 2, 3, 4)
CHUNK = 5_000  # scores written in one short transaction
MEASURES: Mapping[str, InstrumentedAttribute[Any]] = {
    "r": CustomerStats.last_purchase_at,
    "f": CustomerStats.orders,
    "m": CustomerStats.spent_12m,
}
SCORES = {"r": CustomerStats.rfm_r, "f": CustomerStats.rfm_f, "m": CustomerStats.rfm_m}
IS_BUYER = CustomerStats.last_purchase_at.is_not(None)  # also who was erased since: quintiles know no names

Bounds = Mapping[str, Sequence[int]]  # four by measure; r in days as `date.toordinal` counts


def take_bounds(session: Session, today: date) -> Bounds:
    """Look at the buyers and keep the quintiles of the day; none before anybody bought."""
    count = session.scalar(select(sa.func.count()).select_from(CustomerStats).where(IS_BUYER)) or 0
    place = shop.of(session)
    session.execute(sa.delete(RfmBound))
    if not count:
        return {}
    found = {measure: _quintiles(session, measure, count, place) for measure in MEASURES}
    session.add_all(
        RfmBound(measure=measure, score=score, value=value, people=count, taken_on=today)
        for measure, values in found.items()
        for score, value in zip(FIFTHS, values, strict=True)
    )
    session.flush()
    return found


def bounds(session: Session) -> Bounds:
    """Those kept; empty before any were taken."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in session.execute(select(RfmBound.measure, RfmBound.value).order_by(RfmBound.measure, RfmBound.score)):
        found[row.measure].append(row.value)
    return dict(found)


def list_differing(session: Session, kept: Bounds, *, after_id: int = 0, limit: int = CHUNK) -> Sequence[int]:
    """The next customers whose scores are not those of these bounds."""
    if not kept:
        return []
    differs = _differs(_wanted(session, kept))
    query = select(CustomerStats.customer_id).where(CustomerStats.customer_id > after_id, differs)
    return session.scalars(query.order_by(CustomerStats.customer_id).limit(limit)).all()


def rescore(session: Session, kept: Bounds, customer_ids: Collection[int]) -> int:
    """Write the scores of these customers that changed; returns how many."""
    if not kept:
        return 0
    wanted = _wanted(session, kept)
    changed = (
        sa.update(CustomerStats)
        .where(CustomerStats.customer_id.in_(sorted(customer_ids)), _differs(wanted))
        .values({SCORES[measure]: value for measure, value in wanted.items()})
        .returning(CustomerStats.customer_id)
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(changed).all())


def score(kept: Bounds, measure: str, value: int) -> int:
    """In plain Python; r takes a day as `date.toordinal` counts."""
    return 1 + sum(value > bound for bound in kept[measure])


def _wanted(session: Session, kept: Bounds) -> dict[str, ColumnElement[int | None]]:
    place = shop.of(session)
    return {measure: _expression(measure, kept[measure], place) for measure in MEASURES}


def _differs(wanted: Mapping[str, ColumnElement[int | None]]) -> ColumnElement[bool]:
    return sa.or_(*(SCORES[measure].is_distinct_from(value) for measure, value in wanted.items()))


def _expression(measure: str, values: Sequence[int], place: Shop) -> ColumnElement[int | None]:
    """The score of a row of totals; None of whoever never bought."""
    column = MEASURES[measure]
    if measure == "r":
        ends = [place.midnight(date.fromordinal(value) + timedelta(days=1)) for value in values]
        steps = [(column < end, sa.literal_column(str(number))) for number, end in zip(FIFTHS, ends, strict=True)]
    else:
        steps = [
            (column <= value, sa.literal_column(str(number))) for number, value in zip(FIFTHS, values, strict=True)
        ]
    never = (sa.not_(IS_BUYER), sa.null())
    return sa.case(never, *steps, else_=sa.literal_column("5"))


def _quintiles(session: Session, measure: str, count: int, place: Shop) -> list[int]:
    column = MEASURES[measure]
    if is_sqlite(session):
        values = _by_count(session, count) if measure == "f" else _along_index(session, measure, count)
    else:
        fifths = [sa.func.percentile_disc(number / 5).within_group(column) for number in FIFTHS]
        values = list(session.execute(select(*fifths).where(IS_BUYER)).one())
    return [place.day(value).toordinal() if measure == "r" else int(value) for value in values]


def _ranks(count: int) -> list[int]:
    """Of so many in order, which ones are the bounds, from 1: what `percentile_disc` means."""
    return [-(-count * number // 5) for number in FIFTHS]


def _along_index(session: Session, measure: str, count: int) -> list[Any]:
    """By a walk along the index, which reads no row. Who never bought stands first there, as nothing or with 0 ₫."""
    column = MEASURES[measure]
    others = session.scalar(select(sa.func.count()).select_from(CustomerStats)) or 0
    query = select(column).order_by(column).limit(1)
    return [session.scalars(query.offset(others - count + rank - 1)).one() for rank in _ranks(count)]


def _by_count(session: Session, count: int) -> list[int]:
    """Of the few numbers of orders there are, each with how many people have it."""
    column = MEASURES["f"]
    groups = session.execute(select(column, sa.func.count()).where(IS_BUYER).group_by(column).order_by(column)).all()
    ends = list(accumulate(people for _, people in groups))
    return [groups[bisect_left(ends, rank)][0] for rank in _ranks(count)]
