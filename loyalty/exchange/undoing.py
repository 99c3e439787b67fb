"""A batch taken back row by row, from the last to the first; what somebody has used since stays, and says why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from loyalty.customers import notes, profiles
from loyalty.customers.models import Customer
from loyalty.customers.notes import NoteNotFound
from loyalty.errors import LoyaltyError
from loyalty.exchange import batches, own
from loyalty.exchange.columns import Field
from loyalty.exchange.models import Fate, ImportBatch, ImportRow, Outcome, State
from loyalty.exchange.writing import fingerprint
from loyalty.points import opening


@dataclass(frozen=True, slots=True)
class Doomed:
    """The numbers of the next rows to take back."""

    numbers: Sequence[int]


class Undoing:
    """The phase from `undoing` to `undone`."""

    def prepare(self, session: Session, batch: ImportBatch, limit: int) -> Doomed | None:
        numbers = session.scalars(_written(batch).with_only_columns(ImportRow.number).limit(limit)).all()
        return Doomed(numbers) if numbers else None

    def write(self, session: Session, batch: ImportBatch, doomed: Doomed, *, now: datetime) -> None:
        rows = session.scalars(_written(batch).limit(len(doomed.numbers))).all()
        counts: Counter[str] = Counter()
        for customer_id in sorted({row.customer_id for row in rows if row.customer_id is not None}):
            profiles.lock(session, customer_id)
        for row in rows:
            row.reason = take_back(session, batch, row, now=now)
            row.fate = Fate.KEPT if row.reason else Fate.UNDONE
            counts[row.fate] += 1
        batches.move(session, batch, doomed.numbers[-1], "undo", counts)

    def end(self, session: Session, batch: ImportBatch, *, now: datetime) -> None:
        batches.finish(session, batch, State.UNDONE, now=now)


def take_back(session: Session, batch: ImportBatch, row: ImportRow, *, now: datetime) -> str | None:
    """Undo one row as far as that goes; None when all of it went, else the code of what stayed and why."""
    assert row.customer_id is not None
    customer = profiles.get(session, row.customer_id)
    if customer.erased_at is not None:
        return None  # nothing of them is left to take back
    if row.entry_id is not None:
        key = f"undo-import:{batch.public_id}:{row.number}"
        try:
            opening.take_back(session, row.entry_id, actor=batch.actor, key=key, now=now)
        except LoyaltyError as refusal:
            return refusal.code
    filled = row.detail.get("filled", {})
    _take_back_note(session, filled.get(Field.NOTE), now)
    stays = own.take_back(session, customer.id, filled)
    if row.outcome == Outcome.NEW:
        return None if profiles.release(session, customer.id, now=now) else "in_use"
    return _empty(session, customer, filled, now) or ("changed_since" if stays else None)


def _empty(session: Session, customer: Customer, filled: Mapping[str, Any], now: datetime) -> str | None:
    """Fields this row filled are empty again, where nobody wrote into them since."""
    kept = False
    if Field.NAME in filled and customer.name is not None:
        if is_same := fingerprint(customer.name) == filled[Field.NAME]:
            profiles.set_name(session, customer, None, now=now)
        kept |= not is_same
    if Field.EMAIL in filled and customer.email is not None:
        if is_same := fingerprint(customer.email) == filled[Field.EMAIL]:
            profiles.set_email(session, customer, None)
        kept |= not is_same
    if Field.MEMBER in filled:
        joined_at = datetime.fromisoformat(filled[Field.MEMBER])
        kept |= not profiles.unjoin(session, customer, joined_at=joined_at, now=now)
    return "changed_since" if kept else None


def _take_back_note(session: Session, public_id: str | None, now: datetime) -> None:
    if public_id is None:
        return
    try:
        notes.take_back(session, notes.get_public(session, public_id), by=None, now=now)
    except NoteNotFound:
        return  # somebody took it back before


def _written(batch: ImportBatch) -> Select[ImportRow]:
    """What is still to be taken back, the last row first."""
    mine = (ImportRow.batch_id == batch.id, ImportRow.number < batch.cursor, ImportRow.fate == Fate.WRITTEN)
    return select(ImportRow).where(*mine).order_by(ImportRow.number.desc())
