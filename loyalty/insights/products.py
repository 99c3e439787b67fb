"""What sells best: products of the bills that name them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from loyalty.insights import sales
from loyalty.insights.periods import Period
from loyalty.purchases.models import PurchaseLine
from loyalty.purchases.stats import PURCHASES

Order = Literal["sales", "buyers", "repeat"]
LINES = PurchaseLine.metadata.tables[PurchaseLine.__tablename__]


@dataclass(frozen=True, slots=True)
class Seller:
    """One product in a period, less the pieces that came back.

    `sales` is whole ₫ after the lines' discounts, before those of whole bills.
    """

    name: str
    sales: int
    pieces: int
    buyers: int
    returners: int  # buyers who took it on more than one bill

    @property
    def repeat_percent(self) -> int:
        """Of a hundred buyers, how many took it again; rounded down."""
        return 100 * self.returners // max(self.buyers, 1)


def best(
    session: Session,
    period: Period,
    *,
    order: Order = "sales",
    limit: int = 10,
    by: ColumnElement[Any] = LINES.c.name,
    of: ColumnElement[bool] | None = None,
) -> Sequence[Seller]:
    """The best sellers; products of equal rank by name. `by`: LINES.c.category for those; `of`: only these bills."""
    pieces = LINES.c.quantity - LINES.c.returned_quantity
    worth = (LINES.c.quantity * LINES.c.unit_price - LINES.c.discount) * pieces // LINES.c.quantity
    by_person = (
        select(
            by.label("name"),
            func.sum(worth).label("sales"),
            func.sum(pieces).label("pieces"),
            func.count(distinct(LINES.c.purchase_id)).label("bills"),
            PURCHASES.c.customer_id.label("buyer"),
        )
        .join(PURCHASES, PURCHASES.c.id == LINES.c.purchase_id)
        .where(sales.standing(period), pieces > 0, by.is_not(None), sa.true() if of is None else of)
        .group_by(by, PURCHASES.c.customer_id)
        .subquery()
    )
    is_counted = sales.counted(by_person.c.buyer)
    buyers, returners = func.count().filter(is_counted), func.count().filter(is_counted, by_person.c.bills > 1)
    totals = {
        "sales": func.sum(by_person.c.sales),
        "buyers": buyers,
        "repeat": func.coalesce(1.0 * returners / func.nullif(buyers, 0), 0),
    }
    query = (
        select(
            by_person.c.name,
            totals["sales"],
            func.sum(by_person.c.pieces),
            totals["buyers"],
            returners,
        )
        .group_by(by_person.c.name)
        .order_by(totals[order].desc(), by_person.c.name)
        .limit(limit)
    )
    return [Seller(name, *map(int, counts)) for name, *counts in session.execute(query)]
