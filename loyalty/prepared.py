"""Statements of the busiest paths, compiled once per process and dialect, at nearly the driver's own price.

SQLAlchemy works out anew, for each execution, which compiled form a statement has, what each value goes through and
what each column is called: that takes several times what SQLite takes to write a row. Statements are kept in their
modules: made for one call, they would only fill the cache. No parameter stands for a list: there is one for each value
(`among`), and a statement for each length.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Delete, Insert, Select, Update, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningInsert

PLANS = 256
REMEMBERED = 4096  # values of one column: instants and days, of which a batch has few

Statement = Insert | Update | Delete | Select[Any] | ReturningInsert[Any]
Process = Callable[[Any], Any]


class Plan:
    """A statement in the words of one dialect, and what its parameters and the values of its rows go through."""

    def __init__(self, statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> None:
        bare = statement.inline() if isinstance(statement, Insert) else statement  # else ids would be asked for
        compiled: Any = bare.compile(dialect=dialect, column_keys=list(names))
        binds = compiled.binds
        missing = [name for name, bind in binds.items() if bind.required and name not in names]
        assert not missing, f"no value for {', '.join(missing)}"
        assert not compiled.post_compile_params | compiled.literal_execute_params, "not all of it is written yet"
        self.text = str(compiled)
        self.fixed = {name: bind.effective_value for name, bind in binds.items() if name not in names}
        order: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self.is_positional = order is not None
        self.steps = [(name, process_of(binds[name].type, dialect)) for name in order or binds]
        columns = list(statement.exported_columns)
        self.read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        names_of_columns = [column.name for column in columns]
        row: Any = namedtuple("Row", names_of_columns, rename=True)  # type: ignore[misc]  # a query knows its own
        self.make = row._make

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        if self.is_positional:
            return [given[name] if step is None else step(given[name]) for name, step in self.steps]
        return {name: given[name] if step is None else step(given[name]) for name, step in self.steps}

    def row(self, found: Sequence[Any]) -> Any:
        """A row with the names of its columns, its values as Python has them."""
        return self.make([value if step is None else step(value) for value, step in zip(found, self.read, strict=True)])


def among(column: ColumnElement[Any], name: str, count: int) -> ColumnElement[bool]:
    """Whether a column has one of `count` values, which `listed` names."""
    return column.in_([bindparam(f"{name}{place}", type_=column.type) for place in range(count)])


def listed(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """The parameters of `among`."""
    return {f"{name}{place}": value for place, value in enumerate(values)}


def run(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> None:
    """Run a statement that returns nothing; defaults the models have in Python are not filled in."""
    plan = _plan(statement, connection.dialect, tuple(values))
    send(connection, plan.text, plan.parameters(values))


def one(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> Any:
    """The first row, a named tuple; None when there is none."""
    found = rows(connection, statement, values)
    return found[0] if found else None


def rows(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
    """The rows, named tuples."""
    plan = _plan(statement, connection.dialect, tuple(values))
    return [plan.row(found) for found in send(connection, plan.text, plan.parameters(values), returns=True)]


def send(
    connection: Connection, text: str, parameters: Any = (), *, returns: bool = False, many: bool = False
) -> Sequence[Any]:
    """Let the driver run `text`, and return the rows it has when it `returns` any; `many`: once for each of a list.

    What it refuses is raised as SQLAlchemy would, and who listens to statements hears of this one.
    """
    cursor = connection.connection.cursor()
    try:
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, cursor, text, parameters, None, many)
        (cursor.executemany if many else cursor.execute)(text, parameters)
        return cursor.fetchall() if returns else ()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _refusal(connection, text, parameters, error, many) from error
    finally:
        cursor.close()


def _refusal(connection: Connection, text: str, parameters: Any, error: Any, many: bool) -> Exception:
    """The driver's error in SQLAlchemy's family; a connection that broke is used by nobody any more."""
    dialect: Any = connection.dialect
    if broken := dialect.is_disconnect(error, connection.connection.dbapi_connection, None):
        connection.invalidate(error)
    refusal: Exception = DBAPIError.instance(
        text,
        parameters,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=connection.engine.hide_parameters,
        connection_invalidated=broken,
        dialect=dialect,
        ismulti=many,
    )
    return refusal


@lru_cache(maxsize=PLANS)
def _plan(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> Plan:
    return Plan(statement, dialect, names)


def process_of(kind: Any, dialect: Dialect) -> Process | None:
    """How a value of this type becomes the driver's; instants and days of one batch are mostly the same few."""
    process: Process | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None or isinstance(kind, JSON):
        return process
    return lru_cache(maxsize=REMEMBERED)(process)
