"""Choices of customers kept under a name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import new_public_id
from loyalty.errors import NotFound
from loyalty.segments import rules
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Node


class SegmentNotFound(NotFound):
    """No segment has this id."""

    code = "segment_not_found"


def create(session: Session, name: str, wanted: Any, *, now: datetime) -> Segment:
    """Keep `wanted` (decoded JSON, as it was written) under a name; two may share one. Raises BadRules."""
    rules.parse(wanted, Frame.at(session, now))
    segment = Segment(public_id=new_public_id(), name=name, rules=wanted, created_at=now)
    session.add(segment)
    session.flush()
    return segment


def get_public(session: Session, public_id: str) -> Segment:
    """The segment known outside by this id. Raises SegmentNotFound."""
    segment = session.scalar(select(Segment).filter_by(public_id=public_id))
    if segment is None:
        raise SegmentNotFound
    return segment


def list_newest(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[Segment]:
    """A page, newest first; `before` is the id of the last one of the page before."""
    query = select(Segment).order_by(Segment.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Segment.id < before)).all()


def tree(segment: Segment, frame: Frame) -> Node:
    """What the segment means by today's programme. Raises BadRules when that lacks a tier it names."""
    return rules.parse(segment.rules, frame)
