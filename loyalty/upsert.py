"""The INSERT that knows ON CONFLICT, in the words of either engine."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.dml import ReturningInsert

from loyalty.db import is_sqlite

Made = TypeVar("Made")
Row = TypeVar("Row", bound=DeclarativeBase)


def insert(session: Session, model: type[DeclarativeBase]) -> postgresql.Insert | sqlite.Insert:
    """Both engines spell `on_conflict_do_nothing`, `on_conflict_do_update` and `returning` alike from here on."""
    return sqlite.insert(model) if is_sqlite(session) else postgresql.insert(model)


def new(session: Session, model: type[Row], values: Mapping[str, Any]) -> Row | None:
    """The row, just made; None where its `public_id` is taken: the same key made it before."""
    statement = insert(session, model).values(values).on_conflict_do_nothing(index_elements=["public_id"])
    return session.scalar(statement.returning(model))


def each(model: type[DeclarativeBase], finish: Callable[[Any], Made]) -> Mapping[str, Made]:
    """By dialect, made once for a busy path: what `finish` makes of the engine's INSERT."""
    table = model.metadata.tables[model.__tablename__]
    return {"sqlite": finish(sqlite.insert(table)), "postgresql": finish(postgresql.insert(table))}


def once(model: type[DeclarativeBase], *keys: str) -> Mapping[str, ReturningInsert[int]]:
    """Insert one row and return its id, or nothing when a unique key (one of `keys`, if named) is taken."""
    index: dict[str, Any] = {"index_elements": keys} if keys else {}
    row_id = model.metadata.tables[model.__tablename__].c.id
    return each(model, lambda insert: insert.on_conflict_do_nothing(**index).returning(row_id))
