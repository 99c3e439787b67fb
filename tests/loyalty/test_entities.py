"""Rows read at the driver's price are the session's own objects: one for each row, written, forgotten, as it is."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from loyalty import entities
from loyalty.db import Document, Instant

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)


class Own(DeclarativeBase):
    """A registry of our own: the product's tables know nothing of it."""


class Thing(Own):
    __tablename__ = "entity_thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    at: Mapped[datetime | None] = mapped_column(Instant())
    data: Mapped[dict[str, Any]] = mapped_column(Document)


ALL = sa.select(Thing).order_by(Thing.id)
NAMED = sa.select(Thing).where(Thing.name == sa.bindparam("of_name"))
NAMES = sa.text("SELECT name FROM entity_thing ORDER BY id")


@pytest.fixture
def things(session: Session) -> Session:
    Own.metadata.create_all(session.connection())
    rows = [
        {"id": number, "name": name, "at": NOON, "data": {"ạ": [number]}} for number, name in ((1, "trà"), (2, "b"))
    ]
    session.execute(sa.insert(Thing), rows)
    return session


def rename_behind(session: Session, to: str) -> None:
    session.execute(sa.text(f"UPDATE entity_thing SET name = '{to}' WHERE id = 1"))


def test_a_row_is_the_object_sqlalchemy_would_have_made(things: Session) -> None:
    read = entities.first(things, NAMED, {"of_name": "trà"})

    assert read is not None and (read.id, read.name, read.at, read.data) == (1, "trà", NOON, {"ạ": [1]})
    assert things.get(Thing, 1) is read
    assert things.scalars(ALL).first() is read
    assert read not in things.dirty and not sa.inspect(read).modified


def test_one_row_is_one_object_however_it_is_read(things: Session) -> None:
    known = things.get_one(Thing, 2)

    assert entities.every(things, ALL, {})[1] is known
    assert entities.get(things, Thing, 2) is known
    assert entities.get(things, Thing, 3) is None
    with pytest.raises(AssertionError, match="no Thing 3"):
        entities.get_one(things, Thing, 3)


def test_what_is_changed_is_written_before_the_next_look_and_by_flush(things: Session) -> None:
    first = entities.get_one(things, Thing, 1)
    first.name = "cà phê"

    assert entities.first(things, NAMED, {"of_name": "cà phê"}) is first
    assert things.scalars(NAMES).all() == ["cà phê", "b"]


def test_a_known_object_stays_as_it_is_unless_a_fresh_look_is_wanted(things: Session) -> None:
    known = entities.get_one(things, Thing, 1)
    rename_behind(things, "matcha")

    assert [entities.get_one(things, Thing, 1).name, entities.every(things, ALL, {})[0].name] == ["trà", "trà"]
    assert entities.every(things, ALL, {}, fresh=True)[0] is known
    assert known.name == "matcha"


def test_an_expired_object_is_read_anew(things: Session) -> None:
    known = entities.get_one(things, Thing, 1)
    rename_behind(things, "matcha")
    things.expire(known)

    assert entities.get_one(things, Thing, 1).name == "matcha"


def test_what_is_put_is_there_at_once_and_the_rest_waits_for_flush(things: Session) -> None:
    known = entities.get_one(things, Thing, 1)
    known.data = {"b": 1}

    entities.put(things, known, name="matcha", at=LATER)

    assert things.connection().execute(NAMES).scalars().all() == ["matcha", "b"]
    assert (known.name, known.at) == ("matcha", LATER)
    assert sa.inspect(known).modified, "the other change waits"
    things.flush()
    things.refresh(known)
    assert (known.name, known.at, known.data) == ("matcha", LATER, {"b": 1})


def test_a_savepoint_that_is_rolled_back_takes_what_was_put_with_it(things: Session) -> None:
    known = entities.get_one(things, Thing, 1)

    attempt = things.begin_nested()
    entities.put(things, known, name="matcha")
    attempt.rollback()

    assert known.name == "trà"
