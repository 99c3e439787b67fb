"""What people buy."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from loyalty import prepared
from loyalty.purchases.models import Purchase, PurchaseLine


def list_favourites(session: Session, customer_id: int, *, limit: int) -> Sequence[str]:
    """Names of the products a customer bought most, by pieces; undone bills do not count."""
    session.flush()
    return [row.name for row in prepared.rows(session.connection(), _LIKED, {"customer": customer_id, "most": limit})]


_LIKED = (
    select(PurchaseLine.name)
    .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
    .where(Purchase.customer_id == bindparam("customer"), Purchase.state == "recorded")
    .group_by(PurchaseLine.name)
    .order_by(func.sum(PurchaseLine.quantity).desc(), PurchaseLine.name)
    .limit(bindparam("most"))
)
