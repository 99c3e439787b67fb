"""Telling receivers what happens: each in its order, on a thread of its own, so that a slow one holds up no other."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from structlog import get_logger

from jobs.courier import Line
from jobs.registry import Context, pump
from loyalty.hooks import deliveries, events, feed, signing
from loyalty.hooks.deliveries import Lease
from loyalty.hooks.events import Event

log = get_logger()
AT_ONCE = 8  # receivers under way in one process
BATCH = 100  # rows of the timeline read at a time
TURN = 20.0  # seconds until somebody else may have it
FINAL_WITHIN = 5.0  # seconds a look waits for transactions that had begun
ROUND = 0.5  # seconds one round waits for its receivers
RENEW_EVERY = 4.0  # seconds


class Couriers:
    """The receivers this process has under way."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hook")
        self._under_way: dict[Future[int], tuple[Context, Lease]] = {}
        self._renewed = 0.0

    @property
    def free(self) -> int:
        return AT_ONCE - len(self._under_way)

    def start(self, context: Context, lease: Lease, work: Callable[[Context, Lease], int]) -> None:
        self._under_way[self._pool.submit(work, context, lease)] = (context, lease)

    def gather(self) -> int:
        """Wait a little; how many events were told by those that are done."""
        done, _ = wait(self._under_way, timeout=ROUND)
        return sum(self._finish(each) for each in done)

    def renew(self) -> None:
        """Keep the leases of the living."""
        if not self._under_way or time.monotonic() - self._renewed < RENEW_EVERY:
            return
        self._renewed = time.monotonic()
        for context, lease in self._under_way.values():
            with context.transaction() as session:
                deliveries.renew(session, [lease], now=context.clock())

    def _finish(self, done: Future[int]) -> int:
        _context, lease = self._under_way.pop(done)
        if (error := done.exception()) is not None:  # its lease runs out, and it is tried again
            log.error("hook_failed", subject=f"webhook:{lease.webhook_id}", exc_info=error)
            return 0
        return done.result()


_couriers = Couriers()


@pump(rest=0.5)
def deliver_hooks(context: Context) -> int:
    """Start whatever receivers have something to be told; returns how many events were told. Safe on many workers."""
    _couriers.renew()
    if _couriers.free:
        with context.read_only() as session:
            newest = feed.newest(session)
            waiting = deliveries.any_waits(session, newest, now=context.clock())
        if waiting:
            with context.transaction() as session:
                taken = deliveries.claim(session, newest, limit=_couriers.free, now=context.clock())
            for lease in taken:
                _couriers.start(context, lease, deliver)
    return _couriers.gather()


def deliver(context: Context, lease: Lease) -> int:
    """Tell one receiver its test and what it waits for, until it is through, fails, or its turn is over."""
    shop = context.database.shop
    with Line(lease.url, demo=shop is not None and shop.demo) as line:
        told = 0
        if lease.test_id is not None:
            told += _tell(context, line, lease, events.of_test(lease.test_id, context.clock()))
        position = 0
        if lease.is_active and (end := _end(context)) is not None:
            more, position = _tell_all(context, line, lease, end)
            told += more
    with context.transaction() as session:
        deliveries.release(session, lease, position)
    return told


def _tell_all(context: Context, line: Line, lease: Lease, end: int) -> tuple[int, int]:
    """How many events it was told, and up to where it needs to be told nothing more."""
    until, told, position = time.monotonic() + TURN, 0, lease.position
    while position < end:
        with context.read_only() as session:
            batch = feed.after(session, position, end, limit=BATCH)
        for event in batch:
            if events.is_wanted(event.name, lease.events):
                if context.stopping.is_set() or time.monotonic() > until or not _tell(context, line, lease, event):
                    return told, position
                told += 1
            position = event.position or position
        if len(batch) < BATCH:
            return told, end
    return told, position


def _tell(context: Context, line: Line, lease: Lease, event: Event) -> bool:
    """One attempt, nothing locked while it is under way. False when the receiver is not to be told more now."""
    body = event.body
    signed = signing.headers(event.id, body, lease.secrets, now=context.clock())
    outcome = line.post(body, signed)
    if outcome.error is not None:
        log.info("hook_refused", subject=f"webhook:{lease.webhook_id}", error=outcome.error)
    with context.transaction() as session:
        return deliveries.settle(session, lease, event, outcome, now=context.clock())


def _end(context: Context) -> int | None:
    """How far the timeline is final: as it is now, as soon as whoever is writing is done. None: not in time."""
    found, until = feed.mark(context.database), time.monotonic() + FINAL_WITHIN
    while not feed.is_final(context.database, found):
        if time.monotonic() > until or context.stopping.wait(0.02):
            return None
    return found.position
