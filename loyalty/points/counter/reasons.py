"""Why a movement was made or undone by hand, in the words of who did it: sealed in the timeline, for staff."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.vault.people import Erased

KINDS = (
    "points_adjusted",
    "points_adjustment_undone",
    "points_opening_undone",
    "points_gift_undone",
    "purchase_undone",
)
BY_HAND = frozenset({EntryKind.ADJUST, EntryKind.REVERSE})


def of(session: Session, customer_id: int, entries: Sequence[LedgerEntry]) -> Mapping[int, str]:
    """By the id of the movement; one without words, or of somebody erased, is left out."""
    wanted = {entry.id: entry.posted_at for entry in entries if EntryKind(entry.kind) in BY_HAND}
    if not wanted:
        return {}
    rows = session.scalars(
        select(Activity).where(
            Activity.customer_id == customer_id,
            Activity.kind.in_(KINDS),
            Activity.at.in_(set(wanted.values())),  # both were written at one instant
            Activity.body.is_not(None),
        )
    )
    try:
        return {row.data["entry"]: timeline.words(session, row) or "" for row in rows if row.data["entry"] in wanted}
    except Erased:
        return {}
