"""What the bills say people are interested in: categories and products with counts, worked out after each bill.

Kept beside what they told (`customers.traits.interests`), which it never touches; read without looking at any bill.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import many, upsert
from loyalty.customers import tags
from loyalty.customers.models import CustomerStats
from loyalty.customers.traits.interests import LONGEST
from loyalty.customers.traits.models import Interest
from loyalty.purchases.models import Purchase, PurchaseLine

MOST = 20  # of one person, those bought most often
KEPT = PurchaseLine.quantity > PurchaseLine.returned_quantity
DERIVED = ("shown", "kind", "times", "last_on")
INTERESTS = Interest.metadata.tables[Interest.__tablename__]


@dataclass(frozen=True, slots=True)
class Tastes:
    """What the bills of some people say, as rows of `interest`; who has none bought nothing that still stands."""

    customer_ids: Sequence[int]
    rows: Sequence[dict[str, Any]]


def keep(session: Session, customer_ids: Collection[int]) -> None:
    """Count anew for these people; what is no longer bought goes, unless they told or refused it."""
    write(session, work_out(session, customer_ids))


def work_out(session: Session, customer_ids: Collection[int]) -> Tastes:
    """Read their bills and write nothing."""
    ids = sorted(customer_ids)
    return Tastes(ids, [row for customer_id, found in _bought(session, ids) for row in _most(customer_id, found)])


def write(session: Session, found: Tastes) -> None:
    """Keep it beside what they told; nothing of who was erased meanwhile."""
    erased = _erased(session, found.customer_ids)
    rows = [row for row in found.rows if row["customer_id"] not in erased]
    mine = INTERESTS.c.customer_id.in_(found.customer_ids)
    session.execute(sa.update(INTERESTS).where(mine, INTERESTS.c.times > 0).values(times=0, last_on=None))
    if rows:
        insert = upsert.insert(session, Interest)
        anew = {name: insert.excluded[name] for name in DERIVED}
        statement = insert.on_conflict_do_update(index_elements=["customer_id", "word"], set_=anew)
        many.execute(session.connection(), statement, rows)
    idle = (INTERESTS.c.times == 0, INTERESTS.c.told_at.is_(None), INTERESTS.c.refused_at.is_(None))
    session.execute(sa.delete(INTERESTS).where(mine, *idle))
    session.expire_all()


def list_unknown(session: Session, *, after_id: int = 0, limit: int = 500) -> Sequence[int]:
    """The next people who bought and of whom nothing is kept: from before it was."""
    known = sa.exists().where(Interest.customer_id == CustomerStats.customer_id, Interest.times > 0)
    lines = sa.exists().where(
        Purchase.customer_id == CustomerStats.customer_id, Purchase.id == PurchaseLine.purchase_id
    )
    query = sa.select(CustomerStats.customer_id).where(
        CustomerStats.customer_id > after_id, CustomerStats.orders > 0, CustomerStats.erased_at.is_(None), ~known, lines
    )
    return session.scalars(query.order_by(CustomerStats.customer_id).limit(limit)).all()


def _erased(session: Session, ids: Sequence[int]) -> set[int]:
    """Who has no data of their own any more; nobody is erased until this is written: their totals are held."""
    query = sa.select(CustomerStats.customer_id, CustomerStats.erased_at).where(CustomerStats.customer_id.in_(ids))
    held = session.execute(query.order_by(CustomerStats.customer_id).with_for_update(key_share=True))
    return {customer_id for customer_id, erased_at in held if erased_at is not None}


def _bought(session: Session, ids: Sequence[int]) -> list[tuple[int, list[Any]]]:
    """Every category and product each of them bought, with bills and the last day."""
    found: list[Any] = []
    for kind, column in (("category", PurchaseLine.category), ("product", PurchaseLine.name)):
        query = (
            sa.select(
                Purchase.customer_id,
                sa.literal(kind).label("kind"),
                column.label("shown"),
                sa.func.count(sa.distinct(Purchase.id)).label("times"),
                sa.func.max(Purchase.purchased_on).label("last_on"),
            )
            .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
            .join(CustomerStats, CustomerStats.customer_id == Purchase.customer_id)
            .where(Purchase.customer_id.in_(ids), Purchase.state == "recorded", KEPT, column.is_not(None))
            .where(CustomerStats.erased_at.is_(None))
            .group_by(Purchase.customer_id, column)
        )
        found += session.execute(query).all()
    found.sort(key=lambda row: row.customer_id)
    return [(customer_id, list(rows)) for customer_id, rows in groupby(found, key=lambda row: row.customer_id)]


def _most(customer_id: int, bought: Sequence[Any]) -> list[dict[str, Any]]:
    """The words bought most often; of a category and a product called alike, the category."""
    best: dict[str, Any] = {}
    for row in sorted(bought, key=lambda row: (row.kind != "category", -row.times, -_ordinal(row.last_on), row.shown)):
        word = tags.tidied(row.shown)
        if 0 < len(word) <= LONGEST:
            best.setdefault(word, row)
    chosen = sorted(best.items(), key=lambda item: (-item[1].times, -_ordinal(item[1].last_on), item[0]))[:MOST]
    return [
        {
            "customer_id": customer_id,
            "word": word,
            "shown": row.shown,
            "kind": row.kind,
            "times": row.times,
            "last_on": row.last_on,
        }
        for word, row in chosen
    ]


def _ordinal(day: date) -> int:
    return day.toordinal()
