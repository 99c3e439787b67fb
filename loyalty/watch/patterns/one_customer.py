"""More than one award a day, for a month, by one person to one customer."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind
from loyalty.purchases.stats import PURCHASES, STANDING
from loyalty.watch.clues import Clue, Pattern
from loyalty.watch.days import Day
from loyalty.words import Both

DAYS = 30  # with the day itself
MOST = 30
SHOWN = 60  # of the awards behind it, the newest
CHUNK = 500  # customers asked about at once
SCORE = 60


def find(session: Session, day: Day) -> Iterator[Clue]:
    """On the day the number is passed, and again when it is passed anew: not every day until it is forgotten."""
    for staff_id in day.awards:
        new = {customer_id: len(acts) for customer_id, acts in day.by_customer(staff_id).items()}
        for customer_id, count in _counted(session, staff_id, list(new), day.on):
            if count - new[customer_id] <= MOST < count:
                entries = _entries(session, staff_id, customer_id, day.on)
                yield Clue(staff_id, entries, SCORE, {"count": count, "days": DAYS}, customer_id)


def _counted(session: Session, staff_id: int, customers: Sequence[int], on: date) -> Iterator[tuple[int, int]]:
    """How many standing bills each of these customers has by this person; found by customer and day."""
    for begin in range(0, len(customers), CHUNK):
        some = PURCHASES.c.customer_id.in_(customers[begin : begin + CHUNK])
        query = select(PURCHASES.c.customer_id, func.count()).where(some, _is_counted(staff_id, on))
        yield from (
            (int(found[0]), int(found[1])) for found in session.execute(query.group_by(PURCHASES.c.customer_id))
        )


def _entries(session: Session, staff_id: int, customer_id: int, on: date) -> tuple[int, ...]:
    query = (
        select(LEDGER.c.id)
        .join(PURCHASES, and_(PURCHASES.c.id == LEDGER.c.purchase_id, LEDGER.c.kind == EntryKind.EARN.value))
        .where(PURCHASES.c.customer_id == customer_id, _is_counted(staff_id, on))
        .order_by(LEDGER.c.id.desc())
        .limit(SHOWN)
    )
    return tuple(reversed(session.scalars(query).all()))


def _is_counted(staff_id: int, on: date) -> ColumnElement[bool]:
    month = PURCHASES.c.purchased_on.between(on - timedelta(days=DAYS - 1), on)
    return and_(month, PURCHASES.c.staff_id == staff_id, STANDING)


PATTERN = Pattern(
    "one_customer",
    Both("Một khách, cả tháng", "One customer, all month"),
    Both(
        "{staff} đã cộng {count} lần cho cùng một khách ({who}) trong {days} ngày: {times}",
        "{staff} awarded the same customer ({who}) {count} times within {days} days: {times}",
    ),
    find,
)
