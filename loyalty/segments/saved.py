"""Choices of customers kept under a name: made, changed with the way back kept, counted, removed and brought back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.db import new_public_id, public_id_of
from loyalty.errors import NotFound
from loyalty.segments import membership, rules
from loyalty.segments.models import Segment, SegmentEdition
from loyalty.segments.rules import Frame, Node


class SegmentNotFound(NotFound):
    """No segment has this id."""

    code = "segment_not_found"


class EditionNotFound(NotFound):
    """The segment was never changed from that."""

    code = "segment_edition_not_found"


def create(session: Session, name: str, wanted: Any, *, key: str | None = None, now: datetime) -> Segment:
    """Keep `wanted` (decoded JSON, as it was written) under a name, counted; two may share one. Raises BadRules.

    The same `key` again returns what it made first.
    """
    rules.parse(wanted, Frame.at(session, now))
    public_id = public_id_of(key) if key else new_public_id()
    values = {"public_id": public_id, "name": name, "rules": wanted, "created_at": now}
    insert = upsert.insert(session, Segment).values(values).on_conflict_do_nothing(index_elements=["public_id"])
    made: Segment | None = session.scalar(insert.returning(Segment))
    if made is None:
        return get_public(session, public_id, removed=True)
    recount(session, made, now=now)
    return made


def change(
    session: Session, segment: Segment, *, name: str | None = None, wanted: Any = None, now: datetime
) -> SegmentEdition | None:
    """Rename it, give it other rules, or both; None stays as it is. Runs under way keep the rules they began with.

    Returns what it was, for `change_back`; None when nothing is different. Raises BadRules.
    """
    session.refresh(segment, with_for_update=True)
    name = segment.name if name is None else name
    wanted = segment.rules if wanted is None else wanted
    rules.parse(wanted, Frame.at(session, now), of=segment.public_id)
    if (name, wanted) == (segment.name, segment.rules):
        return None
    former = SegmentEdition(
        public_id=new_public_id(),
        segment_id=segment.id,
        name=segment.name,
        rules=segment.rules,
        size=segment.size,
        replaced_at=now,
    )
    session.add(former)
    segment.name, segment.rules = name, wanted
    recount(session, segment, now=now)
    return former


def change_back(session: Session, segment: Segment, edition: str, *, now: datetime) -> SegmentEdition | None:
    """Make it what it was in that edition (a public id); a change like any other. Raises EditionNotFound, BadRules."""
    former = session.scalar(select(SegmentEdition).filter_by(segment_id=segment.id, public_id=edition))
    if former is None:
        raise EditionNotFound
    return change(session, segment, name=former.name, wanted=former.rules, now=now)


def remove(session: Session, segment: Segment, *, now: datetime) -> None:
    """Out of every list; what was sent to it stays explained. Twice changes nothing."""
    session.refresh(segment, with_for_update=True)
    segment.removed_at = segment.removed_at or now
    session.flush()


def bring_back(session: Session, segment: Segment) -> None:
    segment.removed_at = None
    session.flush()


def recount(session: Session, segment: Segment, *, now: datetime) -> None:
    """Remember how many belong at this moment; None when today's programme lacks a tier the rules name."""
    frame = Frame.at(session, now)
    try:
        segment.size = membership.count(session, tree(segment, frame), frame)
    except rules.BadRules:
        segment.size = None
    segment.counted_at = now
    session.flush()


def get_public(session: Session, public_id: str, *, removed: bool = False) -> Segment:
    """The segment known outside by this id; a removed one only where it may be. Raises SegmentNotFound."""
    segment = session.scalar(select(Segment).filter_by(public_id=public_id))
    if segment is None or (segment.removed_at and not removed):
        raise SegmentNotFound
    return segment


def list_newest(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[Segment]:
    """A page, newest first; `before` is the id of the last one of the page before."""
    query = select(Segment).where(Segment.removed_at.is_(None)).order_by(Segment.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Segment.id < before)).all()


def list_editions(session: Session, segment: Segment, *, limit: int = 20) -> Sequence[SegmentEdition]:
    """What it was before its changes, newest first."""
    query = select(SegmentEdition).filter_by(segment_id=segment.id).order_by(SegmentEdition.id.desc())
    return session.scalars(query.limit(limit)).all()


def tree(segment: Segment, frame: Frame) -> Node:
    """What the segment means by today's programme. Raises BadRules when that lacks a tier it names."""
    return rules.parse(segment.rules, frame, of=segment.public_id)
