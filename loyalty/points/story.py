"""What the timeline is told of a purchase and of its undoing.

Rows of `activity` as `timeline.record` writes them, by a statement built once per process: every award writes one.
"""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.db import new_public_id
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase

_INSERT = insert(Activity.metadata.tables[Activity.__tablename__])


def tell(session: Session, kind: str, purchase: Purchase, entry: LedgerEntry, before: str, after: str) -> None:
    """A row for the movement (`kind`: purchase, purchase_undone), and one for the tier when it changed."""
    moved = {"purchase": purchase.public_id, "entry": entry.id, "total": purchase.total, "points": entry.points}
    connection = session.connection()
    connection.execute(_INSERT, _row(entry, kind, moved))
    if before != after:
        changed = {"from": before, "to": after, "purchase": purchase.public_id}
        connection.execute(_INSERT, _row(entry, "tier", changed))


def _row(entry: LedgerEntry, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "customer_id": entry.customer_id,
        "kind": kind,
        "at": entry.posted_at,
        "on": entry.posted_on,
        "data": data,
        "body": None,
    }
