"""One statement for many rows, at nearly the driver's own price.

SQLAlchemy prepares each row as if it were the only one, which for a thousand costs several times what the database
takes. Here a statement is compiled once, and the rows go to the driver as they are but for their types.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Table,
    Update,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import prepared

PLANS = 128

Statement = Insert | Update | Delete


class Plan:
    """A statement in the words of one dialect, and what each of its parameters goes through."""

    def __init__(self, statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> None:
        bare = statement.inline() if isinstance(statement, Insert) else statement  # else ids would be asked for
        compiled = bare.compile(dialect=dialect, column_keys=list(names))
        self.text = str(compiled)
        order: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self.pick = itemgetter(*order) if order is not None else dict
        processes = {name: prepared.process_of(compiled.binds[name].type, dialect) for name in names}
        self.processes = [(name, process) for name, process in processes.items() if process is not None]

    def parameters(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """The rows as the driver takes them, turned in place."""
        for name, process in self.processes:
            for row in rows:
                row[name] = process(row[name])
        return [self.pick(row) for row in rows]


def execute(connection: Connection, statement: Statement, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement, one kept for it, once for each row. All rows have the same names, two or more, and are used up.

    Nothing is returned; defaults the models have in Python are not filled in.
    """
    if rows:
        plan = _plan(statement, connection.dialect, tuple(rows[0]))
        prepared.send(connection, plan.text, plan.parameters(rows), many=True)


def insert_each(
    connection: Connection, table: Table, varying: str, values: Sequence[Any], same: Mapping[str, Any]
) -> None:
    """Rows that are alike but for one column. PostgreSQL is sent one statement, not one for each.

    Defaults the models have in Python are not filled in.
    """
    if connection.dialect.name == "sqlite":
        execute(connection, insert(table), [{**same, varying: value} for value in values])
    elif values:
        each = func.unnest(bindparam("given", list(values), ARRAY(table.c[varying].type))).column_valued("each")
        row = select(each, *(literal(value, table.c[name].type) for name, value in same.items()))
        connection.execute(insert(table).from_select([varying, *same], row, include_defaults=False))


def one_of(session: Session, column: InstrumentedAttribute[int], ids: Collection[int]) -> ColumnElement[bool]:
    """Whether the column holds one of any number of ids, sent as one value: SQLite takes 32,766 values at most."""
    if session.get_bind().dialect.name == "sqlite":
        given = func.json_each(json.dumps(list(ids))).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


@lru_cache(maxsize=PLANS)
def _plan(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> Plan:
    return Plan(statement, dialect, names)
