"""What a night would have made of the demo: habits, hours, quintiles, thresholds, who is in which segment; a list."""

from collections import Counter
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.purchases import hours
from loyalty.purchases.models import ShopHour
from loyalty.segments import cycles, following, lists, log, rfm, saved, thresholds
from loyalty.segments.models import RfmBound, Segment, SegmentWatch, Threshold, ThresholdChange

LIST, LIST_NAME = "demo-segment-list", "Khách mời khai trương"
GUESTS = 6
EVERYBODY = 1_000  # the demo's people, and more than it has
TOGETHER = 40  # customers whose bills are read in one transaction


def settle(database: Database, *, now: datetime) -> None:
    """Make all of it where nothing was learned yet, in short transactions."""
    with database.read_only() as session:
        if session.scalar(select(Threshold.code).limit(1)) is not None:
            return
    with database.transaction() as session:
        log.ensure(session, now=now)
        _invite(session, now)
    _learn(database, now)
    while following.step(database, 0, now=now):
        continue


def is_ours(segment: type[Segment]) -> sa.ColumnElement[bool]:
    """The segments that go with the demo: the list, and the five, which any shop makes anew."""
    return sa.or_(segment.public_id == LIST, segment.kind == "five")


def forget(session: Session) -> None:
    """What was learned of people who are gone; numbers the owner set stay."""
    for model in (SegmentWatch, RfmBound, ShopHour):
        session.execute(sa.delete(model))
    session.execute(sa.update(Segment).values(followed=None))
    session.execute(sa.delete(Threshold).where(Threshold.chosen.is_(None)))
    if session.scalar(select(Threshold.code).limit(1)) is None:
        session.execute(sa.delete(ThresholdChange))


def _invite(session: Session, now: datetime) -> None:
    if session.scalar(select(Segment.id).filter_by(public_id=LIST)) is not None:
        return
    made = lists.create(session, LIST_NAME, now=now)
    made.public_id, made.rules = LIST, {"field": "list", "op": "=", "value": LIST}
    session.flush()
    guests = select(Customer.id).where(Customer.demo, Customer.phone_key.is_not(None)).order_by(Customer.id)
    lists.put(session, made, session.scalars(guests.limit(GUESTS)).all(), adds=True, by="demo", now=now)


def _learn(database: Database, now: datetime) -> None:
    while True:
        with database.transaction() as session:
            if not (stale := cycles.list_stale(session, limit=TOGETHER)):
                break
            cycles.keep(session, stale)
    _learn_hours(database, now)
    with database.transaction() as session:
        kept = rfm.take_bounds(session, shop.of(session).day(now))
        rfm.rescore(session, kept, rfm.list_differing(session, kept))
        thresholds.learn_all(session, now=now)
    with database.transaction() as session:
        saved.recount_shop(session)
        for segment in session.scalars(select(Segment).where(Segment.removed_at.is_(None))).all():
            saved.recount(session, segment, now=now)


def _learn_hours(database: Database, now: datetime) -> None:
    """Everybody fits into one look."""
    with database.read_only() as session:
        found, last = hours.tally(session, after_id=0, limit=EVERYBODY, now=now)
    with database.transaction() as session:
        hours.keep_shop(session, sum(map(Counter, found.values()), Counter[int]()))
        hours.keep(session, hours.compare(session, found, after_id=0, until_id=last or 0))
