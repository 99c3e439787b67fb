"""Where a movement's points came from: the bills and gifts behind the lots it took from, gave back to or released."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from loyalty.points.lots import LEDGER, LOTS, SPENDS
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.purchases.stats import PURCHASES

SPENDING = frozenset({EntryKind.BURN, EntryKind.EXPIRE, EntryKind.ADJUST, EntryKind.REVERSE})


@dataclass(frozen=True, slots=True)
class Origin:
    """Whole points of one lot, 1 or more, and the day of the bill that earned it, or of the gift it was."""

    points: int
    on: date
    is_bill: bool


def of(session: Session, entries: Sequence[LedgerEntry]) -> Mapping[int, Sequence[Origin]]:
    """By the id of the movement, the oldest lots first; with as many queries as for one.

    A movement that made its own lot came from nowhere else, and is left out.
    """
    found: dict[int, list[Origin]] = defaultdict(list)
    spending = [entry.id for entry in entries if EntryKind(entry.kind) in SPENDING]
    releasing = [entry.id for entry in entries if entry.kind == EntryKind.RELEASE]
    taken = _taken(session, spending) if spending else ()
    released = _released(session, releasing) if releasing else ()
    for row in (*taken, *released):
        on = row.purchased_on or row.posted_on
        found[row.entry_id].append(Origin(abs(row.points), on, row.purchased_on is not None))
    return found


def _taken(session: Session, entry_ids: Sequence[int]) -> Sequence[Row[Any, Any, Any, Any]]:
    query = select(SPENDS.c.entry_id, SPENDS.c.points, LEDGER.c.posted_on, PURCHASES.c.purchased_on)
    return session.execute(
        query.join_from(SPENDS, LEDGER, LEDGER.c.id == SPENDS.c.lot_id)
        .outerjoin(PURCHASES, PURCHASES.c.id == LEDGER.c.purchase_id)
        .where(SPENDS.c.entry_id.in_(entry_ids))
        .order_by(SPENDS.c.lot_id)
    ).all()


def _released(session: Session, entry_ids: Sequence[int]) -> Sequence[Row[Any, Any, Any, Any]]:
    query = select(LOTS.c.release_id.label("entry_id"), LOTS.c.points, LEDGER.c.posted_on, PURCHASES.c.purchased_on)
    return session.execute(
        query.join_from(LOTS, LEDGER, LEDGER.c.id == LOTS.c.entry_id)
        .outerjoin(PURCHASES, PURCHASES.c.id == LEDGER.c.purchase_id)
        .where(LOTS.c.release_id.in_(entry_ids))
    ).all()
