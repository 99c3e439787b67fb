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
from loyalty import collecting
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
    watch = ChangeWatch(database)
    threads = [threading.Thread(target=turn, args=(context, pump, watch), name=pump.name) for pump in PUMPS.values()]
    collecting.spare_loaded()
    for thread in threads:
        thread.start()
    scheduler.start()
    log.info("worker_started", owner=owner)
    context.stopping.wait()
    scheduler.stop()
    for thread in threads:
        thread.join()
    watch.close()
    log.info("worker_stopped", owner=owner)


def turn(context: Context, pump: Pump, watch: "ChangeWatch") -> None:
    """Round after round: at once after a full one; after an idle one when something changed, or a while has passed."""
    seen: object = None
    looked = 0.0
    while not context.stopping.is_set():
        version = watch.version()
        if version is not None and version == seen and time.monotonic() - looked < LOOK_ANYWAY:
            context.stopping.wait(pump.rest)
            continue
        seen, looked = version, time.monotonic()
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


class ChangeWatch:
    """A number that moves whenever anybody writes: on SQLite one cheap question, so an idle shop costs no power.

    One for all pumps, on a connection outside of the pool: were it one of each, they alone would empty the pool.
    PostgreSQL has no such number; there the look itself is cheap, and it is always None.
    """

    def __init__(self, database: Database) -> None:
        self._connection = database.engine.raw_connection() if database.is_sqlite else None
        self._guard = threading.Lock()
        if self._connection is not None:
            self._connection.detach()

    def version(self) -> object:
        if self._connection is None:
            return None
        with self._guard:
            cursor = self._connection.cursor()
            try:
                cursor.execute("PRAGMA data_version")
                return cursor.fetchone()
            finally:
                cursor.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _stop_on_signals(context: Context) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        context.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
