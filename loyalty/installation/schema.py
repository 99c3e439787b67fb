"""Bringing a database to the newest schema, and telling how old one is."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from loyalty.db import Database
from loyalty.settings import ROOT

LOCK = 0x4B51  # PostgreSQL advisory lock: one migration at a time
HEAD = "head"


def configuration(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@cache  # reading every version's script costs more than all else that opens a database
def newest() -> str:
    """The revision this program is made for."""
    found = ScriptDirectory.from_config(configuration()).get_current_head()
    assert found is not None
    return found


@cache
def known() -> frozenset[str]:
    """Every revision this program can work with or upgrade."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions())


def current(database: Database) -> str | None:
    """The revision a database is at; None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Upgrade in one transaction: all of it or nothing. A second one at the same time waits, then finds it done."""
    with database.writing(), _locked(database) as connection:
        command.upgrade(configuration(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    with database.writing(), _locked(database) as connection:
        command.downgrade(configuration(connection), revision)


@contextmanager
def _locked(database: Database) -> Iterator[sa.Connection]:
    """A transaction with the schema to itself. SQLite rebuilds tables, so foreign keys rest while it does."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                yield connection
        finally:
            connection.invalidate()  # its pragma must not reach another user
