"""Recency, frequency, money: 1 to 5 against the shop's own quintiles, fair to equals.

The bounds are the values a fifth, two, three and four fifths of the buyers lie at or below; a score is one more than
the number of bounds a value is above. So equal values have equal scores, on both engines, whatever their order.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
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
CHUNK = 5_000  # customer ids in one short transaction
MEASURES: Mapping[str, InstrumentedAttribute[Any]] = {
    "r": CustomerStats.last_purchase_at,
    "f": CustomerStats.orders,
    "m": CustomerStats.spent,
}
SCORES = {"r": CustomerStats.rfm_r, "f": CustomerStats.rfm_f, "m": CustomerStats.rfm_m}
BUYERS = (CustomerStats.orders > 0, CustomerStats.last_purchase_at.is_not(None), CustomerStats.erased_at.is_(None))

Bounds = Mapping[str, Sequence[int]]  # four by measure; r in days as `date.toordinal` counts


def take_bounds(session: Session, today: date) -> Bounds:
    """Look at the buyers and keep the quintiles of the day; none before anybody bought."""
    count = session.scalar(select(sa.func.count()).select_from(CustomerStats).where(*BUYERS)) or 0
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


def rescore(session: Session, kept: Bounds, after_id: int, end: int) -> int:
    """Write the scores that changed of customers after one id and up to another; returns how many."""
    return _rescore(session, kept, CustomerStats.customer_id > after_id, CustomerStats.customer_id <= end)


def rescore_some(session: Session, kept: Bounds, customer_ids: Collection[int]) -> int:
    """The same of these customers."""
    return _rescore(session, kept, CustomerStats.customer_id.in_(sorted(customer_ids)))


def score(kept: Bounds, measure: str, value: int) -> int:
    """In plain Python; r takes a day as `date.toordinal` counts."""
    return 1 + sum(value > bound for bound in kept[measure])


def _rescore(session: Session, kept: Bounds, *whose: ColumnElement[bool]) -> int:
    if not kept:
        return 0
    place = shop.of(session)
    wanted = {measure: _expression(measure, kept[measure], place) for measure in MEASURES}
    differs = sa.or_(*(SCORES[measure].is_distinct_from(value) for measure, value in wanted.items()))
    changed = (
        sa.update(CustomerStats)
        .where(*whose, differs)
        .values({SCORES[measure]: value for measure, value in wanted.items()})
        .returning(CustomerStats.customer_id)
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(changed).all())


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
    never = (sa.not_(sa.and_(*BUYERS)), sa.null())
    return sa.case(never, *steps, else_=sa.literal_column("5"))


def _quintiles(session: Session, measure: str, count: int, place: Shop) -> list[int]:
    column = MEASURES[measure]
    if is_sqlite(session):
        values = _by_rank(session, column, count)
    else:
        fifths = [sa.func.percentile_disc(number / 5).within_group(column) for number in FIFTHS]
        values = list(session.execute(select(*fifths).where(*BUYERS)).one())
    return [place.day(value).toordinal() if measure == "r" else int(value) for value in values]


def _by_rank(session: Session, column: InstrumentedAttribute[Any], count: int) -> list[Any]:
    """What `percentile_disc` means: of n in order the ⌈n·k/5⌉th. Along the column's index where it has one."""
    query = select(column).where(*BUYERS).order_by(column).limit(1)
    return [session.scalars(query.offset(-(-count * number // 5) - 1)).one() for number in FIFTHS]
