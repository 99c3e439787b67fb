"""Settling segments by what happened: whoever the timeline tells of, in every segment; and whole ones, part by part.

Everything is read outside of the transactions that write, and those write one segment each: a shop with a hundred
segments keeps a webhook waiting no longer than one with two. Each segment has its own cursors, moved in the transaction
that writes what was found, so a worker that is killed leaves nothing half done; of two workers that look at the same
segment one writes and the other looks again (`settling.claim`).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from psycopg.errors import QueryCanceled
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty.activity.models import Activity
from loyalty.customers.models import Customer
from loyalty.db import Database, is_sqlite
from loyalty.purchases import tastes
from loyalty.segments import cycles, log, ready, rfm, settling, whose
from loyalty.segments.models import Segment, SegmentWatch
from loyalty.segments.rules import Frame
from loyalty.segments.settling import Cause, Counts, Move

CHUNK = 25_000  # customer ids looked at first, outside of what writes; then twice as many, and so on
LOOKED = 0.25  # seconds after which what was found is written: the longer a look, the likelier somebody else writes
FOUND = 20_000  # moves after which it is
WHOLE = 0.35  # seconds a statement over the whole shop may take
WRITTEN, ALONE = 10_000, 1_000  # moves in one transaction; on SQLite, where everybody waits for it
BATCH = 100  # rows of the timeline read together
SILENT = ("message_out", "offer_shown", "note", "note_taken_back", "case_opened")  # nobody is different

_IN_NO_TIME = sa.text(f"SET LOCAL statement_timeout = {int(1000 * WHOLE)}")
IS_KEPT = Segment.removed_at.is_(None)
IS_DUE = sa.and_(IS_KEPT, Segment.due.is_not(None), Segment.followed.is_not(None))


@dataclass(frozen=True, slots=True)
class Look:
    """What was found of one segment, and how far it is followed once that is written."""

    segment_id: int
    revision: int
    moves: Sequence[Move]
    cause: Cause
    followed: int


@dataclass(frozen=True, slots=True)
class Part:
    """The same of the next customers of a segment that is due: done up to `end`, or `is_last`."""

    segment_id: int
    revision: int
    moves: Sequence[Move]
    cause: str
    end: int
    looked: int
    is_last: bool


def is_new(session: Session) -> bool:
    """Whether `log.ensure` has something to make."""
    return session.get(SegmentWatch, 1) is None or ready.is_missing(session)


def waits(session: Session, newest: int) -> bool:
    """Whether there is anything to do: rows of the timeline up to `newest`, a segment that is due, or a first start."""
    position = session.scalar(select(SegmentWatch.position))
    if position is None or position < newest:
        return True
    return session.scalar(select(sa.or_(_behind(position).exists(), select(Segment.id).where(IS_DUE).exists()))) is True


def step(database: Database, end: int, *, now: datetime) -> int:
    """One round of short transactions: a batch of the timeline up to `end`, which must be final, and a part of a
    segment that is due. Returns how many customers were looked at; 0 once the timeline is read: what comes next
    gathers meanwhile, for each look asks every segment."""
    read = _read_on(database, end)
    followed = _follow(database, now)
    looked = _advance(database, now)
    return looked + sum(rows for rows in (read, followed) if rows == BATCH)


def _read_on(database: Database, end: int) -> int:
    """Keep habits and scores of whom the next rows tell of, which segments ask for; returns how many rows."""
    with database.read_only() as session:
        position = session.scalar(select(SegmentWatch.position))
        if position is None or position >= end:
            return 0
        happened = _happened(session, position, end)
        causes = _causes(happened)
        habits, liked = cycles.work_out(session, causes), tastes.work_out(session, causes)
        bounds = rfm.bounds(session)
    until = happened[-1].id if len(happened) == BATCH else end
    with database.transaction() as session:
        moved = sa.update(SegmentWatch).where(SegmentWatch.position == position).values(position=until)
        if session.scalar(moved.returning(SegmentWatch.id)) is None:
            return 0
        if causes:
            cycles.write(session, habits)
            tastes.write(session, liked)
            rfm.rescore(session, bounds, causes)
    return len(happened)


def _follow(database: Database, now: datetime) -> int:
    """Settle whoever the timeline tells of in the segments that are behind; returns the most rows one was behind."""
    with database.read_only() as session:
        position = session.scalar(select(SegmentWatch.position)) or 0
        timeline = _Timeline(session, position)
        frame = Frame.at(session, now)
        looks = [_look(session, segment, timeline, frame) for segment in session.scalars(_behind(position))]
    quiet = [look for look in looks if not look.moves]
    if quiet:
        with database.transaction() as session:
            _pass_over(session, quiet)
    for look in looks:
        if look.moves:
            with database.transaction() as session:
                _write(session, look, now)
    return timeline.most


def _look(session: Session, segment: Segment, timeline: "_Timeline", frame: Frame) -> Look:
    causes, until = timeline.after(segment.followed)
    moves = settling.look(session, segment, frame, whose.among(causes)) if causes else ()
    cause = segment.due if segment.due in log.STARTING else causes
    return Look(segment.id, segment.revision, moves, cause, until)


def _pass_over(session: Session, looks: Iterable[Look]) -> None:
    """Nobody moved: only the cursors do, all at once."""
    seen = {(look.segment_id, look.revision): look.followed for look in looks}
    query = select(Segment).where(sa.tuple_(Segment.id, Segment.revision).in_(list(seen))).order_by(Segment.id)
    for segment in session.scalars(query.with_for_update(skip_locked=True)):
        if segment.followed is None and segment.due is None:  # what happened before this look, nobody followed
            segment.due = "nightly"
        segment.followed = seen[segment.id, segment.revision]
        segment.revision += 1


def _write(session: Session, look: Look, now: datetime) -> None:
    if settling.claim(session, look.segment_id, look.revision):
        settling.write(session, look.segment_id, look.moves, look.cause, now=now)
        _set(session, look.segment_id, followed=look.followed)


def _advance(database: Database, now: datetime) -> int:
    """Settle the next customers of a segment that is due; what a night finds is the last to be done."""
    with database.read_only() as session:
        first = select(Segment).where(IS_DUE).order_by(Segment.due == "nightly", Segment.id).limit(1)
        segment = session.scalars(first).one_or_none()
        part = None if segment is None else _look_at_next(session, segment, Frame.at(session, now))
    if part is None:
        return 0
    together = ALONE if database.is_sqlite else WRITTEN
    starts = range(0, max(len(part.moves), 1), together)
    for place, start in enumerate(starts):
        with database.transaction() as session:
            if not settling.claim(session, part.segment_id, part.revision + place):
                return 0
            _write_some(session, part, part.moves[start : start + together], is_end=start == starts[-1], now=now)
    return part.looked


def _look_at_next(session: Session, segment: Segment, frame: Frame) -> Part:
    assert segment.due is not None
    top = session.scalar(select(sa.func.max(Customer.id))) or 0
    if segment.due_after == 0 and (found := _look_at_all(session, segment, frame)) is not None:
        return Part(segment.id, segment.revision, found, segment.due, top, max(1, top), is_last=True)
    begin, end, width, began = segment.due_after, segment.due_after, CHUNK, time.monotonic()
    moves: list[Move] = []
    while end < top and len(moves) < FOUND and time.monotonic() - began < LOOKED:
        end, after, width = min(end + width, top), end, 2 * width
        moves += settling.look(session, segment, frame, partial(_between, after + 1, end))
    return Part(segment.id, segment.revision, moves, segment.due, end, max(1, end - begin), end >= top)


def _look_at_all(session: Session, segment: Segment, frame: Frame) -> Sequence[Move] | None:
    """The whole shop at once, by the index that suits the rules; None where PostgreSQL does not do it in no time."""
    if is_sqlite(session):
        return None
    try:
        with session.begin_nested():
            session.execute(_IN_NO_TIME)
            return settling.look(session, segment, frame, whose.everybody)
    except OperationalError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        return None


def _between(first: int, last: int, column: InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    return column.between(first, last)


def _write_some(session: Session, part: Part, moves: Sequence[Move], *, is_end: bool, now: datetime) -> None:
    counts = settling.write(session, part.segment_id, moves, part.cause, now=now)
    if is_end:
        done: dict[str, Any] = {"due": None, "due_after": 0} if part.is_last else {"due_after": part.end}
        _set(session, part.segment_id, **done)
    if part.cause == "nightly" and moves:
        _count(session, counts)


def _count(session: Session, counts: Counts) -> None:
    watch = SegmentWatch
    added = {
        "entered": watch.entered + counts.entered,
        "left": watch.left + counts.left,
        "repaired": watch.repaired + counts.repaired,
    }
    session.execute(sa.update(watch).values(added).execution_options(synchronize_session=False))


def _set(session: Session, segment_id: int, **values: Any) -> None:
    change = sa.update(Segment).where(Segment.id == segment_id).values(**values)
    session.execute(change.execution_options(synchronize_session=False))


def _behind(position: int) -> sa.Select[Segment]:
    is_behind = sa.or_(Segment.followed.is_(None), Segment.followed < position)
    return select(Segment).where(IS_KEPT, is_behind).order_by(Segment.id)


class _Timeline:
    """What happened up to a position, read once for all segments that are followed up to the same row."""

    def __init__(self, session: Session, position: int) -> None:
        self._session, self._position = session, position
        self._known: dict[int, tuple[Mapping[int, str], int]] = {}
        self.most = 0  # rows read at once

    def after(self, followed: int | None) -> tuple[Mapping[int, str], int]:
        """Why customers may be different by the next rows, and up to which one that says it."""
        if followed is None:  # nobody has looked yet: it is due, and settled whole from here on
            return {}, self._position
        if followed not in self._known:
            happened = _happened(self._session, followed, self._position)
            until = happened[-1].id if len(happened) == BATCH else self._position
            self._known[followed] = _causes(happened), until
            self.most = max(self.most, len(happened))
        return self._known[followed]


def _happened(session: Session, after: int, until: int) -> Sequence[Any]:
    query = select(Activity.id, Activity.customer_id, Activity.kind)
    query = query.where(Activity.id > after, Activity.id <= until).order_by(Activity.id).limit(BATCH)
    return session.execute(query).all()


def _causes(happened: Sequence[Any]) -> Mapping[int, str]:
    """Why each customer may be different now: a purchase before anything else, else the first thing."""
    causes: dict[int, str] = {}
    for row in happened:
        if row.kind not in SILENT and (row.customer_id not in causes or row.kind == "purchase"):
            causes[row.customer_id] = row.kind
    return causes
