"""What counts towards a customer's tier: ₫ spent, points earned or orders, by shop day.

Goods that came back are off their bill, and a bill all of which came back counts no more. Points earned are those bills
gave for what is left of them, whatever became of them since: using them lowers no tier.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points.ledger import LEDGER
from loyalty.points.lots import LOTS
from loyalty.points.models import EntryKind
from loyalty.programme.document import Qualification
from loyalty.programme.qualification import earliest, spans, window_first
from loyalty.purchases.models import PurchaseReturn
from loyalty.purchases.stats import NET, PURCHASES, STANDING, STATS, WINDOW_MONTHS

PART = 500  # customers asked for at once
Asked = Sequence[int] | Select[Any]  # ids of customers, or a query for them


@dataclass(frozen=True, slots=True)
class Record:
    """What counted for one customer, (shop day, whole ₫, points or orders), oldest first."""

    qualification: Qualification
    by_day: Sequence[tuple[date, int]] = ()
    joined_on: date | None = None

    def amount(self, day: date) -> int:
        """What counts on a day: of several windows the one that brings most."""
        return max(
            sum(amount for on, amount in self.by_day if span.first <= on <= span.last)
            for span in spans(self.qualification, day, self.joined_on)
        )

    def plus(self, on: date, amount: int) -> "Record":
        """With one bill more."""
        return replace(self, by_day=sorted([*self.by_day, (on, amount)]))

    def first_short(self, need: int, day: date) -> date | None:
        """The first day, from `day` on, that counts less than `need` if nothing more is bought; None where none does.

        Without purchases what counts only ever becomes less.
        """
        if need <= 0:
            return None
        farthest = (day - earliest(self.qualification, day)).days + 400
        days = bisect_left(range(farthest), True, key=lambda ahead: self.amount(day + timedelta(days=ahead)) < need)
        return day + timedelta(days=days)


def is_kept(qualification: Qualification) -> bool:
    """Whether the totals of every customer hold it already: ₫ of 12 rolling months."""
    return (qualification.metric, qualification.window, qualification.months) == ("spend", "rolling", WINDOW_MONTHS)


def of_one(session: Session, qualification: Qualification, customer_id: int, day: date) -> Record:
    """What counts for one customer on a shop day."""
    return of_many(session, qualification, [customer_id], day)[customer_id]


def of_many(
    session: Session, qualification: Qualification, customer_ids: Sequence[int], day: date
) -> Mapping[int, Record]:
    """The same for several, in as few queries; whoever never bought has an empty record."""
    session.flush()
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    joined: dict[int, date] = {}
    for start in range(0, len(customer_ids), PART):
        some = customer_ids[start : start + PART]
        query = _QUERIES[qualification.metric](some, earliest(qualification, day), day)
        for customer_id, on, amount in session.connection().execute(query):
            found[customer_id].append((on, int(amount)))
        if qualification.window == "anniversary":
            joined |= _joined(session, some)
    return {each: Record(qualification, sorted(found[each]), joined.get(each)) for each in customer_ids}


def nearest(
    session: Session, qualification: Qualification, tier: str, least: int, day: date, *, limit: int
) -> Sequence[int]:
    """Holders of a tier of whom `least` or more may count on a shop day, those with most first.

    Nobody is missed but by the limit; of a year of membership the last 12 months are looked at, which is never less.
    """
    session.flush()
    if is_kept(qualification):
        query = select(STATS.c.customer_id).where(STATS.c.tier == tier, STATS.c.spent_12m >= least)
        query = query.where(STATS.c.erased_at.is_(None)).order_by(STATS.c.spent_12m.desc(), STATS.c.customer_id)
        return session.connection().scalars(query.limit(limit)).all()
    holders = select(STATS.c.customer_id).where(STATS.c.tier == tier, STATS.c.erased_at.is_(None))
    by_day = _QUERIES[qualification.metric](holders, window_first(qualification, day), day).subquery()
    customer_id, _on, amount = by_day.c
    total = func.sum(amount)
    grouped = select(customer_id).group_by(customer_id).having(total >= least).order_by(total.desc(), customer_id)
    return session.connection().scalars(grouped.limit(limit)).all()


def _joined(session: Session, customer_ids: Sequence[int]) -> Mapping[int, date]:
    query = select(STATS.c.customer_id, STATS.c.joined_at).where(STATS.c.customer_id.in_(customer_ids))
    rows = session.connection().execute(query.where(STATS.c.joined_at.is_not(None)))
    return {row.customer_id: shop.of(session).day(row.joined_at) for row in rows}


def _of_bills(amount: Any, customer_ids: Asked, since: date, until: date) -> Select[Any]:
    query = select(PURCHASES.c.customer_id, PURCHASES.c.purchased_on, amount.label("counted")).where(
        PURCHASES.c.customer_id.in_(customer_ids), STANDING, PURCHASES.c.purchased_on.between(since, until)
    )
    return query.group_by(PURCHASES.c.customer_id, PURCHASES.c.purchased_on)


def _spend(customer_ids: Asked, since: date, until: date) -> Select[Any]:
    return _of_bills(func.sum(NET), customer_ids, since, until)


def _orders(customer_ids: Asked, since: date, until: date) -> Select[Any]:
    return _of_bills(func.count(), customer_ids, since, until)


def _points(customer_ids: Asked, since: date, until: date) -> Select[Any]:
    """What bills gave, and promised once that was kept, less what their returns took or would have, had it been there.

    An undone bill's lot is closed.
    """
    is_given = ~LOTS.c.promised | LOTS.c.release_id.is_not(None)
    return (
        select(
            PURCHASES.c.customer_id, PURCHASES.c.purchased_on, func.sum(LOTS.c.points - _TAKEN - _USED).label("counted")
        )
        .join_from(PURCHASES, LEDGER, LEDGER.c.purchase_id == PURCHASES.c.id)
        .join(LOTS, LOTS.c.entry_id == LEDGER.c.id)
        .where(PURCHASES.c.customer_id.in_(customer_ids), PURCHASES.c.purchased_on.between(since, until))
        .where(STANDING, LOTS.c.closed_at.is_(None), is_given, LEDGER.c.kind == EntryKind.EARN.value)
        .group_by(PURCHASES.c.customer_id, PURCHASES.c.purchased_on)
    )


_BACK = (PurchaseReturn.purchase_id == PURCHASES.c.id, PurchaseReturn.state == "standing")
_TAKEN = select(func.coalesce(func.sum(PurchaseReturn.points), 0)).where(*_BACK).correlate(PURCHASES).scalar_subquery()
_USED = func.coalesce(  # the newest return says it of all of them
    select(PurchaseReturn.shortfall)
    .where(*_BACK)
    .order_by(PurchaseReturn.id.desc())
    .limit(1)
    .correlate(PURCHASES)
    .scalar_subquery(),
    0,
)
_QUERIES = {"spend": _spend, "orders": _orders, "points": _points}
