"""Engines, used by one test after another: a new one works every statement out anew, which costs more than most tests.

A database that a test opens gets a used engine turned to its address, and hands it back when it closes. What a test
hangs on the engine of its database, a listener say, ends with it: it gets a branch of the engine, not the engine.
On PostgreSQL the connections stay as well, where nobody asks who is connected: a new one reads the catalogue first.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from loyalty.db import Database

Build = Callable[[Database], sa.Engine]
_MADE = ("engine", "autocommit", "_sessions", "_read_sessions")  # what a database keeps once it has made it


@dataclass
class Used:
    """An engine that connects to what its `url` says at that time; `pids` are those of its connections' backends."""

    kind: str
    engine: sa.Engine
    pids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        sa.event.listen(self.engine, "do_connect", self._turn)
        if self.engine.dialect.name == "postgresql":
            sa.event.listen(self.engine, "connect", lambda made, _record: self.pids.add(made.info.backend_pid))

    def turn_to(self, url: sa.URL) -> sa.Engine:
        """A branch of it that leads there."""
        if self.engine.url != url:
            self.leave()
        self.engine.url = url
        return self.engine.execution_options()

    def is_busy(self) -> bool:
        """Whether somebody still holds one of its connections."""
        pool: Any = self.engine.pool
        return bool(pool.checkedout())

    def leave(self) -> None:
        self.engine.dispose()
        self.pids.clear()

    def _turn(self, dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        arguments[:], wanted = dialect.create_connect_args(self.engine.url)
        named.update(wanted if dialect.name == "postgresql" else {})


class Engines:
    """Those nobody uses at present, by kind."""

    def __init__(self) -> None:
        self._spare: defaultdict[str, list[Used]] = defaultdict(list)
        self.keeps_connections = False

    def share(self) -> None:
        """From here on every `Database` of this process has such engines."""
        close = Database.close
        replaced: dict[str, Any] = {"close": lambda database: self._close(database, close)}
        for name in ("engine", "autocommit"):
            replaced[name] = cached_property(self._taking(name, getattr(Database, name).func))
            replaced[name].__set_name__(Database, name)
        for name, used in replaced.items():
            setattr(Database, name, used)

    def leave(self) -> None:
        """Be connected to nothing."""
        for each in self._all():
            each.leave()

    def backends(self) -> list[int]:
        """The processes of PostgreSQL's that hold a connection open for the next test."""
        return [pid for each in self._all() for pid in each.pids]

    def _all(self) -> list[Used]:
        return [each for spare in self._spare.values() for each in spare]

    def _taking(self, name: str, build: Build) -> Build:
        def take(database: Database) -> sa.Engine:
            if database.url.database == ":memory:" or (name == "autocommit" and database.is_sqlite):
                return build(database)
            kind = f"{name} {database.url.get_backend_name()}"
            used = self._spare[kind].pop() if self._spare[kind] else Used(kind, build(database))
            database.__dict__.setdefault("used", []).append(used)
            return used.turn_to(database.url)

        return take

    def _close(self, database: Database, close: Callable[[Database], None]) -> None:
        used: list[Used] = database.__dict__.pop("used", [])
        if database.is_sqlite or not self.keeps_connections or any(map(Used.is_busy, used)):
            close(database)
            for each in used:
                each.pids.clear()
        for each in used:
            self._spare[each.kind].append(each)
        for name in _MADE:
            database.__dict__.pop(name, None)


shared = Engines()
