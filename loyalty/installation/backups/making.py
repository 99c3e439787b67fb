"""Making a backup while the shop works: a data file, and the one keys file beside it.

Both are read in one snapshot that holds nobody up. A file gets its name only after it was read back, opened and
counted, so whatever carries a backup's name has passed that test.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from loyalty.db import Database, is_sqlite, keyring
from loyalty.installation import schema
from loyalty.installation.backups import envelope, shelf, tables
from loyalty.installation.backups.envelope import BadBackup, Header, Kind, Reader, Writer
from loyalty.installation.backups.tables import Say
from loyalty.settings import Settings
from loyalty.vault import keys

KEYS_TABLE = "customer_key"
INSTALLATION_KEYS = "crypto_key"
STALE = timedelta(days=1)  # a draft so old was left by a process that died
CUSTOMER_KEYS = "SELECT c.public_id, k.* FROM customer_key k JOIN customer c ON c.id = k.customer_id"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file was found to hold when it was opened and counted to its end."""

    header: Header
    sha256: str  # of all its lines
    rows: Mapping[str, int]  # by table
    installation_keys: Sequence[Mapping[str, Any]]  # rows of crypto_key, wrapped


@dataclass(frozen=True, slots=True)
class Made:
    path: Path
    keys_path: Path
    size: int  # bytes, of the data file
    data: Proof
    keys: Proof


def make(database: Database, settings: Settings, folder: Path, *, now: datetime, say: Say) -> Made:
    """Back the database up into a folder, which is made if need be. `say` is told how far it is.

    Raises BadBackup (name_taken, keys_of_another, keys_unreadable, keys_newer, or damaged when what was written does
    not read back), OSError: then nothing in the folder has changed.
    """
    assert database.keyring is not None
    assert database.shop is not None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder, now)
    roots = keys.roots(settings)
    path = folder / shelf.data_name(now.astimezone(database.shop.timezone))
    if path.exists():
        raise BadBackup("name_taken", path=path)
    keys_path = folder / shelf.KEYS_NAME
    _refuse_strange_keys(keys_path, shelf.installation_of(database.keyring), now)
    with _draft(folder) as data_file, _draft(folder) as keys_file:
        _write(database, roots[0], data_file, keys_file, now, say)
        data, customer_keys = prove(data_file.name, roots), prove(keys_file.name, roots)
        _refuse_strange_keys(keys_path, shelf.installation_of(database.keyring), now)  # it may have come meanwhile
        Path(keys_file.name).replace(keys_path)  # first: keys may be newer than data, never older
        Path(data_file.name).replace(path)
        _settle(folder)
    return Made(path, keys_path, path.stat().st_size, data, customer_keys)


def prove(path: str | Path, roots: Sequence[bytes]) -> Proof:
    """Open a backup, decrypt all of it, count its rows. Raises BadBackup, OSError."""
    rows: dict[str, int] = {}
    installation_keys: list[Mapping[str, Any]] = []
    with Path(path).open("rb") as file:
        reader = Reader(file, roots)
        for table in tables.read(reader.lines()):
            if table.name == INSTALLATION_KEYS:
                installation_keys = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
                rows[table.name] = len(installation_keys)
            else:
                rows[table.name] = sum(1 for _ in table.rows)
    return Proof(reader.header, reader.sha256, rows, installation_keys)


def _write(
    database: Database, root: bytes, data_file: IO[bytes], keys_file: IO[bytes], now: datetime, say: Say
) -> None:
    with database.read_only() as session:
        connection = session.connection()
        if not is_sqlite(session):
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # a disk may be slow
        installation = shelf.installation_of(keyring(session))

        def opened(file: IO[bytes], kind: Kind) -> Writer:
            return Writer(file, root, kind=kind, installation=installation, schema=schema.newest(), created_at=now)

        data = opened(data_file, "data")
        for name in tables.names(connection):
            if name != KEYS_TABLE:
                say(name)
                tables.copy(connection, name, data, say)
        data.finish()
        say(KEYS_TABLE)
        customer_keys = opened(keys_file, "keys")
        tables.copy(connection, INSTALLATION_KEYS, customer_keys, say)
        _copy_keys(connection, customer_keys, say)
        customer_keys.finish()
    for file in (data_file, keys_file):
        file.flush()
        os.fsync(file.fileno())


def _copy_keys(connection: sa.Connection, writer: Writer, say: Say) -> None:
    """Customers' keys, each with its customer's public id: ids alone may be given anew after a restore."""
    found = connection.exec_driver_sql(CUSTOMER_KEYS, execution_options={"yield_per": tables.AT_ONCE})
    tables.write(writer, KEYS_TABLE, list(found.keys()), found, say)


def _refuse_strange_keys(path: Path, installation: str, now: datetime) -> None:
    """A keys file is replaced only by a newer one of the same database: without it, older backups are unreadable."""
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            kept = envelope.peek(file)
    except BadBackup as error:
        raise BadBackup("keys_unreadable", path=path, reason=error.code) from None
    if kept.installation != installation:
        raise BadBackup("keys_of_another", path=path)
    if kept.created_at > now:
        raise BadBackup("keys_newer", path=path)


@contextmanager
def _draft(folder: Path) -> Iterator[IO[bytes]]:
    """A file for our eyes only, gone at the end unless it was given a name."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=shelf.DRAFT, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _sweep(folder: Path, now: datetime) -> None:
    """Remove what processes that died left behind."""
    for path in folder.glob(f".*{shelf.DRAFT}"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - STALE:
            path.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Names, too, survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
