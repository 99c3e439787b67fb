"""The background half of the program: every pump in its own thread, the scheduler beside them, one clean stop."""

import os
import signal
import socket
import threading
import time
from types import FrameType

from structlog import get_logger

from bots import registry as channels
from jobs import registry
from jobs.registry import PUMPS, Context, Pump
from jobs.scheduler import Scheduler
from loyalty.db import Database
from loyalty.settings import Settings

log = get_logger()
AFTER_FAILURE = 1.0  # seconds
LOOK_ANYWAY = 0.5  # seconds: what falls due by the clock alone is seen this late at most


def run(database: Database, settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; the batch under way is finished first."""
    registry.discover()
    owner = f"{socket.gethostname()}:{os.getpid()}"
    context = Context(database, settings, channels.build(settings, database, registry.utc_now), owner=owner)
    _stop_on_signals(context)
    scheduler = Scheduler(context)
    threads = [threading.Thread(target=turn, args=(context, pump), name=pump.name) for pump in PUMPS.values()]
    for thread in threads:
        thread.start()
    scheduler.start()
    log.info("worker_started", owner=owner)
    context.stopping.wait()
    scheduler.stop()
    for thread in threads:
        thread.join()
    log.info("worker_stopped", owner=owner)


def turn(context: Context, pump: Pump) -> None:
    """Round after round: at once after a full one; after an idle one when something changed, or a while has passed."""
    watch = ChangeWatch(context.database)
    looked = 0.0
    while not context.stopping.is_set():
        if not watch.moved() and time.monotonic() - looked < LOOK_ANYWAY:
            context.stopping.wait(pump.rest)
            continue
        looked = time.monotonic()
        try:
            done = pump.run(context)
        except Exception:
            log.exception("pump_failed", pump=pump.name)
            context.stopping.wait(AFTER_FAILURE)
            continue
        if done:
            looked = 0.0
        else:
            context.stopping.wait(pump.rest)
    watch.close()


class ChangeWatch:
    """Whether anybody wrote since the last look: on SQLite one cheap question, so that an idle shop costs no power.

    PostgreSQL has no such counter; there the look itself is cheap and the answer always yes.
    """

    def __init__(self, database: Database) -> None:
        self._connection = database.engine.raw_connection() if database.is_sqlite else None
        if self._connection is not None:
            self._connection.detach()  # kept for good: the pool is for those who work, however many pumps there are
        self._seen: object = None

    def moved(self) -> bool:
        if self._connection is None:
            return True
        before, self._seen = self._seen, self._version()
        return before != self._seen

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _version(self) -> object:
        assert self._connection is not None
        cursor = self._connection.cursor()
        try:
            return cursor.execute("PRAGMA data_version").fetchone()
        finally:
            cursor.close()


def _stop_on_signals(context: Context) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        context.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
