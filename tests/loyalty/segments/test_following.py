"""Segments follow the timeline: looked at outside of what writes, one segment in a transaction, by whoever is first."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from jobs import segments as jobs
from jobs.registry import Context
from loyalty.customers.models import Customer, CustomerStats
from loyalty.db import Database
from loyalty.segments import following, saved, settling, verify
from loyalty.segments.models import Segment, SegmentMember, SegmentWatch
from loyalty.segments.rules import Frame
from loyalty.segments.whose import among, everybody
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.builders_points import award


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {}, clock=lambda: NOON)


def follow(context: Context) -> None:
    while jobs.follow_segments(context):
        pass


def make_segments(database: Database, count: int) -> list[int]:
    """`count` segments: who bought once or more, twice or more, …"""
    with database.transaction() as session:
        wanted = [{"field": "orders", "op": ">=", "value": number + 1} for number in range(count)]
        return [saved.create(session, f"S{number}", each, now=NOON).id for number, each in enumerate(wanted)]


def buy(database: Database, customer_id: int, times: int) -> None:
    with database.transaction() as session:
        for number in range(times):
            award(session, session.get_one(Customer, customer_id), 200_000, key=f"b{customer_id}-{number}")


def members(database: Database, segment_id: int) -> set[int]:
    with database.read_only() as session:
        return set(session.scalars(select(SegmentMember.customer_id).filter_by(segment_id=segment_id)))


@contextmanager
def committed(database: Database) -> Iterator[list[list[str]]]:
    """The statements of each transaction that wrote something and was committed."""
    found: list[list[str]] = []
    open_ones: dict[int, list[str]] = {}

    def hear(connection: sa.Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        open_ones.setdefault(id(connection), []).append(statement)

    def keep(connection: sa.Connection) -> None:
        found.append(open_ones.pop(id(connection), []))

    def drop(connection: sa.Connection) -> None:
        open_ones.pop(id(connection), None)

    heard = (("before_cursor_execute", hear), ("commit", keep), ("rollback", drop))
    for name, function in heard:
        event.listen(database.engine, name, function)
    yield found
    for name, function in heard:
        event.remove(database.engine, name, function)


def test_a_transaction_that_writes_asks_no_segment_and_writes_one(database: Database, context: Context) -> None:
    segments = make_segments(database, 12)
    with database.transaction() as session:
        person = make_person(session).id
    follow(context)
    buy(database, person, 10)
    with committed(database) as transactions:
        follow(context)
    assert [members(database, each) for each in segments] == [{person}] * 10 + [set()] * 2
    assert sum(any("INSERT INTO segment_change" in each for each in part) for part in transactions) >= 10
    for statements in transactions:
        assert sum("INSERT INTO segment_change" in each for each in statements) <= 1
        read = [each for each in statements if each.startswith("SELECT") and "erased_at \n" not in each]
        assert not [each for each in read if "FROM customer_stats" in each or "purchase" in each]
    with database.read_only() as session:
        assert list(verify.problems(session)) == []


def test_of_two_who_looked_one_writes(database: Database, context: Context) -> None:
    [segment] = make_segments(database, 1)
    with database.transaction() as session:
        person = make_person(session).id
    follow(context)
    buy(database, person, 1)
    with database.read_only() as session:
        found = session.get_one(Segment, segment)
        moves = settling.look(session, found, Frame.at(session, NOON), among([person]))
    assert [(move.customer_id, move.enters) for move in moves] == [(person, True)]
    follow(context)
    with database.transaction() as session:
        assert not settling.claim(session, segment, found.revision)
    assert members(database, segment) == {person}


def test_killed_between_two_segments_the_next_round_goes_on(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = make_segments(database, 3)
    with database.transaction() as session:
        person = make_person(session).id
    follow(context)
    buy(database, person, 3)
    write, written = settling.write, []

    def die_at_the_second(session: Any, segment_id: int, *rest: Any, **named: Any) -> settling.Counts:
        written.append(segment_id)
        if len(written) == 2:
            raise KeyboardInterrupt
        return write(session, segment_id, *rest, **named)

    monkeypatch.setattr(settling, "write", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.follow_segments(context)
    monkeypatch.setattr(settling, "write", write)
    with database.read_only() as session:
        position = session.scalar(select(SegmentWatch.position)) or 0
        followed = session.scalars(select(Segment.followed).where(Segment.id.in_(segments)).order_by(Segment.id)).all()
        assert [each == position for each in followed] == [each == written[0] for each in segments]
    follow(context)
    assert [members(database, each) for each in segments] == [{person}] * 3
    with database.read_only() as session:
        assert list(verify.problems(session)) == []


def test_many_who_enter_at_once_are_written_in_short_parts(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "WRITTEN", 2)
    monkeypatch.setattr(following, "ALONE", 2)
    with database.transaction() as session:
        people = {make_person(session, orders=1).id for _ in range(5)}
        assert session.scalar(select(sa.func.count()).select_from(CustomerStats)) == 5
    [segment] = make_segments(database, 1)
    with committed(database) as transactions:
        follow(context)
    assert members(database, segment) == people
    parts = [part for part in transactions if any("INSERT INTO segment_member" in each for each in part)]
    assert len(parts) >= 3


def test_however_many_move_a_statement_has_few_values(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL is sent a list as one value")
    [segment_id] = make_segments(database, 1)
    with database.transaction() as session:
        for number in range(60):
            make_person(session, f"P{number}", orders=1)
        segment, raw = session.get_one(Segment, segment_id), session.connection().connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        before = raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 50)
        try:
            segment.due = "nightly"
            moves = settling.look(session, segment, Frame.at(session, NOON), everybody)
        finally:
            raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    assert len(moves) == 60


def test_a_look_at_the_whole_shop_that_takes_too_long_is_made_in_parts(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looked = settling.look, list[bool]()

    def slow(session: Session, segment: Segment, frame: Any, whose: Any) -> Any:
        looked.append(whose is everybody)
        if whose is everybody:
            session.execute(sa.text("SELECT pg_sleep(30)"))
        return look(session, segment, frame, whose)

    with database.transaction() as session:
        people = {make_person(session, orders=1).id for _ in range(5)}
    [segment] = make_segments(database, 1)
    monkeypatch.setattr(settling, "look", slow)
    follow(context)
    assert members(database, segment) == people
    assert looked[:2] == [not database.is_sqlite, False]
