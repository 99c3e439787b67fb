"""Choices of customers kept under a name: made, changed with the way back kept, counted, removed and brought back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers.models import CustomerStats
from loyalty.db import new_public_id, public_id_of
from loyalty.errors import NotFound, RuleViolation
from loyalty.segments import compile as sql
from loyalty.segments import rules
from loyalty.segments.models import Segment, SegmentEdition, SegmentWatch
from loyalty.segments.rules import Frame, Node


class SegmentNotFound(NotFound):
    """No segment has this id."""

    code = "segment_not_found"


class EditionNotFound(NotFound):
    """The segment was never changed from that."""

    code = "segment_edition_not_found"


class SegmentFixed(RuleViolation):
    """A ready segment, or a list: it may be renamed and copied, and its rules are what it is."""

    code = "segment_fixed"


def create(session: Session, name: str, wanted: Any, *, key: str | None = None, now: datetime) -> Segment:
    """Keep `wanted` (decoded JSON, as it was written) under a name, counted; two may share one. Raises BadRules.

    The same `key` again returns what it made first.
    """
    rules.parse(wanted, Frame.at(session, now))
    public_id = public_id_of(key) if key else new_public_id()
    values = {"public_id": public_id, "name": name, "rules": wanted, "created_at": now}
    made = upsert.new(session, Segment, values)
    if made is None:
        return get_public(session, public_id, removed=True)
    recount(session, made, now=now)
    return made


def change(
    session: Session, segment: Segment, *, name: str | None = None, wanted: Any = None, now: datetime
) -> SegmentEdition | None:
    """Rename it, give it other rules, or both; None stays as it is. Runs under way keep the rules they began with.

    Returns what it was, for `change_back`; None when nothing is different. Raises BadRules, SegmentFixed.
    """
    session.refresh(segment, with_for_update=True)
    name = segment.name if name is None else name
    wanted = segment.rules if wanted is None else wanted
    rules.parse(wanted, Frame.at(session, now), of=segment.public_id)
    if (name, wanted) == (segment.name, segment.rules):
        return None
    if wanted != segment.rules:
        if segment.kind != "rules":
            raise SegmentFixed
        segment.renew("rules")
    session.add(former := _edition(segment, now))
    segment.name, segment.rules = name, wanted
    recount(session, segment, now=now)
    return former


def _edition(segment: Segment, now: datetime) -> SegmentEdition:
    """What it is, to be kept when it becomes something else."""
    return SegmentEdition(
        public_id=new_public_id(),
        segment_id=segment.id,
        name=segment.name,
        rules=segment.rules,
        size=segment.size,
        replaced_at=now,
    )


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
    session.refresh(segment, with_for_update=True)
    segment.removed_at, segment.followed = None, session.scalar(select(SegmentWatch.position))
    segment.renew("rules")
    session.flush()


def recount(session: Session, segment: Segment, *, now: datetime) -> None:
    """Remember how many belong at this moment, and what they spent in 12 months.

    None when today's programme lacks a tier the rules name.
    """
    frame = Frame.at(session, now)
    try:
        belongs = sql.members_of_all(tree(segment, frame), frame)
        totals = select(func.count(), func.coalesce(func.sum(CustomerStats.spent_12m), 0)).where(belongs)
        segment.size, spent = session.execute(totals.select_from(CustomerStats)).one()
        segment.spent_12m = int(spent)
    except rules.BadRules:
        segment.size = segment.spent_12m = None
    segment.counted_at = now
    session.flush()


def recount_shop(session: Session) -> None:
    """Remember what everybody spent in 12 months: what the segments' shares are of."""
    spent = select(func.coalesce(func.sum(CustomerStats.spent_12m), 0)).where(CustomerStats.erased_at.is_(None))
    session.execute(update(SegmentWatch).values(spent_12m=spent.scalar_subquery()))


def list_by_value(session: Session, *, limit: int = 100) -> Sequence[Segment]:
    """Those with anybody in them, whose people spent most each in 12 months first, as they were counted last."""
    each = Segment.spent_12m * 1.0 / Segment.size
    query = select(Segment).where(Segment.removed_at.is_(None), Segment.size > 0, Segment.spent_12m.is_not(None))
    return session.scalars(query.order_by(each.desc(), Segment.id).limit(limit)).all()


def shop_spent(session: Session) -> int | None:
    """₫ everybody spent in 12 months, when segments were counted last."""
    return session.scalar(select(SegmentWatch.spent_12m))


def get_public(session: Session, public_id: str, *, removed: bool = False) -> Segment:
    """The segment known outside by this id; a removed one only where it may be. Raises SegmentNotFound."""
    segment = session.scalar(select(Segment).filter_by(public_id=public_id))
    if segment is None or (segment.removed_at and not removed):
        raise SegmentNotFound
    return segment


def list_newest(
    session: Session, *, before: int | None = None, limit: int = 50, ready: bool = True
) -> Sequence[Segment]:
    """A page, newest first; `before` is the id of the last one of the page before. `ready`: the five are among them."""
    query = select(Segment).where(Segment.removed_at.is_(None)).order_by(Segment.id.desc()).limit(limit)
    query = query if ready else query.where(Segment.kind != "five")
    return session.scalars(query if before is None else query.where(Segment.id < before)).all()


def list_editions(session: Session, segment: Segment, *, limit: int = 20) -> Sequence[SegmentEdition]:
    """What it was before its changes, newest first."""
    query = select(SegmentEdition).filter_by(segment_id=segment.id).order_by(SegmentEdition.id.desc())
    return session.scalars(query.limit(limit)).all()


def tree(segment: Segment, frame: Frame) -> Node:
    """What the segment means by today's programme. Raises BadRules when that lacks a tier it names."""
    return rules.parse(segment.rules, frame, of=segment.public_id)
