"""Tiers from before their history was kept: what the timeline tells of them, and what it does not."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from loyalty.db import Database
from loyalty.installation import schema
from loyalty.points.tiers import manual
from loyalty.points.tiers.manual import Setting
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, problems, set_totals, undo

BEFORE = "0016"
STEPS = sa.text(
    "SELECT customer_id, from_tier, to_tier, reason, purchase_id FROM tier_history ORDER BY customer_id, id"
)


def steps(database: Database) -> Sequence[tuple[object, ...]]:
    with database.read_only() as session:
        return [tuple(row) for row in session.execute(STEPS)]


def test_the_history_begins_with_what_the_timeline_tells(database: Database) -> None:
    with database.transaction() as session:
        lan, minh, hoa, _an = (make_customer(session) for _ in range(4))
        risen = award(session, lan, 2_000_000).purchase.id
        made = award(session, minh, 10_000_000)
        undo(session, made)
        set_totals(session, hoa, tier="gold")  # no bill explains it

    schema.downgrade(database, BEFORE)
    schema.upgrade(database)

    assert steps(database) == [
        (lan.id, "member", "silver", "rise", risen),
        (minh.id, "member", "gold", "rise", made.purchase.id),
        (minh.id, "gold", "member", "undo", made.purchase.id),
        (hoa.id, "member", "gold", "kept", None),
    ]
    with database.transaction() as session:
        award(session, hoa, 10_000)
        assert problems(session) == []


def test_many_people_and_a_timeline_that_does_not_add_up(database: Database) -> None:
    with database.transaction() as session:
        people = [make_customer(session) for _ in range(30)]
        for each in people:
            award(session, each, 2_000_000)
        session.execute(sa.text("DELETE FROM activity WHERE kind = 'tier' AND customer_id = :id"), {"id": people[0].id})

    schema.downgrade(database, BEFORE)
    schema.upgrade(database)

    assert [row[3] for row in steps(database)] == ["kept", *["rise"] * 29]
    with database.read_only() as session:
        assert problems(session) == []


def test_there_is_no_way_down_while_a_hand_holds_a_tier(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session)
        setting = Setting("gold", NOON.date() + timedelta(days=5), "khách thân")
        manual.set_tier(session, lan.id, setting, actor="cli", key="k", now=NOON)

    with pytest.raises(RuntimeError, match="held by hand"):
        schema.downgrade(database, BEFORE)
    with database.transaction() as session:
        manual.end(session, lan.id, actor="cli", now=NOON)
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)

    assert steps(database) == []
