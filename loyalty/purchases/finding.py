"""Bills as people name them: by the number on the receipt, or by whose they are."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from loyalty.purchases.models import Purchase

HAPPENED = Purchase.state != "undone"


def by_reference(session: Session, reference: str, *, limit: int) -> Sequence[Purchase]:
    """Bills with that number, as normalised, in any store and from any source, the newest first; undone ones are none.

    Where numbers start again or stores count for themselves there may be several.
    """
    return _read(session, limit, Purchase.reference == reference, HAPPENED)


def returnable(session: Session, customer_id: int, *, limit: int) -> Sequence[Purchase]:
    """Bills of a customer that goods can still come back of, the newest first."""
    return _read(session, limit, Purchase.customer_id == customer_id, Purchase.state == "recorded")


def _read(session: Session, limit: int, *conditions: ColumnElement[bool]) -> Sequence[Purchase]:
    newest = select(Purchase).where(*conditions).order_by(Purchase.purchased_on.desc(), Purchase.id.desc())
    return session.scalars(newest.limit(limit), execution_options={"populate_existing": True}).all()
