"""Who entered a segment, as the log of its members tells it: final once committed, so a cursor misses nobody."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from loyalty.journeys.happenings import BATCH, Happened, Told
from loyalty.segments import log
from loyalty.segments.models import Segment, SegmentChange


def newest(session: Session, segment: Segment) -> int:
    """The cursor behind which everything is to come."""
    return log.end_of(session, segment)


def waits(session: Session, segment: Segment, cursor: int) -> bool:
    """Whether there is anything to read."""
    return log.end_of(session, segment) > cursor


def read(session: Session, segment: Segment, cursor: int) -> Told:
    """Who came in by the next rows. Whoever belongs because the segment began or was changed did not come in."""
    rows = log.changes_since(session, segment, cursor, BATCH)
    came = [row for row in rows if row.entered and row.cause not in log.STARTING]
    happened = [Happened(row.customer_id, f"in:{row.id}") for row in came]
    return Told(happened, rows[-1].id if rows else cursor)


def came_since(segment: Segment, since: datetime) -> Select[Any, Any]:
    """(customer_id, at) of everybody who came in from an instant on, oldest first."""
    change = SegmentChange
    came = (change.segment_id == segment.id, change.entered, change.at >= since, change.cause.not_in(log.STARTING))
    return select(change.customer_id, change.at).where(*came).order_by(change.id)
