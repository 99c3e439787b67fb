"""The database: one engine and one way to open a transaction, for web, workers and the command line.

SQLite: WAL, `synchronous=FULL`, `BEGIN IMMEDIATE` behind the writers' turns. PostgreSQL: READ COMMITTED.
"""

import base64
import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from loyalty import prepared
from loyalty.crypto import Keyring
from loyalty.shop import Shop, speaking
from loyalty.turns import Turns

BUSY_SECONDS = 30
FRESH_SECONDS = 2.0  # what is known of the shop is read again after so long
READ_ONLY = "loyalty_read_only"
SESSION = "-c timezone=UTC -c idle_in_transaction_session_timeout=60000"
POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 8, "connect_args": {"options": SESSION}}  # PostgreSQL
THREADS: dict[str, Any] = {"pool_size": 16, "max_overflow": 32}  # SQLite: a connection for every pump, job and call


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


ReadShop = Callable[[Session], tuple[Shop, Shop]]
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


def public_id_of(key: str) -> str:
    """The public id of what is made once per `key`, which nobody outside can guess: 16 URL-safe characters."""
    drawn = base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode().lstrip("-_")
    return drawn[:16]


class Database:
    """One database of one shop.

    `transaction()` is for work that writes: it commits at the end of the block, or rolls back. On SQLite it waits for
    its turn among all that write, here and in other processes. `read_only()` never blocks a writer and cannot write.
    """

    def __init__(self, url: str, keyring: Keyring | None = None, shop: Shop | None = None) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.keyring = keyring
        self._writer = Turns(_file_of(self.url), patience=BUSY_SECONDS) if self.is_sqlite else None
        self._shop = self._settled_shop = shop
        self._read_shop: ReadShop | None = None
        self._look_at = 0.0
        self._looking = threading.Lock()

    @property
    def shop(self) -> Shop | None:
        """The shop as its owner has it now: a choice made in another process shows after `FRESH_SECONDS` at most."""
        if self._read_shop and time.monotonic() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look(self._read_shop)
            finally:
                self._looking.release()
        return self._shop

    @shop.setter
    def shop(self, shop: Shop) -> None:
        """From here on it is this one, whatever anybody chooses."""
        self._shop = self._settled_shop = shop
        self._read_shop = None

    def watch_shop(self, read: ReadShop) -> None:
        """From here on the shop is what `read` says, now and again: as the settings have it, and as its owner does."""
        self._take_shop(read)
        self._read_shop = read

    def look_again(self) -> None:
        """Something was chosen in this process: whoever asks next sees it."""
        self._look_at = 0.0

    def _look(self, read: ReadShop) -> None:
        with suppress(SQLAlchemyError):  # what keeps us from reading meets whoever asked as well, and is told there
            self._take_shop(read)

    def _take_shop(self, read: ReadShop) -> None:
        self._look_at = time.monotonic() + FRESH_SECONDS
        with self._read_sessions(info=self._info(self._shop)) as session:
            self._settled_shop, self._shop = read(session)

    @cached_property
    def engine(self) -> Engine:
        if self.is_sqlite:
            lasting = THREADS if _file_of(self.url) else {}
            arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
            engine = sa.create_engine(self.url, connect_args=arguments, **lasting)
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
        shop = self.shop
        with (
            speaking(shop),
            self.writing(),
            self._sessions(info=self._info(shop)) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read_only(self) -> Iterator[Session]:
        """What is read stays readable after the block: nothing is written back, so nothing expires."""
        shop = self.shop
        with speaking(shop), self._read_sessions(info=self._info(shop)) as session:
            yield session

    def writing(self) -> AbstractContextManager[Any]:
        """Our turn to write, where only one may (SQLite)."""
        return self._writer if self._writer is not None else nullcontext()

    def close(self) -> None:
        self.engine.dispose()
        if self._writer is not None:
            self._writer.close()
        if "autocommit" in self.__dict__:
            self.autocommit.dispose()

    @cached_property
    def _sessions(self) -> sessionmaker[Session]:
        return sessionmaker(self.engine, expire_on_commit=False)

    @cached_property
    def _read_sessions(self) -> sessionmaker[Session]:
        options: dict[str, Any] = {READ_ONLY: True}
        if not self.is_sqlite:
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return sessionmaker(self.engine.execution_options(**options), autoflush=False)

    def _info(self, shop: Shop | None) -> dict[str, Any]:
        return {"keyring": self.keyring, "shop": shop, "settled_shop": self._settled_shop, "database": self}


def _file_of(url: sa.URL) -> Path | None:
    """The file of a database of SQLite's; None for one in memory."""
    return Path(url.database) if url.database and url.database != ":memory:" else None


def keyring(session: Session) -> Keyring:
    """The keys a session works with."""
    found = session.info["keyring"]
    assert isinstance(found, Keyring)
    return found


def settled_shop(session: Session) -> Shop:
    """The shop as the settings have it, before anybody chose otherwise."""
    found = session.info["settled_shop"]
    assert isinstance(found, Shop)
    return found


def look_again(session: Session) -> None:
    """What this session committed changes the shop."""
    database = session.info["database"]
    assert isinstance(database, Database)
    database.look_again()


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=FAST")  # a key that was destroyed is overwritten in its page


def _begin_sqlite(connection: sa.Connection) -> None:
    """A deferred transaction that writes later cannot wait for its turn, so a writer takes it at once."""
    options = connection.get_execution_options()
    reading = bool(options.get(READ_ONLY))
    if connection.info.get("query_only") != reading:  # only when it changes: SQLite prepares everything anew after it
        connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
        connection.info["query_only"] = reading
    if options.get("isolation_level") != "AUTOCOMMIT":
        prepared.send(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")
