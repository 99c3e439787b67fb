"""Segments of before are kept up and down; lists and ready ones are put away on the way down."""

import sqlalchemy as sa
from sqlalchemy import select

from loyalty.db import Database
from loyalty.installation import schema
from loyalty.segments import following, lists, log, saved
from loyalty.segments.models import Segment
from tests.builders import NOON
from tests.builders_campaigns import make_person

BEFORE = "0027"


def settle(database: Database) -> None:
    while following.step(database, 10**9, now=NOON):
        pass


def test_segments_go_down_and_up_again_and_are_filled_anew(database: Database) -> None:
    with database.transaction() as session:
        log.ensure(session, now=NOON)
        made = saved.create(session, "Tất cả", {"all": []}, now=NOON).id
        listed = lists.create(session, "Khách mời", now=NOON)
        lists.put(session, listed, [make_person(session).id], adds=True, by="test", now=NOON)
    settle(database)
    with database.read_only() as session:
        assert len(log.changes_since(session, session.get_one(Segment, made), 0)) == 1
    schema.downgrade(database, BEFORE)
    with database.read_only() as session:
        query = sa.text("SELECT name FROM segment WHERE removed_at IS NULL")
        assert session.scalars(query).all() == ["Tất cả"]
    schema.upgrade(database)
    with database.transaction() as session:
        log.ensure(session, now=NOON)
        assert session.scalar(select(Segment.due).where(Segment.id == made)) == "start"
    settle(database)
    with database.read_only() as session:
        assert [row.cause for row in log.changes_since(session, session.get_one(Segment, made), 0)] == ["start"]
