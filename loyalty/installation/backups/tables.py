"""Tables as lines, the same from both engines: whole numbers, texts, bytes and nulls, as SQLite keeps them.

Truth is 0 or 1, an instant `2026-11-22 05:00:00.000000` in UTC, a day `2026-11-22`, a document its JSON text. A table
is a line with its name and columns, a line for each row, and a line with their number.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from loyalty.installation.backups import envelope
from loyalty.installation.backups.envelope import BadBackup, Writer

SCHEMA_TABLE = "alembic_version"
AT_ONCE = 1_000  # rows fetched at a time
SAID_EVERY = 50_000  # rows

Row = tuple[Any, ...]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a backup; `rows` must be read to its end before the next table is asked for."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[list[Any]]


def names(connection: sa.Connection) -> list[str]:
    """Every table of ours, each after those it refers to."""
    ordered = sa.inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in ordered if name is not None and name != SCHEMA_TABLE]


def copy(connection: sa.Connection, table: str, writer: Writer, say: Say) -> int:
    """Write every row of a table as the connection's transaction sees it; returns how many."""
    columns, query = select(connection, table)
    found = connection.exec_driver_sql(query, execution_options={"yield_per": AT_ONCE})
    return write(writer, table, columns, found, say)


def select(connection: sa.Connection, table: str) -> tuple[list[str], str]:
    """A table's columns, and the SQL that reads them in their portable form."""
    quote = connection.dialect.identifier_preparer.quote
    columns = {str(column["name"]): column["type"] for column in sa.inspect(connection).get_columns(table)}
    chosen = ", ".join(_portable(connection, quote(name), kind) for name, kind in columns.items())
    return list(columns), f"SELECT {chosen} FROM {quote(table)}"  # noqa: S608  # names the database itself told


def write(writer: Writer, table: str, columns: list[str], rows: Iterable[Iterable[Any]], say: Say) -> int:
    writer.write(envelope.line({"table": table, "columns": columns}))
    count = 0
    for count, row in enumerate(rows, start=1):
        writer.write(envelope.line(list(row)))
        if count % SAID_EVERY == 0:
            say(f"{table}: {count:,}")
    writer.write(envelope.line({"rows": count}))
    return count


def read(lines: Iterable[bytes]) -> Iterator[Table]:
    """The tables of a backup. Raises BadBackup (damaged) when a line is out of place, or a row is missing."""
    values = (envelope.value(line) for line in lines)
    for found in values:
        match found:
            case {"table": str(name), "columns": [*columns]}:
                rows = _rows(values)
                yield Table(name, tuple(map(str, columns)), rows)
                if next(rows, None) is not None:
                    raise AssertionError(f"rows of {name} were not read")
            case _:
                raise BadBackup("damaged")


def _rows(values: Iterator[object]) -> Iterator[list[Any]]:
    for count, found in enumerate(values):
        if isinstance(found, list):
            yield found
        elif found == {"rows": count}:
            return
        else:
            break
    raise BadBackup("damaged")


def _portable(connection: sa.Connection, name: str, kind: sa.types.TypeEngine[Any]) -> str:
    """The SQL that reads a column in its portable form; SQLite has it already."""
    if connection.dialect.name == "sqlite":
        return name
    match kind:
        case sa.Boolean():
            return f"{name}::int"
        case sa.DateTime():
            return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        case sa.Date():
            return f"to_char({name}, 'YYYY-MM-DD')"
        case sa.JSON():
            return f"{name}::text"
    return name
