"""Where a webhook leaves its events: stored and committed before it answers.

PostgreSQL: one autocommitted INSERT. SQLite: one writer thread per process commits whatever requests wait together,
for every commit costs a flush to disk.
"""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from loyalty.db import Database
from loyalty.messaging import inbox
from loyalty.messaging.inbox import Arrival

TOGETHER = 200  # events committed at once, at most
PATIENCE = 20.0  # seconds; a platform has given up long before


class Intake:
    """Stores arrivals; `store` returns when they are committed, and raises when they are not."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[tuple[list[dict[str, Any]], Future[None]]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def store(self, arrivals: Sequence[Arrival], *, now: datetime) -> None:
        """Commit these events, all or none. A repeated one changes nothing."""
        assert self._database.keyring is not None
        rows = [inbox.row(self._database.keyring, arrival, now) for arrival in arrivals]
        if not rows:
            return
        if self._database.is_sqlite:
            self._hand_over(rows)
        elif len(rows) == 1:
            self._insert_one(rows[0])
        else:
            with self._database.engine.begin() as connection:
                connection.execute(inbox.INSERT, rows)

    def _insert_one(self, row: dict[str, Any]) -> None:
        """A connection that died since its last use is replaced once: the same event twice is stored once."""
        try:
            with self._database.autocommit.connect() as connection:
                connection.execute(inbox.INSERT, row)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            with self._database.autocommit.connect() as connection:
                connection.execute(inbox.INSERT, row)

    def _hand_over(self, rows: list[dict[str, Any]]) -> None:
        self._start()
        done: Future[None] = Future()
        self._waiting.put((rows, done))
        done.result(timeout=PATIENCE)

    def _start(self) -> None:
        """The writer starts on first use, never before a fork."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._write, name="inbox-writer", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < TOGETHER:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self._commit(batch)

    def _commit(self, batch: list[tuple[list[dict[str, Any]], Future[None]]]) -> None:
        try:
            self._insert([row for rows, _done in batch for row in rows])
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for alone in batch:  # one bad row must not fail its neighbours
                self._commit([alone])
            return
        for _rows, done in batch:
            done.set_result(None)

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        with self._database.writing(), self._database.engine.begin() as connection:
            connection.execute(inbox.INSERT, rows)
