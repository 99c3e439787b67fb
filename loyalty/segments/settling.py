"""Making the log of one segment agree with who belongs, for some customers at a time: looked at first, then written.

To look writes nothing and may take its time; to write takes as long as there is something to write. Whoever writes
first moves the segment's revision on from the one that was looked at (`claim`), so of two who looked one writes, and
what is written was true when nobody had written since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import many, upsert
from loyalty.activity.models import Activity
from loyalty.customers.models import CustomerStats
from loyalty.segments import compile as sql
from loyalty.segments import rules
from loyalty.segments.models import Segment, SegmentChange, SegmentMember, SegmentWatch
from loyalty.segments.rules import BadRules, Frame
from loyalty.segments.whose import Whose

MEMBERS = SegmentMember.metadata.tables[SegmentMember.__tablename__]
CHANGES = SegmentChange.metadata.tables[SegmentChange.__tablename__]

Cause = str | Mapping[int, str]  # one for all, or by customer


@dataclass(frozen=True, slots=True)
class Counts:
    """`repaired`: rows of members that did not agree with the log, which is right."""

    entered: int = 0
    left: int = 0
    repaired: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.entered + other.entered, self.left + other.left, self.repaired + other.repaired)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody who belongs and is not among the members kept (`enters`), or the other way round.

    `is_logged`: the log says already what is so; only the row of members is missing or left over.
    """

    customer_id: int
    enters: bool
    is_logged: bool


def look(session: Session, segment: Segment, frame: Frame, whose: Whose) -> Sequence[Move]:
    """Where the members kept differ from who belongs now. Rules that no longer hold change nothing."""
    try:
        node = rules.parse(segment.rules, frame)
    except BadRules:
        return ()
    belongs = (whose(CustomerStats.customer_id), sql.members_in_order(node, frame))
    kept = (SegmentMember.segment_id == segment.id, whose(SegmentMember.customer_id))
    same = SegmentMember.customer_id == CustomerStats.customer_id
    is_kept, still_belongs = sa.exists().where(*kept, same), sa.exists().where(*belongs, same)
    entered = session.scalars(select(CustomerStats.customer_id).where(*belongs, sa.not_(is_kept))).all()
    left = session.scalars(select(SegmentMember.customer_id).where(*kept, sa.not_(still_belongs))).all()
    unsure = left if segment.due == "start" else [*entered, *left]  # who enters at the start was never logged
    logged = _logged(session, segment, unsure)
    ins = [Move(each, enters=True, is_logged=logged.get(each, False)) for each in entered]
    outs = [Move(each, enters=False, is_logged=not logged.get(each, False)) for each in left]
    return sorted([*outs, *ins], key=lambda move: (move.enters, move.customer_id))


def claim(session: Session, segment_id: int, revision: int) -> bool:
    """Be the one who writes after a look at this revision; False when somebody has written since. Locks the segment."""
    theirs = (Segment.id == segment_id, Segment.revision == revision)
    moved = sa.update(Segment).where(*theirs).values(revision=revision + 1).returning(Segment.id)
    return session.scalar(moved.execution_options(synchronize_session=False)) is not None


def write(session: Session, segment_id: int, moves: Sequence[Move], cause: Cause, *, now: datetime) -> Counts:
    """Put down what was found, after `claim` or under `hold`."""
    connection = session.connection()
    outs = [{"of_segment": segment_id, "of_customer": move.customer_id} for move in moves if not move.enters]
    many.execute(connection, _TAKE, outs)
    ins = [move.customer_id for move in moves if move.enters]
    many.insert_each(connection, MEMBERS, "customer_id", ins, {"segment_id": segment_id, "since_at": now})
    moved = [move for move in moves if not move.is_logged]
    for (enters, why), ids in _alike(moved, cause).items():
        same = {"segment_id": segment_id, "entered": enters, "at": now, "cause": why}
        many.insert_each(connection, CHANGES, "customer_id", ids, same)
    entered = sum(move.enters for move in moved)
    return Counts(entered, len(moved) - entered, repaired=len(moves) - len(moved))


def hold(session: Session, segment: Segment) -> None:
    """Lock the segment, to look and write in one transaction: what others looked at before is written by nobody."""
    watch = ensure_watch(session)
    session.refresh(segment, with_for_update=True)
    segment.revision += 1
    segment.followed = watch.position if segment.followed is None else segment.followed
    session.flush()


def ensure_watch(session: Session) -> SegmentWatch:
    """Where the timeline is read up to; made where there is none yet: what happens from now on is followed."""
    if (found := session.get(SegmentWatch, 1)) is not None:
        return found
    newest = session.scalar(select(sa.func.max(Activity.id))) or 0
    insert = upsert.insert(session, SegmentWatch).values(id=1, position=newest)
    session.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
    return session.get_one(SegmentWatch, 1)


def _alike(moves: Iterable[Move], cause: Cause) -> Mapping[tuple[bool, str], Sequence[int]]:
    """Customers whose rows of the log are alike, by direction and cause; who leaves first."""
    found: dict[tuple[bool, str], list[int]] = {}
    for move in moves:
        why = cause if isinstance(cause, str) else cause[move.customer_id]
        found.setdefault((move.enters, why), []).append(move.customer_id)
    return found


def _logged(session: Session, segment: Segment, customer_ids: Sequence[int]) -> dict[int, bool]:
    """What the log says of each last: inside or not; nothing of who is not in it."""
    if not customer_ids:
        return {}
    newest = (
        select(sa.func.max(SegmentChange.id))
        .where(SegmentChange.segment_id == segment.id, many.one_of(session, SegmentChange.customer_id, customer_ids))
        .group_by(SegmentChange.customer_id)
    )
    query = select(SegmentChange.customer_id, SegmentChange.entered).where(SegmentChange.id.in_(newest))
    return {row.customer_id: row.entered for row in session.execute(query)}


_TAKE = sa.delete(MEMBERS).where(
    MEMBERS.c.segment_id == sa.bindparam("of_segment"), MEMBERS.c.customer_id == sa.bindparam("of_customer")
)
