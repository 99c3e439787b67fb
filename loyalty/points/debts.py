"""Points owed: goods came back after their points were used, and no lot had any left. What is gained next pays first.

The balance is what remains in lots less the debt, and one of the two is always nothing.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from loyalty.points import lots
from loyalty.points.lots import Share
from loyalty.points.models import LedgerEntry


def of(balance: int) -> int:
    """Whole points owed at a balance."""
    return max(0, -balance)


def paid_by(entry: LedgerEntry) -> int:
    """Whole points of a gain that went to what was owed before it."""
    return min(of(entry.balance_after - entry.points), max(0, entry.points))


def pay(session: Session, entry: LedgerEntry, lot_id: int) -> None:
    """Let a gain pay what was owed out of the lot it lies in, which is full."""
    if paid := paid_by(entry):
        lots.move(session, entry.id, entry.customer_id, [Share(lot_id, paid)])


def less(shares: Sequence[Share], paid: int) -> list[Share]:
    """Shares that come back (negative), less what of them pays a debt: those of the first lots go first."""
    left = []
    for share in shares:
        kept = min(paid, max(0, -share.points))
        paid -= kept
        if share.points + kept:
            left.append(Share(share.lot_id, share.points + kept))
    return left
