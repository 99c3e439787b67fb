"""Taking portraits and keeping them: a worker does, pages read what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers.models import CustomerStats
from loyalty.insights.models import SegmentPortrait, ShopPortrait
from loyalty.insights.portraits import buying, people
from loyalty.insights.portraits.people import Whose
from loyalty.insights.portraits.portrait import Bought, Portrait
from loyalty.segments.models import Segment, SegmentEdition, SegmentMember
from loyalty.segments.rules import Frame

KNOWN = 2_000  # products and categories of the shop that are kept to compare with


@dataclass(frozen=True, slots=True)
class Kept:
    """A portrait as of `taken_at`; None of both before the first one. `is_asked`: a worker takes it anew."""

    portrait: Portrait | None
    taken_at: datetime | None
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The whole shop, and what was sold of each product and category there."""

    portrait: Portrait
    taken_at: datetime

    @property
    def by_name(self) -> Mapping[str, Mapping[str, Bought]]:
        """`products` and `categories`, by name."""
        return {
            "products": {each.name: each for each in self.portrait.products},
            "categories": {each.name: each for each in self.portrait.categories},
        }


def find(session: Session, segment: Segment) -> Kept:
    """What is kept of a segment, without looking at anybody."""
    row = session.get(SegmentPortrait, segment.id)
    if row is None:
        return Kept(None, None, is_asked=True)
    taken = Portrait.from_json(row.facts) if row.facts is not None else None
    return Kept(taken, row.taken_at, is_asked=row.asked_at is not None)


def of_shop(session: Session) -> Compared | None:
    """The shop as of last night; None before the first one."""
    row = session.get(ShopPortrait, 1)
    return None if row is None else Compared(Portrait.from_json(row.facts), row.taken_at)


def ask(session: Session, segment: Segment, *, now: datetime) -> None:
    """Have it taken anew; asking twice before a worker came is asking once."""
    made = upsert.insert(session, SegmentPortrait).values(segment_id=segment.id, asked_at=now)
    session.execute(made.on_conflict_do_update(index_elements=["segment_id"], set_={"asked_at": now}))


def ask_all(session: Session, *, now: datetime) -> None:
    """Have every portrait taken anew."""
    session.execute(sa.update(SegmentPortrait).values(asked_at=now))


def list_due(session: Session, *, limit: int = 10) -> Sequence[int]:
    """Segments whose portrait is asked for, missing, or older than their rules; members still settling wait."""
    row, changed = (
        SegmentPortrait,
        select(func.max(SegmentEdition.replaced_at)).where(SegmentEdition.segment_id == Segment.id),
    )
    is_due = sa.or_(row.segment_id.is_(None), row.asked_at.is_not(None), row.taken_at < changed.scalar_subquery())
    is_settled = sa.or_(Segment.due.is_(None), Segment.due == "nightly")
    query = select(Segment.id).outerjoin(row, row.segment_id == Segment.id)
    return session.scalars(
        query.where(Segment.removed_at.is_(None), is_settled, is_due).order_by(Segment.id).limit(limit)
    ).all()


def take(session: Session, segment_id: int, *, now: datetime) -> Portrait:
    """Look at everybody in a segment, as its log has them. Seconds, for a hundred thousand people."""
    members: Whose = select(SegmentMember.customer_id).where(SegmentMember.segment_id == segment_id)
    size = session.execute(select(func.count()).select_from(members.subquery())).scalar_one()
    return _portrait(session, members, size, now)


def take_shop(session: Session, *, now: datetime) -> Portrait:
    """Look at everybody, and at every month there was."""
    everybody: Whose = select(CustomerStats.customer_id).where(CustomerStats.erased_at.is_(None))
    size = session.execute(select(func.count()).select_from(everybody.subquery())).scalar_one()
    today = Frame.at(session, now).today
    wider = buying.sellers(session, everybody, today, limit=KNOWN)
    taken = _portrait(session, everybody, size, now).to_json()
    return Portrait(**{**taken, **wider, "months": buying.months(session, None)})


def keep(session: Session, segment_id: int, portrait: Portrait, *, now: datetime) -> None:
    """Whoever keeps it last is right: both looked. What was asked for after `now`, when the look began, stays so."""
    values = {"facts": portrait.to_json(), "taken_at": now}
    asked = sa.case((SegmentPortrait.asked_at > now, SegmentPortrait.asked_at))
    made = upsert.insert(session, SegmentPortrait).values(segment_id=segment_id, **values)
    session.execute(made.on_conflict_do_update(index_elements=["segment_id"], set_={**values, "asked_at": asked}))


def keep_shop(session: Session, portrait: Portrait, *, now: datetime) -> None:
    values = {"facts": portrait.to_json(), "taken_at": now}
    made = upsert.insert(session, ShopPortrait).values(id=1, **values)
    session.execute(made.on_conflict_do_update(index_elements=["id"], set_=values))


def _portrait(session: Session, whose: Whose, size: int, now: datetime) -> Portrait:
    frame = Frame.at(session, now)
    bought = buying.look(session, whose, frame.today)
    bills = people.baskets(session, buying.within_year(whose, frame.today))
    return Portrait(members=size, **people.look(session, whose, frame), **bills, **bought)
