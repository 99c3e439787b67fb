"""Who entered a segment and who left, kept as it happens: after each row of the timeline, and whole once a night.

Whoever writes here holds the lock of `segment_watch` first, so the ids of changes are in the order of their commits and
a reader with a cursor (`changes_since`) misses none. The members kept are what the log adds up to, always.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.activity.models import Activity
from loyalty.customers.models import Customer
from loyalty.purchases import tastes
from loyalty.segments import cycles, ready, rfm, settling
from loyalty.segments.models import Segment, SegmentChange, SegmentMember, SegmentWatch
from loyalty.segments.rules import Frame
from loyalty.segments.settling import Counts

CHUNK = 5_000  # customer ids looked at in one short transaction
BATCH = 100  # rows of the timeline read in one
SILENT = ("message_out", "offer_shown", "note", "note_taken_back", "case_opened")  # nobody is different
STARTING = ("start", "rules", "thresholds")  # causes by which a segment changed, not a person: triggers pass over them


def ensure(session: Session, *, now: datetime) -> None:
    """Make what every shop has, where it is missing: the watch, from the end of the timeline on, and the five."""
    if session.get(SegmentWatch, 1) is None:
        newest = session.scalar(select(sa.func.max(Activity.id))) or 0
        insert = upsert.insert(session, SegmentWatch).values(id=1, position=newest)
        session.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
    ready.ensure(session, now=now)


def waits(session: Session, newest: int) -> bool:
    """Whether there is anything to do: rows of the timeline up to `newest`, a segment that is due, or a first start."""
    position = session.scalar(select(SegmentWatch.position))
    return position is None or position < newest or session.scalar(select(_due().exists())) is True


def step(session: Session, end: int, *, now: datetime) -> int:
    """One short piece of work: a chunk of a segment that is due, and a batch of the timeline up to `end`, which must be
    final. Returns how many customers were looked at; 0 while another worker is at it, and once the timeline is read:
    what comes next gathers meanwhile, for each look asks every segment."""
    watch = _try_lock(session)
    if watch is None:
        return 0
    frame = Frame.at(session, now)
    looked, followed = _advance(session, watch, frame, now), _follow(session, watch, frame, end, now)
    return looked + (followed if followed == BATCH else 0)


def begin_night(session: Session, *, now: datetime) -> None:
    """Have every segment settled anew, chunk by chunk, by whoever works; those that are due already go on."""
    watch = settling.lock(session, now=now)
    watch.refreshed_at, watch.entered, watch.left, watch.repaired = now, 0, 0, 0
    whole = sa.update(Segment).where(Segment.removed_at.is_(None), Segment.due.is_(None))
    session.execute(whole.values(due="nightly", due_after=0))
    session.flush()


def changes_since(session: Session, segment: Segment, cursor: int, limit: int = 100) -> Sequence[SegmentChange]:
    """The next changes after the one with the id `cursor` (0: from the beginning), in the order they were committed.

    A cause of `STARTING` tells of the segment, not of the person.
    """
    query = select(SegmentChange).where(SegmentChange.segment_id == segment.id, SegmentChange.id > cursor)
    return session.scalars(query.order_by(SegmentChange.id).limit(limit)).all()


def end_of(session: Session, segment: Segment) -> int:
    """The cursor behind the newest change: what begins to read now misses nothing that is to come."""
    return session.scalar(select(sa.func.max(SegmentChange.id)).where(SegmentChange.segment_id == segment.id)) or 0


def list_newest(
    session: Session, segment: Segment, *, before: int | None = None, limit: int = 20
) -> Sequence[tuple[SegmentChange, Customer]]:
    """A page of changes with whom they are about, newest first; `before` is the last id of the page before."""
    query = (
        select(SegmentChange, Customer)
        .join(Customer, Customer.id == SegmentChange.customer_id)
        .where(SegmentChange.segment_id == segment.id)
        .order_by(SegmentChange.id.desc())
        .limit(limit)
    )
    query = query if before is None else query.where(SegmentChange.id < before)
    return [(change, customer) for change, customer in session.execute(query)]


def of_customer(session: Session, customer_id: int, *, limit: int = 30) -> Sequence[tuple[Segment, datetime]]:
    """The segments somebody belongs to, as of the last look, with since when; newest first."""
    query = (
        select(Segment, SegmentMember.since_at)
        .join(SegmentMember, SegmentMember.segment_id == Segment.id)
        .where(SegmentMember.customer_id == customer_id, Segment.removed_at.is_(None))
        .order_by(SegmentMember.since_at.desc(), Segment.id)
        .limit(limit)
    )
    return [(segment, since) for segment, since in session.execute(query)]


def history_of(session: Session, customer_id: int, *, limit: int = 10) -> Sequence[tuple[SegmentChange, Segment]]:
    """What somebody entered and left, newest first."""
    query = (
        select(SegmentChange, Segment)
        .join(Segment, Segment.id == SegmentChange.segment_id)
        .where(SegmentChange.customer_id == customer_id)
        .order_by(SegmentChange.id.desc())
        .limit(limit)
    )
    return [(change, segment) for change, segment in session.execute(query)]


def _due() -> sa.Select[Segment]:
    return select(Segment).where(Segment.due.is_not(None), Segment.removed_at.is_(None))


def _try_lock(session: Session) -> SegmentWatch | None:
    query = select(SegmentWatch).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def _advance(session: Session, watch: SegmentWatch, frame: Frame, now: datetime) -> int:
    """Settle the next customers of a segment that is due; what a night finds is the last to be done."""
    first = _due().order_by(Segment.due == "nightly", Segment.id).limit(1)
    segment = session.scalars(first.execution_options(populate_existing=True)).one_or_none()
    if segment is None:
        return 0
    assert segment.due is not None
    top = session.scalar(select(sa.func.max(Customer.id))) or 0
    begin, end = segment.due_after, min(segment.due_after + CHUNK, top)
    counts = settling.settle(session, segment, frame, _between(begin, end), segment.due, now=now)
    if segment.due == "nightly":
        _count(watch, counts)
    segment.due_after = end
    if end >= top:
        segment.due, segment.due_after = None, 0
    session.flush()
    return max(1, end - begin)


def _follow(session: Session, watch: SegmentWatch, frame: Frame, end: int, now: datetime) -> int:
    """Settle whoever the timeline tells of, in every segment."""
    query = select(Activity.id, Activity.customer_id, Activity.kind)
    query = query.where(Activity.id > watch.position, Activity.id <= end).order_by(Activity.id).limit(BATCH)
    happened = session.execute(query).all()
    causes = _causes(happened)
    if causes:
        cycles.keep(session, causes)
        tastes.keep(session, causes)
        rfm.rescore(session, rfm.bounds(session), causes)
        for segment in session.scalars(select(Segment).where(Segment.removed_at.is_(None)).order_by(Segment.id)).all():
            cause = segment.due if segment.due in STARTING else causes
            settling.settle(session, segment, frame, _among(causes), cause, now=now)
    watch.position = happened[-1].id if len(happened) == BATCH else max(watch.position, end)
    session.flush()
    return len(happened)


def _causes(happened: Sequence[Any]) -> Mapping[int, str]:
    """Why each customer may be different now: a purchase before anything else, else the first thing."""
    causes: dict[int, str] = {}
    for row in happened:
        if row.kind not in SILENT and (row.customer_id not in causes or row.kind == "purchase"):
            causes[row.customer_id] = row.kind
    return causes


def _count(watch: SegmentWatch, counts: Counts) -> None:
    watch.entered += counts.entered
    watch.left += counts.left
    watch.repaired += counts.repaired


def _between(begin: int, end: int) -> settling.Whose:
    return lambda column: column.between(begin + 1, end)


def _among(customer_ids: Collection[int]) -> settling.Whose:
    return lambda column: column.in_(sorted(customer_ids))
