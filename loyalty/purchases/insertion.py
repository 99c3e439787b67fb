"""Writing one row on a hot path: the statement is built once per process, the object costs no flush."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached
from sqlalchemy.orm.attributes import manager_of_class

Model = TypeVar("Model", bound=DeclarativeBase)


def once(model: type[DeclarativeBase], *keys: str) -> Mapping[str, Insert]:
    """By dialect: insert one row and return its id, or nothing when a unique key (one of `keys`, if named) is taken."""
    table = model.metadata.tables[model.__tablename__]
    index: dict[str, Any] = {"index_elements": keys} if keys else {}
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(**index).returning(table.c.id),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(**index).returning(table.c.id),
    }


def detached(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The object of a row just written, as one that was loaded and then left its session.

    The constructor would track every attribute as a change, which costs as much as an INSERT.
    """
    found: Model = manager_of_class(model).new_instance()
    found.__dict__.update(values)
    make_transient_to_detached(found)
    return found
