"""The rows behind the numbers: bills and movements of a period, newest first, a page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.insights import customers, sales
from loyalty.insights.periods import Period
from loyalty.insights.products import LINES
from loyalty.insights.sales import Sold
from loyalty.points.ledger import LARGEST_ID, LEDGER
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.purchases.stats import HAPPENED, PURCHASES

Which = Literal["new_customers", "joined", "active"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which bills of a period: of a store, of whoever recorded them, with a product, of one hour of one weekday."""

    period: Period
    store_id: int | None = None
    staff_id: int | None = None
    product: str | None = None
    tier: str | None = None  # held when they bought
    known: bool | None = None  # the customer was on the books before the bill
    slot: tuple[int, int] | None = None  # weekday (0 is Monday) and hour


@dataclass(frozen=True, slots=True)
class Row:
    """A bill and the movement it made."""

    purchase: Purchase
    entry: LedgerEntry


def bills(session: Session, choice: Choice, *, after: str = "", limit: int = 50) -> Sequence[Row]:
    """A page of bills, the undone ones among them; `after` is the public id of the last one of the page before."""
    query = (
        select(Purchase, LedgerEntry)
        .join(LedgerEntry, and_(LedgerEntry.purchase_id == Purchase.id, LedgerEntry.kind == EntryKind.EARN.value))
        .where(_chosen(session, choice))
        .order_by(Purchase.purchased_on.desc(), Purchase.id.desc())
        .limit(limit)
    )
    known = profiles.is_public_id(after)
    if last := session.scalar(select(Purchase).filter_by(public_id=after)) if known else None:
        query = query.where(tuple_(Purchase.purchased_on, Purchase.id) < (last.purchased_on, last.id))
    return [Row(purchase, entry) for purchase, entry in session.execute(query)]


def sold(session: Session, choice: Choice) -> Sold:
    """What the bills of a choice that count add up to."""
    query = select(*sales.SUMS).where(_chosen(session, choice), HAPPENED)
    return Sold(*map(int, session.execute(query).one()))


def given(session: Session, choice: Choice) -> int:
    """Points of the bills of a choice that count, less what goods that came back took with them."""
    query = (
        select(func.coalesce(func.sum(LEDGER.c.points), 0))
        .join_from(PURCHASES, LEDGER, LEDGER.c.purchase_id == PURCHASES.c.id)
        .where(_chosen(session, choice), HAPPENED)
    )
    return int(session.execute(query).scalar_one())


def people(session: Session, period: Period, which: Which, *, after: str = "", limit: int = 50) -> Sequence[Customer]:
    """A page of the people behind a number, newest first; `after` is the public id of the last one before it."""
    query = select(Customer).where(_people(session, period, which)).order_by(Customer.id.desc()).limit(limit)
    if profiles.is_public_id(after):
        last = select(Customer.id).where(Customer.public_id == after).scalar_subquery()
        query = query.where(Customer.id < func.coalesce(last, LARGEST_ID))
    return session.scalars(query).all()


def movements(
    session: Session,
    period: Period,
    *,
    kinds: Collection[EntryKind] = (),
    before: int | None = None,
    limit: int = 50,
) -> Sequence[LedgerEntry]:
    """A page of the ledger, newest first; `before` is the number of the last one of the page before.

    Only movements of these `kinds`, if any are named.
    """
    query = select(LedgerEntry).where(_of(period, kinds))
    if before is not None:
        query = query.where(_earlier(before))
    return session.scalars(query.order_by(LedgerEntry.posted_on.desc(), LedgerEntry.id.desc()).limit(limit)).all()


def moved(session: Session, period: Period, *, kinds: Collection[EntryKind] = ()) -> int:
    """Points the movements of a period (of these `kinds`) add up to, signed."""
    query = select(func.coalesce(func.sum(LedgerEntry.points), 0))
    return int(session.scalar(query.where(_of(period, kinds))) or 0)


def _of(period: Period, kinds: Collection[EntryKind]) -> ColumnElement[bool]:
    within = period.holds(LEDGER.c.posted_on, LEDGER.c.posted_at)
    return and_(within, LEDGER.c.kind.in_([kind.value for kind in kinds])) if kinds else within


def _earlier(number: int) -> ColumnElement[bool]:
    on = select(LedgerEntry.posted_on).where(LedgerEntry.id == number).scalar_subquery()
    return tuple_(LedgerEntry.posted_on, LedgerEntry.id) < tuple_(on, number)


def _people(session: Session, period: Period, which: Which) -> ColumnElement[bool]:
    if which == "active":
        buyers = select(PURCHASES.c.customer_id).where(sales.standing(period))
        return and_(Customer.id.in_(buyers), Customer.joined_at.is_not(None))
    return customers.is_new(session, period, Customer.created_at if which == "new_customers" else Customer.joined_at)


def _chosen(session: Session, choice: Choice) -> ColumnElement[bool]:
    table = PURCHASES.c
    conditions = [choice.period.holds(table.purchased_on, table.purchased_at)]
    wanted = {table.store_id: choice.store_id, table.staff_id: choice.staff_id, table.tier_before: choice.tier}
    conditions += [column == value for column, value in wanted.items() if value is not None]
    if choice.known is not None:
        conditions.append(table.made_customer.is_not(choice.known))
    if choice.product is not None:
        conditions.append(_with(choice.product).exists())
    if choice.slot is not None:
        conditions.append(_in_slot(session, choice.period, *choice.slot))
    return and_(*conditions)


def _with(product: str) -> Select[Any]:
    return select(LINES.c.id).where(LINES.c.purchase_id == PURCHASES.c.id, LINES.c.name == product)


def _in_slot(session: Session, period: Period, weekday: int, hour: int) -> ColumnElement[bool]:
    at = PURCHASES.c.purchased_at
    spans = sales.spans(period, shop.of(session), weekday, hour)
    return or_(*(and_(at >= begin, at < end) for begin, end in spans)) if spans else at.is_(None)
