"""Rows as the models' objects, at nearly the driver's own price: for the busiest paths, beside `prepared`.

The objects are the session's like any other: each row is one object, its changes are written by `flush`, and a
rollback forgets them. What the session changed and has not written yet is written before anything is read. A statement
is one `select(Model)`, kept in its module.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import Select, Table, Update, bindparam, inspect, select, update
from sqlalchemy.orm import Mapper, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, manager_of_class, set_committed_value

from loyalty import prepared

Entity = TypeVar("Entity")


def first(
    session: Session, statement: Select[Entity], values: Mapping[str, Any], *, fresh: bool = False
) -> Entity | None:
    """The first row's object, None when there is none; `fresh`: as the row is now, whatever the session knew of it."""
    found = every(session, statement, values, fresh=fresh)
    return found[0] if found else None


def every(
    session: Session, statement: Select[Entity], values: Mapping[str, Any], *, fresh: bool = False
) -> Sequence[Entity]:
    """The objects of all rows, in their order."""
    session.flush()
    shape, found = _shape(statement), prepared.rows(session.connection(), statement, values)
    return [shape.object(session, row, is_fresh=fresh) for row in found]


def get(session: Session, model: type[Entity], key: int) -> Entity | None:
    """The object of this id, read where the session has it not."""
    mapper: Mapper[Any] = inspect(model)
    known = session.identity_map.get(mapper.identity_key_from_primary_key((key,)))
    if known is not None and not instance_state(known).expired:
        assert isinstance(known, model)
        return known
    return first(session, _by_key(mapper), {"key": key})


def get_one(session: Session, model: type[Entity], key: int) -> Entity:
    """`get` of what is there for certain."""
    found = get(session, model, key)
    assert found is not None, f"no {model.__name__} {key}"
    return found


def put(session: Session, entity: Any, **values: Any) -> None:
    """Change one object, now: what `flush` would write.

    In a savepoint it is left to `flush`, for a rollback to it restores only what that has written.
    """
    if session.in_nested_transaction():
        for name, value in values.items():
            setattr(entity, name, value)
        session.flush()
        return
    mapper: Mapper[Any] = inspect(type(entity))
    (key,) = mapper.primary_key_from_instance(entity)
    prepared.run(session.connection(), _update(mapper, tuple(values)), {"key": key, **values})
    for name, value in values.items():
        set_committed_value(entity, name, value)


def detached(model: type[Entity], values: Mapping[str, Any]) -> Entity:
    """The object of a row just written, as one that was loaded and then left its session.

    The constructor would track every attribute as a change, which costs as much as an INSERT.
    """
    found: Entity = manager_of_class(model).new_instance()
    found.__dict__.update(values)
    make_transient_to_detached(found)
    return found


class Shape:
    """How a row of a statement becomes an object of its model."""

    def __init__(self, statement: Select[Any]) -> None:
        self.mapper: Mapper[Any] = inspect(statement.column_descriptions[0]["entity"])
        columns = list(statement.exported_columns)
        self.names = [self.mapper.get_property_by_column(column).key for column in columns]
        self.key = [self.names.index(self.mapper.get_property_by_column(each).key) for each in self.mapper.primary_key]

    def object(self, session: Session, row: Sequence[Any], *, is_fresh: bool) -> Any:
        key = self.mapper.identity_key_from_primary_key(tuple(row[place] for place in self.key))
        known = session.identity_map.get(key)
        if known is None:
            return self._make(session, row)
        if is_fresh or instance_state(known).expired_attributes:
            for name, value in zip(self.names, row, strict=True):
                set_committed_value(known, name, value)
        return known

    def _make(self, session: Session, row: Sequence[Any]) -> Any:
        made = detached(self.mapper.class_, dict(zip(self.names, row, strict=True)))
        session.add(made)
        return made


@lru_cache(maxsize=prepared.PLANS)
def _shape(statement: Select[Any]) -> Shape:
    return Shape(statement)


@lru_cache(maxsize=prepared.PLANS)
def _update(mapper: Mapper[Any], names: tuple[str, ...]) -> Update:
    table, (key,) = mapper.local_table, mapper.primary_key
    assert isinstance(table, Table)
    columns = {name: mapper.columns[name] for name in names}
    given = {column: bindparam(name, type_=column.type) for name, column in columns.items()}
    return update(table).where(key == bindparam("key", type_=key.type)).values(given)


@cache
def _by_key(mapper: Mapper[Any]) -> Select[Any]:
    (key,) = mapper.primary_key
    return select(mapper.class_).where(key == bindparam("key", type_=key.type))
