"""A file's way through: taken in, checked, confirmed, written, undone. One process works on it at a time."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound
from loyalty.exchange import own, packing
from loyalty.exchange.columns import Field, check, check_once
from loyalty.exchange.models import GONE, WORKING, Fate, ImportBatch, ImportChunk, ImportRow, Kind, State
from loyalty.exchange.packing import Line
from loyalty.staff import audit
from loyalty.staff.audit import Author
from loyalty.typed import fold

LEASE = timedelta(seconds=15)
WAITS = timedelta(hours=24)  # how long a file is kept, confirmed or not
LONGEST_TITLE = 120
PAST_THE_END = 2**31  # undoing goes from the last row to the first: what a later row added goes before its customer
WAITING = (State.RECEIVING, State.COLUMNS, State.CHECKING, State.CHECKED)


class BatchNotFound(NotFound):
    """No import has this id."""

    code = "import_not_found"


class FileKnown(Conflict):
    """The same file was brought in before, as the import `batch`, which is in `state` since `at`."""

    code = "file_known"


class WrongState(Conflict):
    """The import is in `state`, where this cannot be done."""

    code = "import_state"


def begin(
    session: Session,
    data: bytes,
    title: str,
    kind: Kind,
    *,
    author: Author,
    now: datetime,
    create_missing: bool = False,
) -> ImportBatch:
    """A batch for a file whose rows come next. Raises FileKnown as long as an import of the same bytes stands."""
    digest = keyring(session).look_up(f"import {kind}", hashlib.sha256(data).hexdigest())
    public_id = new_public_id()
    batch = ImportBatch(
        public_id=public_id,
        kind=kind,
        state=State.RECEIVING,
        actor=author.actor,
        source=author.source,
        title=_seal_title(session, title, public_id),
        digest=digest,
        options={"create_missing": create_missing},
        rows=0,
        cursor=0,
        counts={},
        leased_until=now + LEASE,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(batch)
    except IntegrityError:
        raise _known(session, digest) from None
    return batch


def get(session: Session, public_id: str) -> ImportBatch:
    """Raises BatchNotFound."""
    batch = session.scalar(select(ImportBatch).filter_by(public_id=public_id), execution_options=_FRESH)
    if batch is None:
        raise BatchNotFound(typed=fold.quote(public_id))
    return batch


def hold(session: Session, public_id: str, *states: State) -> ImportBatch:
    """The batch, locked. Raises BatchNotFound; WrongState when it is in none of the `states`."""
    query = select(ImportBatch).filter_by(public_id=public_id).with_for_update()
    batch = session.scalar(query, execution_options=_FRESH)
    if batch is None:
        raise BatchNotFound(typed=fold.quote(public_id))
    if batch.state not in states:
        raise WrongState(state=batch.state, batch=public_id)
    return batch


def list_newest(session: Session, *, before: int | None = None, limit: int = 20) -> Sequence[ImportBatch]:
    """A page of imports, newest first; `before` is the id of the last one of the page before."""
    query = select(ImportBatch).order_by(ImportBatch.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(ImportBatch.id < before)).all()


def list_rows(
    session: Session, batch: ImportBatch, *, which: str = "", after: int = 0, limit: int = 50
) -> Sequence[ImportRow]:
    """A page of what became of the rows, in the sheet's order; `which`: an outcome, `notices` or `kept`."""
    query = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number > after)
    if which == Fate.KEPT:
        query = query.where(ImportRow.fate == Fate.KEPT)
    elif which:
        query = query.where(ImportRow.outcome == which)
    return session.scalars(query.order_by(ImportRow.number).limit(limit)).all()


def title_of(session: Session, batch: ImportBatch) -> str:
    """The name of the file."""
    return keyring(session).open(batch.title, crypto.aad("import_batch", "title", batch.public_id)).decode()


def columns_of(batch: ImportBatch) -> dict[Field, int]:
    """The column of each field; none while nobody has said."""
    return {Field(name): index for name, index in batch.options.get("columns", {}).items()}


def choose_columns(
    session: Session,
    batch: ImportBatch,
    said: Sequence[tuple[Field, int]],
    header: int,
    *,
    theirs: Sequence[tuple[str, int]] | None = None,
    create_missing: bool,
) -> None:
    """Say which column is what and how many rows are heads, and have the rows checked. Raises ColumnsUnclear.

    `theirs`: columns of the shop's own fields by their keys; None leaves those that were recognised.
    """
    check_once([*(field.value for field, _ in said), *(f"{own.PREFIX}{key}" for key, _ in theirs or ())])
    check(Kind(batch.kind), dict(said))
    batch.options = {
        **batch.options,
        **({} if theirs is None else {"own": dict(theirs)}),
        "columns": {field.value: index for field, index in said},
        "header": header,
        "create_missing": create_missing,
    }
    batch.state, batch.cursor = State.CHECKING, header
    session.flush()


def confirm(session: Session, public_id: str, *, author: Author, now: datetime) -> ImportBatch:
    """Have a checked batch written, or one that was stopped written to its end. Raises WrongState.

    Confirming what is being written, or was, changes nothing.
    """
    batch = hold(session, public_id, State.CHECKED, State.STOPPED, State.WRITING, State.DONE)
    if batch.state in (State.CHECKED, State.STOPPED):
        if batch.state == State.CHECKED:
            batch.cursor, batch.confirmed_at = batch.options["header"], now
        batch.state, batch.owner, batch.leased_until = State.WRITING, None, None
        session.flush()
        _note(session, author, "import_confirmed", batch, now)
    return batch


def stop(session: Session, batch: ImportBatch) -> None:
    """What is not written yet stays unwritten until somebody confirms it again."""
    if batch.state == State.WRITING:
        batch.state, batch.owner, batch.leased_until = State.STOPPED, None, None
        session.flush()


def cancel(session: Session, public_id: str, *, author: Author, now: datetime) -> ImportBatch:
    """Forget a file of which nothing is written; its rows are gone at once. Raises WrongState."""
    batch = hold(session, public_id, *WAITING)
    _end(session, batch, now=now)
    _note(session, author, "import_cancelled", batch, now)
    return batch


def begin_undo(session: Session, public_id: str, *, author: Author, now: datetime) -> ImportBatch:
    """Have everything a batch wrote taken back, as far as it can be. Raises WrongState.

    Asking again while it is being undone, or afterwards, changes nothing.
    """
    batch = hold(session, public_id, State.DONE, State.STOPPED, State.UNDOING, State.UNDONE)
    if batch.state in (State.DONE, State.STOPPED):
        batch.state, batch.cursor, batch.owner, batch.leased_until = State.UNDOING, PAST_THE_END, None, None
        session.flush()
        _note(session, author, "import_undo_asked", batch, now)
    return batch


def claim(session: Session, batch_id: int, owner: str, *, now: datetime) -> ImportBatch | None:
    """Be the one process at work on a batch; None when it needs no work, or another has it."""
    free = or_(ImportBatch.owner.is_(None), ImportBatch.owner == owner, ImportBatch.leased_until < now)
    statement = (
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.state.in_(WORKING), free)
        .values(owner=owner, leased_until=now + LEASE)
        .returning(ImportBatch)
    )
    return session.scalar(statement, execution_options=_FRESH)


def move(session: Session, batch: ImportBatch, cursor: int, phase: str, tally: Mapping[str, int]) -> None:
    """A chunk is done, in the transaction that did it: how far the phase is, and what the rows came to."""
    batch.cursor = cursor
    before = batch.counts.get(phase, {})
    batch.counts = {**batch.counts, phase: dict(Counter(before) + Counter(tally))}
    session.flush()


def finish(session: Session, batch: ImportBatch, state: State, *, now: datetime) -> None:
    """A phase is over; whoever asked for it is named in the audit."""
    batch.state, batch.owner, batch.leased_until = state, None, None
    if state in (State.DONE, State.UNDONE):
        batch.finished_at = now
        session.flush()
        _note(session, Author(batch.actor, batch.source), f"import_{state.value}", batch, now)
    session.flush()


def list_working(session: Session, *, now: datetime) -> Sequence[int]:
    """Batches that wait for a process."""
    free = or_(ImportBatch.owner.is_(None), ImportBatch.leased_until < now)
    query = select(ImportBatch.id).where(ImportBatch.state.in_(WORKING), free).order_by(ImportBatch.id)
    return session.scalars(query).all()


def put_chunks(session: Session, public_id: str, chunks: Mapping[int, bytes], *, now: datetime) -> None:
    """Keep rows of a file being taken in, 500 in each chunk, sealed. Raises WrongState."""
    batch = hold(session, public_id, State.RECEIVING)
    batch.leased_until = now + LEASE
    for number, packed in chunks.items():
        body = keyring(session).seal(packed, _place(batch, number))
        session.add(ImportChunk(batch_id=batch.id, number=number, body=body))


def forget_unfinished(session: Session, public_id: str, *, now: datetime) -> bool:
    """Forget a file whose process died while taking it in; False when it may still be at it, or was done."""
    batch = get(session, public_id)
    if batch.state != State.RECEIVING or batch.leased_until is None or batch.leased_until >= now:
        return False
    _end(session, batch, now=now)
    return True


def chunk(session: Session, batch: ImportBatch, number: int) -> list[Line]:
    """The lines of one chunk; none where there is no such chunk, or the file is gone."""
    found = session.get(ImportChunk, (batch.id, number))
    return packing.unpack(keyring(session).open(found.body, _place(batch, number))) if found is not None else []


@dataclass
class Reader:
    """The rows of a waiting file, in order; the chunk at hand is opened once."""

    _number: int = -1
    _lines: Sequence[Line] = ()

    def lines(self, session: Session, batch: ImportBatch, first: int, limit: int) -> list[Line]:
        """At most `limit` rows after the ordinal `first`, all of one chunk; none at the end."""
        number, skip = divmod(first, packing.CHUNK)
        if number != self._number:
            self._number, self._lines = number, chunk(session, batch, number)
        return list(self._lines[skip : skip + limit])


def drop_file(session: Session, batch: ImportBatch, *, now: datetime) -> None:
    """Delete the rows a batch came from."""
    session.execute(delete(ImportChunk).where(ImportChunk.batch_id == batch.id))
    batch.file_gone_at = now
    session.flush()


def forget_old(session: Session, *, now: datetime) -> bool:
    """Drop the file of one batch older than `WAITS`; False when there is none. One being written is let finish.

    One that nobody confirmed is cancelled; one that was stopped stays as far as it came.
    """
    old = (ImportBatch.created_at < now - WAITS, ImportBatch.file_gone_at.is_(None), ImportBatch.state != State.WRITING)
    query = select(ImportBatch).where(*old).order_by(ImportBatch.id).limit(1)
    batch = session.scalar(query.with_for_update(skip_locked=True))
    if batch is None:
        return False
    if batch.state in WAITING:
        _end(session, batch, now=now)
        return True
    if batch.state == State.STOPPED:
        finish(session, batch, State.DONE, now=now)
    drop_file(session, batch, now=now)
    return True


def forget_rows(session: Session, *, limit: int) -> int:
    """Delete rows of imports that were cancelled; how many went."""
    cancelled = select(ImportBatch.id).where(ImportBatch.state == State.CANCELLED, ImportBatch.rows > 0)
    doomed = select(ImportRow.batch_id, ImportRow.number).where(ImportRow.batch_id.in_(cancelled)).limit(limit)
    statement = delete(ImportRow).where(tuple_(ImportRow.batch_id, ImportRow.number).in_(doomed))
    gone = statement.returning(ImportRow.number).execution_options(synchronize_session=False)
    return len(session.execute(gone).all())


def day_of(session: Session, batch: ImportBatch) -> date:
    """The shop's day a batch is checked and written for: later work on it decides no differently."""
    return shop.of(session).day(batch.created_at)


def progress(batch: ImportBatch) -> tuple[int, int]:
    """How many rows of the present phase are done, and of how many."""
    if batch.state in (State.UNDOING, State.UNDONE):
        done = batch.counts.get("undo", {})
        return done.get(Fate.UNDONE, 0) + done.get(Fate.KEPT, 0), batch.counts.get("write", {}).get(Fate.WRITTEN, 0)
    header = batch.options.get("header", 0)
    return max(0, batch.cursor - header), max(0, batch.rows - header)


def _end(session: Session, batch: ImportBatch, *, now: datetime) -> None:
    """A batch nothing was written of is over."""
    batch.state, batch.finished_at, batch.owner, batch.leased_until = State.CANCELLED, now, None, None
    drop_file(session, batch, now=now)


def _known(session: Session, digest: bytes) -> FileKnown:
    query = select(ImportBatch).where(ImportBatch.digest == digest, ImportBatch.state.not_in(GONE))
    earlier = session.scalars(query).one()
    at = earlier.finished_at or earlier.created_at
    return FileKnown(batch=earlier.public_id, state=earlier.state, at=at)


def _note(session: Session, author: Author, action: str, batch: ImportBatch, now: datetime) -> None:
    """Into the audit, with counts; last, for it locks the end of the author's chain."""
    detail = {"kind": batch.kind, "rows": batch.rows, **{name: dict(counts) for name, counts in batch.counts.items()}}
    audit.record_by(session, author, action, f"import:{batch.public_id}", detail=detail, now=now)


def _seal_title(session: Session, title: str, public_id: str) -> bytes:
    shown = fold.quote(title, LONGEST_TITLE) or "?"
    return keyring(session).seal(shown.encode(), crypto.aad("import_batch", "title", public_id))


def _place(batch: ImportBatch, number: int) -> bytes:
    return crypto.aad("import_chunk", "body", f"{batch.public_id}|{number}")


_FRESH = {"populate_existing": True}
