"""Putting a backup into an empty schema, on either engine, inside the caller's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from loyalty import crypto
from loyalty.installation import schema
from loyalty.installation.backups import making, tables
from loyalty.installation.backups.envelope import BadBackup, Reader
from loyalty.installation.backups.making import INSTALLATION_KEYS, KEYS_TABLE, Proof
from loyalty.installation.backups.tables import Say, Table

STAGES = {  # by table of a keys file: its shape, and which rows of it count
    INSTALLATION_KEYS: (
        "SELECT * FROM crypto_key",
        "NOT EXISTS (SELECT 1 FROM crypto_key c WHERE c.purpose = r.purpose AND c.version = r.version)",
    ),
    KEYS_TABLE: (
        making.CUSTOMER_KEYS,
        "EXISTS (SELECT 1 FROM customer c WHERE c.id = r.customer_id AND c.public_id = r.public_id)",
    ),
}
SEQUENCES = sa.text(
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND (column_default LIKE '%nextval(%' OR is_identity = 'YES')"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A data file and the keys file that goes with it, both proven whole and openable."""

    data_path: Path
    keys_path: Path
    data: Proof
    keys: Proof
    roots: tuple[bytes, ...]


def prove(data_path: Path, keys_path: Path, roots: tuple[bytes, ...]) -> Source:
    """Read both files to their end before anything is touched. Raises BadBackup, OSError."""
    if not keys_path.exists():
        raise BadBackup("keys_missing", path=keys_path)
    source = Source(data_path, keys_path, making.prove(data_path, roots), making.prove(keys_path, roots), roots)
    data, customer_keys = source.data.header, source.keys.header
    if (data.kind, customer_keys.kind) != ("data", "keys"):
        raise BadBackup("not_data", path=data_path)
    if data.installation != customer_keys.installation:
        raise BadBackup("keys_of_another", path=keys_path)
    if customer_keys.created_at < data.created_at:
        raise BadBackup("keys_older", path=keys_path)
    known = {script.revision for script in ScriptDirectory.from_config(schema.configuration()).walk_revisions()}
    for header in (data, customer_keys):
        if header.schema not in known:
            raise BadBackup("newer_program", schema=header.schema)
    _refuse_strange_root(source.data.installation_keys, roots)
    return source


def load(connection: sa.Connection, source: Source, say: Say) -> None:
    """Make the schema as it was, fill it, and bring it to the newest. The connection's schema must be empty."""
    migrate(connection, source.data.header.schema)
    _empty(connection)
    with opened(source.data_path, source.roots) as found:
        for table in found:
            say(f"{table.name}: {source.data.rows[table.name]:,}")
            insert(connection, table)
    _renumber(connection)
    migrate(connection, source.keys.header.schema)
    say(KEYS_TABLE)
    _load_keys(connection, source)
    migrate(connection, schema.HEAD)


def insert(connection: sa.Connection, table: Table, into: str | None = None) -> None:
    """Every row of a table. One statement on PostgreSQL, so that rows may refer to later ones of their own table."""
    quote = connection.dialect.identifier_preparer.quote
    name, columns = quote(into or table.name), ", ".join(map(quote, table.columns))
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        raw.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", table.rows)  # noqa: S608  # own names
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in table.rows:
            copy.write_row(row)


def migrate(connection: sa.Connection, revision: str) -> None:
    command.upgrade(schema.configuration(connection), revision)


@contextmanager
def opened(path: Path, roots: tuple[bytes, ...]) -> Iterator[Iterator[Table]]:
    """The tables of a file, one after the other."""
    with path.open("rb") as file:
        yield tables.read(Reader(file, roots).lines())


def _refuse_strange_root(installation_keys: Sequence[Mapping[str, Any]], roots: tuple[bytes, ...]) -> None:
    """The installation's keys within must open too, or the restored database would not."""
    for key in installation_keys:
        try:
            crypto.unwrap(roots, key["wrapped"], key["purpose"], key["version"])
        except crypto.Undecryptable:
            raise BadBackup("root_missing", root=key["root"]) from None


def _empty(connection: sa.Connection) -> None:
    """Take out what a fresh schema begins with. Guarded tables are empty, so their guards say nothing."""
    quote = connection.dialect.identifier_preparer.quote
    for name in reversed(tables.names(connection)):
        connection.exec_driver_sql(f"DELETE FROM {quote(name)}")  # noqa: S608  # own names


def _renumber(connection: sa.Connection) -> None:
    """New rows are numbered after the restored ones; SQLite does that by itself."""
    if connection.dialect.name == "sqlite":
        return
    quote = connection.dialect.identifier_preparer.quote
    for table, column in connection.execute(SEQUENCES).all():
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{quote(table)}', '{column}'), max({quote(column)}))"  # noqa: S608
            f" FROM {quote(table)} HAVING max({quote(column)}) IS NOT NULL"
        )


def _load_keys(connection: sa.Connection, source: Source) -> None:
    """Keys of the customers there are, and installation keys younger than the data: keys may be sealed under them."""
    with opened(source.keys_path, source.roots) as found:
        for table in found:
            staged = f"restored_{table.name}"
            columns = ", ".join(column for column in table.columns if column not in ("public_id", "id"))
            shape, chosen = STAGES[table.name]
            ending = "" if connection.dialect.name == "sqlite" else "ON COMMIT DROP"
            connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {staged} {ending} AS {shape} WHERE 1 = 0")
            insert(connection, table, staged)
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {staged} r WHERE {chosen}"  # noqa: S608
            )
