"""Replacing an embedded database: a new file is built beside the old one and takes its name in one step."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from loyalty.installation.backups.envelope import BadBackup
from loyalty.installation.backups.plan import Plan
from loyalty.installation.backups.survivors import Survivors

COMPANIONS = ("-wal", "-shm", "-journal")
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")


def replace(url: sa.URL, plan: Plan) -> str | None:
    """Build the planned database and put it in place; returns where the old one lies now, None without one.

    Killed at any moment, the old file or the new one, whole, has the name. Raises BadBackup (in_use).
    """
    path = Path(url.database or "")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.restoring")
    with _alone(path) as old:
        survivors = plan.look(old) if old is not None else Survivors()
        _remove(draft)
        try:
            _build(draft, plan, survivors)
            return _swap(draft, path, plan.mark)
        finally:
            _remove(draft)


@contextmanager
def _alone(path: Path) -> Iterator[sa.Connection | None]:
    """Keep everybody else out of the old file until the end; None when there is none, or none that can be read.

    Leaving WAL needs the file to itself, so it tells whether any process has it open; and it folds the log into the
    file, which then is whole by itself.
    """
    if not path.exists():
        yield None
        return
    engine = _engine(path, timeout=1.0)
    with engine.connect() as connection:
        try:
            mode = connection.exec_driver_sql("PRAGMA journal_mode=DELETE").scalar()
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        except DatabaseError as error:
            if _is_locked(error):
                raise BadBackup("in_use") from None
            mode = "damaged"  # which may be why it is to be replaced
        if mode == "wal":
            raise BadBackup("in_use")
        yield connection if mode != "damaged" else None


def _is_locked(error: DatabaseError) -> bool:
    name = getattr(error.orig, "sqlite_errorname", "")
    return bool(name.startswith(LOCKED))


def _build(draft: Path, plan: Plan, survivors: Survivors) -> None:
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _engine(draft).connect() as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF"):  # a draft is thrown away, not mended
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.exec_driver_sql("BEGIN")
        plan.fill(connection, survivors)
        connection.exec_driver_sql("COMMIT")
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if dangling is not None or connection.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
            raise BadBackup("torn", detail=dangling)
    _flush(draft)


def _swap(draft: Path, path: Path, mark: str) -> str | None:
    kept = path.with_name(f"{path.name}.before-restore-{mark}")
    for ending in COMPANIONS:  # of a damaged file only: the new one must not meet an old log
        companion = Path(f"{path}{ending}")
        if companion.exists():
            companion.replace(f"{kept}{ending}")
    existed = path.exists()
    if existed:
        _keep(path, kept)
    draft.replace(path)
    _flush(path.parent)
    return str(kept) if existed else None


def _keep(path: Path, kept: Path) -> None:
    """A second name for the old file; where there are no such names, the old one is moved."""
    try:
        kept.hardlink_to(path)
    except FileExistsError:
        raise BadBackup("name_taken", path=kept) from None
    except OSError:
        path.replace(kept)


def _remove(draft: Path) -> None:
    for ending in ("", *COMPANIONS):
        Path(f"{draft}{ending}").unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _engine(path: Path, timeout: float = 30.0) -> sa.Engine:
    """Connections on which we say BEGIN and COMMIT ourselves."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), poolclass=sa.NullPool, connect_args={"timeout": timeout}
    )
    event.listen(engine, "connect", _by_hand)
    return engine


def _by_hand(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
