"""The database: one engine and one way to open a transaction, for web, workers and the command line.

SQLite: WAL, `synchronous=FULL`, `BEGIN IMMEDIATE` behind a process-wide writer lock. PostgreSQL: READ COMMITTED.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from loyalty.crypto import Keyring
from loyalty.shop import Shop

BUSY_SECONDS = 30
READ_ONLY = "loyalty_read_only"
SESSION = "-c timezone=UTC -c idle_in_transaction_session_timeout=60000"
POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 8, "connect_args": {"options": SESSION}}  # PostgreSQL


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps it without a zone; a naive value is refused on the way in."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Document = sa.JSON(none_as_null=True)


class Base(DeclarativeBase):
    """Every table. Names of constraints are fixed so that migrations can name them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        int: Whole,
        str: sa.Text(),
        bytes: sa.LargeBinary(),
        datetime: Instant(),
        dict[str, Any]: Document,
        list[Any]: Document,
    }


def new_public_id() -> str:
    """The opaque name of a row outside, and the associated data of its encrypted cells: 16 URL-safe characters.

    The first is a letter or digit: commands would read a dash as an option.
    """
    while not (drawn := secrets.token_urlsafe(12))[0].isalnum():
        pass
    return drawn


class Database:
    """One database of one shop.

    `transaction()` is for work that writes: it commits at the end of the block, or rolls back. On SQLite it waits for
    its turn in this process before it waits for other processes. `read_only()` never blocks a writer and cannot write.
    """

    def __init__(self, url: str, keyring: Keyring | None = None, shop: Shop | None = None) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.keyring = keyring
        self.shop = shop
        self._writer = threading.RLock() if self.is_sqlite else None

    @cached_property
    def engine(self) -> Engine:
        if self.is_sqlite:
            engine = sa.create_engine(self.url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return sa.create_engine(self.url, isolation_level="READ COMMITTED", pool_pre_ping=True, **POOL)

    @cached_property
    def autocommit(self) -> Engine:
        """Connections for single statements that are a transaction of their own, with no round trip beside them.

        A connection may be found dead: whoever uses them repeats a statement that may be repeated.
        """
        if self.is_sqlite:
            return self.engine.execution_options(isolation_level="AUTOCOMMIT")
        return sa.create_engine(self.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, **POOL)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self.writing(), self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def read_only(self) -> Iterator[Session]:
        """What is read stays readable after the block: nothing is written back, so nothing expires."""
        with self._read_sessions() as session:
            yield session

    def writing(self) -> AbstractContextManager[Any]:
        """This process's turn to write, where only one may (SQLite)."""
        return self._writer if self._writer is not None else nullcontext()

    def close(self) -> None:
        self.engine.dispose()
        if "autocommit" in self.__dict__:
            self.autocommit.dispose()

    @cached_property
    def _sessions(self) -> sessionmaker[Session]:
        return sessionmaker(self.engine, expire_on_commit=False, info=self._info())

    @cached_property
    def _read_sessions(self) -> sessionmaker[Session]:
        options: dict[str, Any] = {READ_ONLY: True}
        if not self.is_sqlite:
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return sessionmaker(self.engine.execution_options(**options), autoflush=False, info=self._info())

    def _info(self) -> dict[str, Any]:
        return {"keyring": self.keyring, "shop": self.shop}


def keyring(session: Session) -> Keyring:
    """The keys a session works with."""
    found = session.info["keyring"]
    assert isinstance(found, Keyring)
    return found


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    """A deferred transaction that writes later cannot wait for its turn, so a writer takes it at once."""
    options = connection.get_execution_options()
    reading = bool(options.get(READ_ONLY))
    if connection.info.get("query_only") != reading:  # only when it changes: SQLite prepares everything anew after it
        connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
        connection.info["query_only"] = reading
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
