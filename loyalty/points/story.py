"""What the timeline is told of a purchase and of its undoing."""

from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.points import changes
from loyalty.points.changes import Step
from loyalty.points.models import LedgerEntry, TierReason
from loyalty.purchases.models import Purchase
from loyalty.vault.people import Erased


def tell(
    session: Session,
    kind: str,
    purchase: Purchase,
    entry: LedgerEntry,
    before: str,
    after: str,
    *,
    words: str | None = None,
) -> None:
    """A row for the movement (`kind`: purchase, purchase_undone), and one for the tier when it changed.

    `words` is why, sealed with the row; of somebody erased nothing is written down.
    """
    moved = {"purchase": purchase.public_id, "entry": entry.id, "total": purchase.total, "points": entry.points}
    try:
        timeline.record(session, entry.customer_id, kind, at=entry.posted_at, data=moved, text=words)
    except Erased:
        timeline.record(session, entry.customer_id, kind, at=entry.posted_at, data=moved)
    if before != after:
        reason = TierReason.RISE if kind == "purchase" else TierReason.UNDO
        behind = (purchase.id, purchase.public_id)
        changes.record(
            session,
            Step(entry.customer_id, before, after, reason, entry.actor, entry.posted_at, behind),
        )
