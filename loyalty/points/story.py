"""What the timeline is told of a purchase, of goods that came back, and of the undoing of either."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.points.models import LedgerEntry, TierReason
from loyalty.points.tiers import changes
from loyalty.points.tiers.changes import Step
from loyalty.purchases.models import Purchase, PurchaseReturn
from loyalty.vault.people import Erased


def tell(
    session: Session,
    kind: str,
    purchase: Purchase,
    entry: LedgerEntry,
    before: str,
    after: str,
    *,
    pending: int = 0,
    words: str | None = None,
) -> None:
    """A row for the movement (`kind`: purchase, purchase_undone), and one for the tier when it changed.

    `words` is why, sealed with the row; of somebody erased nothing is written down.
    """
    moved: dict[str, Any] = {"purchase": purchase.public_id, "entry": entry.id}
    moved |= {"total": purchase.total, "points": entry.points}
    if pending:
        moved["points_pending"] = pending
    _tell(session, entry, kind, moved, words)
    _tell_tier(session, entry, purchase, _REASONS[kind], before, after)


def tell_return(
    session: Session,
    kind: str,
    purchase: Purchase,
    done: PurchaseReturn,
    entry: LedgerEntry,
    before: str,
    after: str,
    *,
    words: str | None = None,
) -> None:
    """The same of goods that came back (`kind`: purchase_returned, purchase_return_undone)."""
    moved = {
        "purchase": purchase.public_id,
        "return": done.public_id,
        "entry": entry.id,
        "total": purchase.total,
        "amount": done.amount,
        "points": entry.points,
        "shortfall": done.shortfall,
    }
    _tell(session, entry, kind, moved, words)
    _tell_tier(session, entry, purchase, _REASONS[kind], before, after)


def _tell(session: Session, entry: LedgerEntry, kind: str, data: Mapping[str, Any], words: str | None) -> None:
    try:
        timeline.record(session, entry.customer_id, kind, at=entry.posted_at, data=data, text=words)
    except Erased:
        timeline.record(session, entry.customer_id, kind, at=entry.posted_at, data=data)


def _tell_tier(
    session: Session, entry: LedgerEntry, purchase: Purchase, reason: TierReason, before: str, after: str
) -> None:
    if before != after:
        behind = (purchase.id, purchase.public_id)
        step = Step(entry.customer_id, before, after, reason, entry.actor, entry.posted_at, behind)
        changes.record(session, step)


_REASONS = {
    "purchase": TierReason.RISE,
    "purchase_undone": TierReason.UNDO,
    "purchase_returned": TierReason.RETURN,
    "purchase_return_undone": TierReason.RETURN_UNDONE,
}
