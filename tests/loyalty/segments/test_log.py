"""Who entered and left: by each happening, whole by night, agreeing; a broken row is repaired and counted."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from jobs import segments as jobs
from jobs.registry import Context
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.privacy import erasing
from loyalty.segments import lists, log, ready, saved, verify
from loyalty.segments.models import ListMember, Segment, SegmentChange, SegmentMember, SegmentWatch
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_person, stats_of
from tests.builders_customers import make_customer
from tests.builders_points import award

BOUGHT = {"all": [{"field": "orders", "op": ">=", "value": 2}]}


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {}, clock=lambda: NOON)


def follow(context: Context) -> None:
    """Round after round until there is nothing to do."""
    while jobs.follow_segments(context):
        pass


def told(database: Database, segment_id: int) -> list[tuple[int, bool, str]]:
    with database.read_only() as session:
        found = log.changes_since(session, session.get_one(Segment, segment_id), 0)
        return [(change.customer_id, change.entered, change.cause) for change in found]


def test_a_purchase_lets_in_and_an_undone_one_out(database: Database, context: Context) -> None:
    with database.transaction() as session:
        lan, hoa = make_customer(session), make_person(session, orders=3)
        segment = saved.create(session, "Mua hai lần", BOUGHT, now=NOON).id
    follow(context)
    assert told(database, segment) == [(hoa.id, True, "start")]
    with database.transaction() as session:
        for number in (1, 2):
            award(session, session.get_one(Customer, lan.id), 200_000, key=f"p{number}")
    follow(context)
    assert told(database, segment)[1:] == [(lan.id, True, "purchase")]
    with database.transaction() as session:
        erasing.erase(session, lan.id, by="customer", now=NOON)
    follow(context)
    assert told(database, segment)[2:] == [(lan.id, False, "erased")]
    with database.read_only() as session:
        assert list(verify.problems(session)) == []
        assert [each.code for each in ready.list_all(session)] == ["vip", "prospect", "repeat", "promo", "inactive"]


def test_the_night_finds_what_a_day_changed_and_repairs_a_broken_row(database: Database, context: Context) -> None:
    with database.transaction() as session:
        people = [make_person(session, orders=number).id for number in range(1, 6)]
        segment = saved.create(session, "Mua hai lần", BOUGHT, now=NOON).id
    follow(context)
    with database.transaction() as session:
        for broken, orders in ((people[0], 9), (people[1], 0)):  # behind the timeline's back: as a day that passes
            stats_of(session, session.get_one(Customer, broken)).orders = orders
        theirs = (SegmentMember.segment_id == segment, SegmentMember.customer_id == people[4])
        session.execute(sa.delete(SegmentMember).where(*theirs))
    with database.read_only() as session:
        assert list(verify.problems(session)) == [
            f"segment {segment}: customer {people[4]} last entered, the members say otherwise"
        ]
    jobs.learn_segments(context, NOON)
    follow(context)
    assert told(database, segment)[4:] == [(people[1], False, "nightly"), (people[0], True, "nightly")]
    with database.read_only() as session:
        watch = session.get_one(SegmentWatch, 1)
        assert watch.repaired == 1 and watch.refreshed_at == NOON
        inside = session.scalars(select(SegmentMember.customer_id).where(SegmentMember.segment_id == segment))
        assert set(inside) == {people[0], people[2], people[3], people[4]}
        assert list(verify.problems(session)) == []
    before = told(database, segment)
    jobs.learn_segments(context, NOON)
    follow(context)
    assert told(database, segment) == before


def test_new_rules_are_no_move_of_a_person_and_the_log_is_only_added_to(database: Database, context: Context) -> None:
    with database.transaction() as session:
        one, two = (make_person(session, orders=orders).id for orders in (1, 2))
        made = saved.create(session, "Mua hai lần", BOUGHT, now=NOON)
        segment = made.id
    follow(context)
    with database.transaction() as session:
        saved.change(
            session, session.get_one(Segment, segment), wanted={"field": "orders", "op": "=", "value": 1}, now=NOON
        )
    follow(context)
    assert told(database, segment)[1:] == [(two, False, "rules"), (one, True, "rules")]
    with database.read_only() as session:
        found = session.get_one(Segment, segment)
        cursor = log.changes_since(session, found, 0, limit=1)[0].id
        assert [change.customer_id for change in log.changes_since(session, found, cursor)] == [two, one]
        assert log.end_of(session, found) == log.changes_since(session, found, cursor)[-1].id
        assert [(change.entered, of.id) for change, of in log.history_of(session, one)] == [(True, segment)]
        assert [of.name for of, _ in log.of_customer(session, one) if of.id == segment] == ["Mua hai lần"]
    for statement in ("UPDATE segment_change SET entered = NOT entered", "DELETE FROM segment_change"):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(sa.text(statement))


ROWS: list[list[Any]] = [
    ["Tên", "Điện thoại"],
    ["Lan", "0912 345 678"],
    ["Lan", "+84912345678"],
    ["", ""],
    ["Ai đó", "0987654321"],
    ["x", "12"],
    ["Hoa", "912345679"],
]


def test_a_list_is_looked_at_applied_and_undone_and_keeps_no_phone(database: Database, context: Context) -> None:
    with database.transaction() as session:
        lan, hoa, minh = (make_person(session, phone=phone) for phone in ("+84912345678", "+84912345679", None))
        vips = lists.create(session, "Khách mời", key="a", now=NOON)
        assert lists.create(session, "Khách mời", key="a", now=NOON) is vips
        matched = lists.match(session, [*ROWS, [minh.public_id]])
        assert matched.customer_ids == [lan.id, hoa.id, minh.id]
        assert (matched.rows, matched.missed) == (6, [(5, "nobody"), (6, "unclear")])
        lists.put(session, vips, [hoa.id], adds=True, by="staff:a", now=NOON)
        change = lists.propose(session, vips, matched, adds=True, by="staff:a", now=NOON)
        assert vips.size == 1
        assert lists.apply(session, vips, change, now=NOON) == 2
        assert (vips.size, change.missed) == (3, [[5, "nobody"], [6, "unclear"]])
        with pytest.raises(lists.ListChangeDone):
            lists.apply(session, vips, change, now=NOON)
        gone = lists.put(session, vips, [lan.id], adds=False, by="staff:a", now=NOON)
        assert lists.undo(session, vips, change, now=NOON) == 1  # Lan went since, Hoa was there before
        assert vips.size == 1
        assert lists.undo(session, vips, gone, now=NOON) == 1
        for each in (lan, hoa):
            erasing.erase(session, each.id, by="customer", now=NOON)
        old = lists.propose(session, vips, matched, adds=False, by="staff:a", now=NOON - timedelta(days=2))
        lists.forget_previews(session, now=NOON)
        with pytest.raises(lists.ListChangeNotFound):
            lists.get_change(session, vips, old.public_id)
        with pytest.raises(lists.NotAList):
            lists.propose(session, saved.create(session, "x", BOUGHT, now=NOON), matched, adds=True, by="s", now=NOON)
        with pytest.raises(saved.SegmentFixed):
            saved.change(session, vips, wanted={"all": []}, now=NOON)
    follow(context)
    with database.read_only() as session:
        causes = {change.cause for change in session.scalars(select(SegmentChange).filter_by(segment_id=vips.id))}
        assert causes == {"list", "erased"}
        assert session.scalar(select(sa.func.count()).select_from(ListMember)) == 0
        assert list(verify.problems(session)) == []
