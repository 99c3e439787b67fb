"""What some customers buy: best sellers, favourites, months, and whether they come back."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from loyalty.insights import products, sales
from loyalty.insights.periods import Period
from loyalty.insights.portraits.people import FAVOURITES, Whose
from loyalty.insights.portraits.portrait import DAYS, RETURN_DAYS, Bought, Month
from loyalty.insights.products import LINES
from loyalty.purchases.stats import NET, PURCHASES, STANDING

MONTHS = 12  # besides the one that is under way
TOP = 12


def bills(whose: Whose | None) -> ColumnElement[bool]:
    """The bills of those of them who let themselves be counted; None: every bill of the shop."""
    if whose is None:
        return STANDING
    return sa.and_(STANDING, PURCHASES.c.customer_id.in_(whose), sales.counted(PURCHASES.c.customer_id))


def of_year(today: date) -> Period:
    return Period(today - timedelta(days=DAYS - 1), today)


def buyers(session: Session, whose: Whose | None, today: date) -> int:
    """How many bought anything in 12 months, of those who let themselves be counted."""
    people = func.count(distinct(PURCHASES.c.customer_id))
    query = select(people).where(bills(whose), _within(of_year(today)), sales.counted(PURCHASES.c.customer_id))
    return session.execute(query).scalar_one()


def sellers(session: Session, whose: Whose | None, today: date, *, limit: int = TOP) -> dict[str, list[Bought]]:
    """Products and categories, those that brought most first."""
    of = {"products": LINES.c.name, "categories": LINES.c.category}
    return {
        name: [
            Bought(each.name, each.sales, each.buyers, each.returners)
            for each in products.best(session, of_year(today), by=column, of=bills(whose), limit=limit)
        ]
        for name, column in of.items()
    }


def favourites(session: Session, whose: Whose) -> dict[str, int]:
    """Everybody's favourite category, as the rule of that name has it, by how many have it."""
    lines = (
        select(
            PURCHASES.c.customer_id,
            LINES.c.category,
            func.row_number()
            .over(
                partition_by=PURCHASES.c.customer_id,
                order_by=(
                    func.count(distinct(PURCHASES.c.id)).desc(),
                    func.max(PURCHASES.c.id).desc(),
                    func.max(LINES.c.id).desc(),
                ),
            )
            .label("place"),
        )
        .join_from(PURCHASES, LINES, LINES.c.purchase_id == PURCHASES.c.id)
        .where(bills(whose), LINES.c.category.is_not(None), LINES.c.quantity > LINES.c.returned_quantity)
        .group_by(PURCHASES.c.customer_id, LINES.c.category)
        .subquery()
    )
    query = select(lines.c.category, func.count()).where(lines.c.place == 1).group_by(lines.c.category)
    rows = session.execute(query.order_by(func.count().desc(), lines.c.category).limit(FAVOURITES))
    return {row[0]: row[1] for row in rows}


def months(session: Session, whose: Whose | None, *, since: date | None = None) -> list[Month]:
    """Month by month, the oldest first; those nobody bought in are left out."""
    on = PURCHASES.c.purchased_on
    year, month = sa.extract("year", on), sa.extract("month", on)
    people = func.count(distinct(PURCHASES.c.customer_id)).filter(sales.counted(PURCHASES.c.customer_id))
    query = select(year, month, people, func.count(), func.sum(NET)).where(bills(whose))
    query = query if since is None else query.where(on >= since)
    rows = session.execute(query.group_by(sa.text("1"), sa.text("2")).order_by(sa.text("1"), sa.text("2")))
    return [Month(f"{int(y):04}-{int(m):02}", int(who), int(orders), int(net)) for y, m, who, orders, net in rows]


def returning(session: Session, whose: Whose | None, today: date) -> dict[str, int]:
    """How many bought in the 90 days before the last 90, and how many of those did again since."""
    middle, on = today - timedelta(days=RETURN_DAYS - 1), PURCHASES.c.purchased_on
    span = Period(middle - timedelta(days=RETURN_DAYS), today)
    each = (
        select(
            func.count().filter(on < middle).label("before"),
            func.count().filter(on >= middle).label("since"),
        )
        .where(bills(whose), _within(span), sales.counted(PURCHASES.c.customer_id))
        .group_by(PURCHASES.c.customer_id)
        .subquery()
    )
    came = each.c.before > 0
    found = session.execute(select(func.count().filter(came), func.count().filter(came, each.c.since > 0))).one()
    return {"earlier": found[0], "returners": found[1]}


def within_year(whose: Whose | None, today: date) -> ColumnElement[bool]:
    return sa.and_(bills(whose), _within(of_year(today)))


def first_month(today: date) -> date:
    """The first day of the oldest month of a trend."""
    months = today.year * 12 + today.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def look(session: Session, whose: Whose, today: date) -> dict[str, Any]:
    """The numbers of a `Portrait` that their bills tell."""
    return {
        **sellers(session, whose, today),
        **returning(session, whose, today),
        "favourites": favourites(session, whose),
        "buyers": buyers(session, whose, today),
        "months": months(session, whose, since=first_month(today)),
    }


def _within(period: Period) -> ColumnElement[bool]:
    return period.holds(PURCHASES.c.purchased_on, PURCHASES.c.purchased_at)
