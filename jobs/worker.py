"""The background half of the program: every pump in its own thread, the scheduler beside them, one clean stop."""

import os
import signal
import socket
import threading
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
    """Round after round: at once after a full one, after a rest when there was nothing to do."""
    while not context.stopping.is_set():
        try:
            done = pump.run(context)
        except Exception:
            log.exception("pump_failed", pump=pump.name)
            context.stopping.wait(AFTER_FAILURE)
            continue
        if not done:
            context.stopping.wait(pump.rest)


def _stop_on_signals(context: Context) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        context.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
