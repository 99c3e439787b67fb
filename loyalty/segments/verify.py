"""What must always hold of segments: the members kept are what the log of who entered and left adds up to."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.segments.models import ListMember, Segment, SegmentChange, SegmentMember


def problems(session: Session) -> Iterator[str]:
    """One line for each fault found."""
    yield from (
        f"segment {row.segment_id}: customer {row.customer_id} last {'entered' if row.entered else 'left'}, "
        "the members say otherwise"
        for row in session.execute(_torn())
    )
    yield from (
        f"segment {row.segment_id}: customer {row.customer_id} belongs and never entered"
        for row in session.execute(_unlogged())
    )
    yield from (
        f"segment {row.segment_id}: {row.people} people are listed, and it is no list"
        for row in session.execute(_unlisted())
    )


def _torn() -> sa.Select[int, int, bool]:
    change, member = SegmentChange, SegmentMember
    newest = select(sa.func.max(change.id)).group_by(change.segment_id, change.customer_id)
    inside = sa.exists().where(member.segment_id == change.segment_id, member.customer_id == change.customer_id)
    differs = sa.or_(sa.and_(change.entered, ~inside), sa.and_(sa.not_(change.entered), inside))
    return select(change.segment_id, change.customer_id, change.entered).where(change.id.in_(newest), differs)


def _unlogged() -> sa.Select[int, int]:
    change, member = SegmentChange, SegmentMember
    logged = sa.exists().where(change.segment_id == member.segment_id, change.customer_id == member.customer_id)
    return select(member.segment_id, member.customer_id).where(~logged)


def _unlisted() -> sa.Select[int, int]:
    listed = ListMember
    return (
        select(listed.segment_id, sa.func.count().label("people"))
        .join(Segment, Segment.id == listed.segment_id)
        .where(Segment.kind != "list")
        .group_by(listed.segment_id)
    )
