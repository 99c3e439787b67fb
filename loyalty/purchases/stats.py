"""Per-customer totals of purchases, kept in the transaction that changes them, under the customer's lock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.purchases.models import Purchase
from loyalty.purchases.months import add_months

WINDOW_MONTHS = 12
PURCHASES = Purchase.metadata.tables[Purchase.__tablename__]
STATS = CustomerStats.metadata.tables[CustomerStats.__tablename__]
STANDING = PURCHASES.c.state == "recorded"  # an order: neither undone nor returned, all of it
HAPPENED = PURCHASES.c.state != "undone"  # people paid, whatever they brought back since
NET = PURCHASES.c.total - PURCHASES.c.returned  # ₫ the bill still stands for

_OF_CUSTOMER = (PURCHASES.c.customer_id == bindparam("customer_id"), STANDING)
_LEFT_WINDOW = select(func.coalesce(func.sum(NET), 0)).where(
    *_OF_CUSTOMER, PURCHASES.c.purchased_on > bindparam("after"), PURCHASES.c.purchased_on <= bindparam("until")
)
_ENDS = select(func.min(PURCHASES.c.purchased_at), func.max(PURCHASES.c.purchased_at)).where(*_OF_CUSTOMER)
_DUE = (
    select(STATS.c.customer_id, STATS.c.rolled_on)
    .where(STATS.c.spent_12m > 0, STATS.c.rolled_on < bindparam("day"))
    .order_by(STATS.c.customer_id)
)
_DUE_NEXT = _DUE.where(STATS.c.customer_id > bindparam("after_id")).limit(bindparam("most"))
_DUE_LOCKED = _DUE.where(STATS.c.customer_id.in_(bindparam("ids", expanding=True))).with_for_update()
_ROLL = (
    update(STATS)
    .where(STATS.c.customer_id == bindparam("of_customer"))
    .values(spent_12m=STATS.c.spent_12m - bindparam("left"), rolled_on=bindparam("day"))
)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a customer's standing purchases add up to. Whole ₫; `spent_12m` is true for the shop day `rolled_on`."""

    orders: int
    spent: int
    spent_12m: int
    rolled_on: date
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None


def window_start(day: date) -> date:
    """The last shop day that no longer counts among the last 12 months."""
    return add_months(day, -WINDOW_MONTHS)


def rolled(session: Session, customer_id: int, totals: Totals, day: date) -> Totals:
    """The totals as true for a shop day; they never go back to an earlier one."""
    if day <= totals.rolled_on:
        return totals
    after, until = window_start(totals.rolled_on), window_start(day)
    left = 0
    if totals.first_purchase_at is not None and shop.of(session).day(totals.first_purchase_at) <= until:
        span = {"customer_id": customer_id, "after": after, "until": until}
        left = session.connection().execute(_LEFT_WINDOW, span).scalar_one()
    return replace(totals, spent_12m=totals.spent_12m - int(left), rolled_on=day)


def add(totals: Totals, total: int, purchased_at: datetime, purchased_on: date) -> Totals:
    """The totals with one more purchase of `total` ₫."""
    first, last = totals.first_purchase_at, totals.last_purchase_at
    return replace(
        totals,
        orders=totals.orders + 1,
        spent=totals.spent + total,
        spent_12m=totals.spent_12m + _in_window(totals, total, purchased_on),
        first_purchase_at=purchased_at if first is None else min(first, purchased_at),
        last_purchase_at=purchased_at if last is None else max(last, purchased_at),
    )


def take_back(session: Session, totals: Totals, purchase: Purchase, *, amount: int, orders: int) -> Totals:
    """The totals after `amount` ₫ of a purchase went back, and `orders` (0 or 1) with it; negative ones come again.

    What is left of the purchase, and its state, are written already.
    """
    first, last = totals.first_purchase_at, totals.last_purchase_at
    if orders < 0 or (orders > 0 and purchase.purchased_at in (first, last)):
        first, last = session.connection().execute(_ENDS, {"customer_id": purchase.customer_id}).one()
    return replace(
        totals,
        orders=totals.orders - orders,
        spent=totals.spent - amount,
        spent_12m=totals.spent_12m - _in_window(totals, amount, purchase.purchased_on),
        first_purchase_at=first,
        last_purchase_at=last,
    )


def roll_off(session: Session, day: date, *, after_id: int = 0, limit: int = 5000) -> int | None:
    """Take what left the 12 months before a shop day out of the totals of the next `limit` customers after `after_id`.

    Returns the id to go on after, None when nobody is left. Repeating it for the same day changes nothing.
    """
    connection = session.connection()
    due = connection.execute(_DUE_NEXT, {"after_id": after_id, "day": day, "most": limit}).all()
    if not due:
        return None
    if losers := _gone(connection, due, day):  # looked at unlocked: most lose nothing and are left in peace
        locked = connection.execute(_DUE_LOCKED, {"ids": sorted(losers), "day": day}).all()
        gone = _gone(connection, locked, day)
        rows = [{"of_customer": row.customer_id, "left": gone.get(row.customer_id, 0), "day": day} for row in locked]
        if rows:
            connection.execute(_ROLL, rows)
    return int(due[-1].customer_id)


def _gone(connection: Connection, due: Sequence[Any], day: date) -> Mapping[int, int]:
    """₫ that left the window since each customer's own day, of those who lost any."""
    if not due:
        return {}
    started = {row.customer_id: window_start(row.rolled_on) for row in due}
    query = select(PURCHASES.c.customer_id, PURCHASES.c.purchased_on, NET.label("net")).where(
        PURCHASES.c.customer_id.between(due[0].customer_id, due[-1].customer_id),
        STANDING,
        PURCHASES.c.purchased_on > min(started.values()),
        PURCHASES.c.purchased_on <= window_start(day),
    )
    gone: dict[int, int] = defaultdict(int)
    for customer_id, purchased_on, net in connection.execute(query):
        if customer_id in started and purchased_on > started[customer_id]:
            gone[customer_id] += net
    return gone


def _in_window(totals: Totals, total: int, purchased_on: date) -> int:
    return total if purchased_on > window_start(totals.rolled_on) else 0


def columns(totals: Totals) -> dict[str, Any]:
    """The totals as columns of `customer_stats`."""
    return {name: getattr(totals, name) for name in Totals.__slots__}


def of_row(row: Any) -> Totals:
    """The totals in a row that has their columns."""
    return Totals(*(getattr(row, name) for name in Totals.__slots__))


def recount(purchases: Sequence[Any], rolled_on: date) -> Totals:
    """The totals worked out from standing purchases (rows with total, returned, purchased_at, purchased_on)."""
    totals = Totals(0, 0, 0, rolled_on, None, None)
    for purchase in purchases:
        totals = add(totals, purchase.total - purchase.returned, purchase.purchased_at, purchase.purchased_on)
    return totals
