"""Who entered a segment and who left, kept as it happens, and whole once a night. What follows it is `following`.

Whoever writes here holds the lock of the segment, so the ids of its changes are in the order of their commits and a
reader with a cursor (`changes_since`) misses none. The members kept are what the log adds up to, always.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.segments import ready, settling
from loyalty.segments.models import Segment, SegmentChange, SegmentMember, SegmentWatch

STARTING = ("start", "rules", "thresholds")  # causes by which a segment changed, not a person: triggers pass over them


def ensure(session: Session, *, now: datetime) -> None:
    """Make what every shop has, where it is missing: the watch, from the end of the timeline on, and the five."""
    settling.ensure_watch(session)
    ready.ensure(session, now=now)


def begin_night(session: Session, *, now: datetime) -> None:
    """Have every segment settled anew, chunk by chunk, by whoever works; those that are due already go on."""
    whole = select(Segment).where(Segment.removed_at.is_(None), Segment.due.is_(None)).order_by(Segment.id)
    for segment in session.scalars(whole.with_for_update().execution_options(populate_existing=True)):
        segment.renew("nightly")
    session.flush()
    watch = session.get_one(SegmentWatch, 1, with_for_update=True)
    watch.refreshed_at, watch.entered, watch.left, watch.repaired = now, 0, 0, 0
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
