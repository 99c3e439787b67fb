"""What people buy."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.purchases.models import Purchase, PurchaseLine


def list_favourites(session: Session, customer_id: int, *, limit: int) -> Sequence[str]:
    """Names of the products a customer bought most, by pieces; undone bills do not count."""
    pieces = func.sum(PurchaseLine.quantity)
    query = (
        select(PurchaseLine.name)
        .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
        .where(Purchase.customer_id == customer_id, Purchase.state == "recorded")
        .group_by(PurchaseLine.name)
        .order_by(pieces.desc(), PurchaseLine.name)
        .limit(limit)
    )
    return session.scalars(query).all()
