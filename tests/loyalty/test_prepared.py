"""Statements compiled once: the same values and rows as SQLAlchemy's own way, and the same refusals."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import many, prepared
from loyalty.db import Document, Instant

THINGS = sa.Table(
    "thing",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, unique=True),
    sa.Column("at", Instant),
    sa.Column("day", sa.Date),
    sa.Column("is_new", sa.Boolean),
    sa.Column("data", Document),
    sa.Column("cell", sa.LargeBinary),
)
ROW: dict[str, Any] = {
    "name": "trà",
    "at": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    "day": date(2026, 11, 22),
    "is_new": True,
    "data": {"a": ["ạ", 1, None]},
    "cell": b"\x00\xff",
}
ADD = sa.insert(THINGS).returning(THINGS.c.id)
PLAIN = sa.insert(THINGS)
ALL = sa.select(THINGS).order_by(THINGS.c.id)
NAMED = ALL.where(prepared.among(THINGS.c.name, "name", 2))
NEW = sa.select(THINGS.c.name, sa.literal("x").label("mark")).where(THINGS.c.is_new == sa.bindparam("wanted"))
RENAME = sa.update(THINGS).where(THINGS.c.name == sa.bindparam("of_name")).values(name=sa.bindparam("to"))


@pytest.fixture
def connection(session: Session) -> sa.Connection:
    found = session.connection()
    THINGS.create(found)
    return found


def test_values_go_in_and_come_back_as_python_has_them(connection: sa.Connection) -> None:
    made = prepared.one(connection, ADD, ROW)
    prepared.run(connection, PLAIN, dict.fromkeys(ROW))

    first, empty = prepared.rows(connection, ALL, {})

    assert first._asdict() == {"id": made.id, **ROW}
    assert empty._asdict() == {"id": made.id + 1, **dict.fromkeys(ROW)}
    assert first == tuple(connection.execute(ALL).first() or ())


def test_the_values_a_statement_has_already_are_kept_and_a_list_has_one_for_each(connection: sa.Connection) -> None:
    many.execute(connection, PLAIN, [{**ROW, "name": name, "is_new": name != "b"} for name in "abc"])

    assert [tuple(row) for row in prepared.rows(connection, NEW, {"wanted": True})] == [("a", "x"), ("c", "x")]
    found = prepared.rows(connection, NAMED, prepared.listed("name", ["a", "b"]))
    assert [row.name for row in found] == ["a", "b"]
    prepared.run(connection, RENAME, {"of_name": "a", "to": "z"})
    assert prepared.one(connection, NAMED, prepared.listed("name", ["a", "q"])) is None


def test_a_naive_instant_and_a_missing_value_are_refused(connection: sa.Connection) -> None:
    with pytest.raises(ValueError, match="time zone"):
        prepared.run(connection, PLAIN, {**ROW, "at": datetime(2026, 11, 22)})  # noqa: DTZ001  # the point of it
    with pytest.raises(AssertionError, match="wanted"):
        prepared.rows(connection, NEW, {})


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_refusal_is_sqlalchemys_and_the_transaction_goes_on_after_its_savepoint(
    connection: sa.Connection, at_once: int
) -> None:
    prepared.run(connection, PLAIN, ROW)

    with pytest.raises(IntegrityError), connection.begin_nested():
        if at_once == 1:
            prepared.run(connection, PLAIN, ROW)
        else:
            many.execute(connection, PLAIN, [dict(ROW), dict(ROW)])

    assert len(prepared.rows(connection, ALL, {})) == 1


def test_who_listens_to_statements_hears_of_them(connection: sa.Connection) -> None:
    heard: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *given: heard.append(given[2]))

    prepared.run(connection, PLAIN, ROW)
    many.execute(connection, PLAIN, [{**ROW, "name": "cà phê"}])

    assert len(heard) == 2
    assert all(text.startswith("INSERT INTO thing") for text in heard)
