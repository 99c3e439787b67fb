"""Making the log of one segment agree with who belongs, for some customers at a time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from loyalty import many, upsert
from loyalty.activity.models import Activity
from loyalty.customers.models import CustomerStats
from loyalty.segments import compile as sql
from loyalty.segments import rules
from loyalty.segments.models import Segment, SegmentChange, SegmentMember, SegmentWatch
from loyalty.segments.rules import BadRules, Frame

MEMBERS = SegmentMember.metadata.tables[SegmentMember.__tablename__]
CHANGES = SegmentChange.metadata.tables[SegmentChange.__tablename__]

Whose = Callable[[ColumnElement[int]], ColumnElement[bool]]  # the customers looked at, by the column of their ids


@dataclass(frozen=True, slots=True)
class Counts:
    """`repaired`: rows of members that did not agree with the log, which is right."""

    entered: int = 0
    left: int = 0
    repaired: int = 0


def lock(session: Session, *, now: datetime) -> SegmentWatch:
    """The lock whoever writes the log holds; it is made where there is none yet."""
    query = select(SegmentWatch).with_for_update().execution_options(populate_existing=True)
    if (found := session.scalars(query).one_or_none()) is None:
        newest = session.scalar(select(sa.func.max(Activity.id))) or 0
        made = upsert.insert(session, SegmentWatch).values(id=1, position=newest)
        session.execute(made.on_conflict_do_nothing(index_elements=["id"]))
        found = session.scalars(query).one()
    return found


def settle(
    session: Session,
    segment: Segment,
    frame: Frame,
    whose: Whose,
    cause: str | Mapping[int, str],
    *,
    now: datetime,
) -> Counts:
    """Write who of these entered or left since the last look; `cause` is one for all, or by customer. Under `lock`.

    Rules that no longer hold change nothing.
    """
    try:
        node = rules.parse(segment.rules, frame)
    except BadRules:
        return Counts()
    belongs = select(CustomerStats.customer_id).where(whose(CustomerStats.customer_id), sql.members(node, frame))
    inside = sa.exists().where(
        SegmentMember.segment_id == segment.id, SegmentMember.customer_id == CustomerStats.customer_id
    )
    kept = select(SegmentMember.customer_id).where(
        SegmentMember.segment_id == segment.id, whose(SegmentMember.customer_id)
    )
    entered = session.scalars(belongs.where(sa.not_(inside))).all()
    left = session.scalars(kept.where(SegmentMember.customer_id.not_in(belongs))).all()
    logged = {} if cause == "start" and not left else _logged(session, segment, [*entered, *left])
    moved = [each for each in entered if not logged.get(each, False)], [each for each in left if logged.get(each)]
    _write(session, segment, entered, left, moved, cause, now)
    return Counts(*map(len, moved), repaired=len(entered) + len(left) - sum(map(len, moved)))


def _logged(session: Session, segment: Segment, customer_ids: Sequence[int]) -> dict[int, bool]:
    """What the log says of each last: inside or not; nothing of who is not in it."""
    if not customer_ids:
        return {}
    newest = (
        select(sa.func.max(SegmentChange.id))
        .where(SegmentChange.segment_id == segment.id, SegmentChange.customer_id.in_(customer_ids))
        .group_by(SegmentChange.customer_id)
    )
    query = select(SegmentChange.customer_id, SegmentChange.entered).where(SegmentChange.id.in_(newest))
    return {row.customer_id: row.entered for row in session.execute(query)}


def _write(
    session: Session,
    segment: Segment,
    entered: Sequence[int],
    left: Sequence[int],
    moved: tuple[Collection[int], Collection[int]],
    cause: str | Mapping[int, str],
    now: datetime,
) -> None:
    def change(customer_id: int, is_inside: bool) -> dict[str, Any]:
        why = cause if isinstance(cause, str) else cause[customer_id]
        row = {"segment_id": segment.id, "customer_id": customer_id, "entered": is_inside}
        return {**row, "at": now, "cause": why}

    connection = session.connection()
    if left:
        gone = MEMBERS.c.customer_id.in_(left)
        session.execute(sa.delete(MEMBERS).where(MEMBERS.c.segment_id == segment.id, gone))
    new = [{"segment_id": segment.id, "customer_id": customer_id, "since_at": now} for customer_id in sorted(entered)]
    many.execute(connection, _PUT, new)
    ins, outs = moved
    changes = [*(change(each, False) for each in sorted(outs)), *(change(each, True) for each in sorted(ins))]
    many.execute(connection, _LOG, changes)


_PUT, _LOG = sa.insert(MEMBERS), sa.insert(CHANGES)
