"""Bills as people name them: by the number on the receipt, or by whose they are."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import entities
from loyalty.purchases.models import Purchase

HAPPENED = Purchase.state != "undone"


def by_reference(session: Session, reference: str, *, limit: int) -> Sequence[Purchase]:
    """Bills with that number, as normalised, in any store and from any source, the newest first; undone ones are none.

    Where numbers start again or stores count for themselves there may be several.
    """
    newest = _NEWEST.where(Purchase.reference == reference, HAPPENED).limit(limit)
    return session.scalars(newest, execution_options={"populate_existing": True}).all()


def returnable(session: Session, customer_id: int, *, limit: int) -> Sequence[Purchase]:
    """Bills of a customer that goods can still come back of, the newest first."""
    return entities.every(session, _RETURNABLE, {"customer": customer_id, "most": limit}, fresh=True)


_NEWEST = select(Purchase).order_by(Purchase.purchased_on.desc(), Purchase.id.desc())
_RETURNABLE = _NEWEST.where(Purchase.customer_id == bindparam("customer"), Purchase.state == "recorded").limit(
    bindparam("most")
)
