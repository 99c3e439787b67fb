"""Purchases as rows: written once, found again by their key or their receipt, taken back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.orm import Session

from loyalty import entities, many, upsert
from loyalty.db import new_public_id
from loyalty.errors import NotFound
from loyalty.purchases.bills import Bill
from loyalty.purchases.models import Purchase, PurchaseLine

LARGEST_ID = 2**63 - 1
LINES = PurchaseLine.metadata.tables[PurchaseLine.__tablename__]
INSERT = upsert.once(Purchase)
_INSERT_LINE = insert(LINES)
_PURCHASES = Purchase.metadata.tables[Purchase.__tablename__]
_PAY = (
    update(_PURCHASES)
    .where(_PURCHASES.c.id == bindparam("of_purchase"))
    .values(paid_points=bindparam("points"), paid_amount=bindparam("amount"))
)


_BY_ID, _BY_KEY, _BY_RECEIPT, _BY_PUBLIC_ID = (
    select(Purchase).where(column == bindparam("named"))
    for column in (Purchase.id, Purchase.key, Purchase.receipt_key, Purchase.public_id)
)


class PurchaseNotFound(NotFound):
    """No such purchase."""

    code = "purchase_not_found"


def row_of(bill: Bill, **values: Any) -> dict[str, Any]:
    """The columns of a purchase, all but its id; `values` are those its bill does not say."""
    return {
        "public_id": new_public_id(),
        "store_id": bill.store_id,
        "source": bill.source,
        "reference": bill.reference,
        "staff_id": bill.staff_id,
        "total": bill.total,
        "discount": bill.discount,
        "eligible": bill.eligible,
        "state": "recorded",
        **values,
    }


def add_lines(session: Session, purchase_id: int, bill: Bill) -> None:
    """Keep the lines of a bill, if it has any."""
    if bill.lines:
        many.execute(session.connection(), _INSERT_LINE, _lines(purchase_id, bill))


def pay(session: Session, purchase_id: int, points: int, amount: int) -> None:
    """So many points paid so many ₫ of a purchase just recorded."""
    paid = {"of_purchase": purchase_id, "points": points, "amount": amount}
    session.connection().execute(_PAY, paid)


def find_by_key(session: Session, key: str) -> Purchase | None:
    """The purchase that key recorded, as it is now."""
    return _find(session, _BY_KEY, key)


def find_by_receipt(session: Session, receipt_key: str | None) -> Purchase | None:
    """The standing purchase with that receipt."""
    return None if receipt_key is None else _find(session, _BY_RECEIPT, receipt_key)


def get(session: Session, purchase_id: int) -> Purchase:
    """As it is now. Raises PurchaseNotFound."""
    purchase = _find(session, _BY_ID, purchase_id) if 0 < purchase_id <= LARGEST_ID else None
    if purchase is None:
        raise PurchaseNotFound(str(purchase_id))
    return purchase


def get_public(session: Session, public_id: str) -> Purchase:
    """As it is now. Raises PurchaseNotFound."""
    if (purchase := _find(session, _BY_PUBLIC_ID, public_id)) is None:
        raise PurchaseNotFound
    return purchase


def undo(session: Session, purchase: Purchase) -> None:
    """It stands no longer; its receipt may be recorded again."""
    purchase.state, purchase.receipt_key = "undone", None
    session.flush()


def recent_same(session: Session, customer_id: int, amount: int, staff_id: int, *, since: datetime) -> Purchase | None:
    """The newest standing purchase of that amount by the same staff for the same customer, recorded since then."""
    query = (
        select(Purchase)
        .where(Purchase.staff_id == staff_id, Purchase.recorded_at >= since, Purchase.state == "recorded")
        .where(Purchase.customer_id == customer_id, Purchase.total == amount)
        .order_by(Purchase.id.desc())
        .limit(1)
    )
    return session.scalar(query, execution_options={"populate_existing": True})


def lines_of(session: Session, purchase: Purchase) -> list[PurchaseLine]:
    """In the order of the bill."""
    query = select(PurchaseLine).filter_by(purchase_id=purchase.id).order_by(PurchaseLine.position)
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def _find(session: Session, query: Select[Purchase], named: int | str) -> Purchase | None:
    return entities.first(session, query, {"named": named}, fresh=True)


def _lines(purchase_id: int, bill: Bill) -> list[dict[str, Any]]:
    return [
        {
            "purchase_id": purchase_id,
            "position": position,
            "sku": line.sku,
            "name": line.name,
            "category": line.category,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount": line.discount,
        }
        for position, line in enumerate(bill.lines, 1)
    ]
