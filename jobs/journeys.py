"""Journeys: letting people in, moving them on, letting go of whoever has a reason to leave."""

import time
from collections.abc import Callable
from datetime import datetime

from jobs.registry import Context, job, pump
from loyalty.errors import NotFound, RuleViolation
from loyalty.hooks import feed
from loyalty.journeys import advancing, entering, leaving, lifecycle
from loyalty.journeys.models import Journey

FINAL_WITHIN = 2.0  # seconds a look waits for transactions that had begun


@pump(rest=1.0)
def advance_journeys(context: Context) -> int:
    """One step for every journey that needs one: people let in, people moved on; returns how many were done.

    Safe on many workers: a journey's row is locked while it is moved on, and what another worker has is left to it.
    Killed at any point, the next round goes on from what was committed.
    """
    with context.read_only() as session:
        active = lifecycle.list_active(session)
        newest = feed.newest(session) if active else 0
        listening = [each.id for each in active if each.cursor < newest and entering.reads_timeline(session, each)]
    done = _listen(context, listening) if listening else 0
    for work in (_look, _advance):
        done += sum(_guarded(context, work, journey.id) for journey in active if not context.stopping.is_set())
    return done


@job(cron="*/10 * * * *")
def leave_journeys(context: Context, due_at: datetime) -> None:
    """Let those leave who bought, stopped offers or were erased, though their next step is far; 500 at a time."""
    with context.read_only() as session:
        active = [journey.id for journey in lifecycle.list_active(session)]
    for journey_id in active:
        after: int | None = 0
        while after is not None and not context.stopping.is_set():
            with context.transaction() as session:
                after = leaving.sweep(session, journey_id, now=context.clock(), after_id=after)


def _guarded(context: Context, work: Callable[[Context, int], int], journey_id: int) -> int:
    """One that cannot go on is paused, and holds up no other."""
    try:
        return work(context, journey_id)
    except (RuleViolation, NotFound) as refused:
        with context.transaction() as session:
            lifecycle.stop(session, journey_id, refused.code, now=context.clock())
        return 0


def _look(context: Context, journey_id: int) -> int:
    """The next people by the calendar, or by the log of a segment."""
    now = context.clock()
    with context.read_only() as session:
        journey = session.get_one(Journey, journey_id)
        is_logged = entering.has_log_to_read(session, journey)
        chunk = None if is_logged else entering.next_chunk(session, journey, now=now)
    if is_logged:
        with context.transaction() as session:
            return int(entering.read_log(session, journey_id, now=now))
    if chunk is None:
        return 0
    with context.transaction() as session:
        entering.take(session, journey_id, chunk, now=now)
    return 1


def _listen(context: Context, journeys: list[int]) -> int:
    """The next rows of the timeline, as far as it is final."""
    found, until = feed.mark(context.database), time.monotonic() + FINAL_WITHIN
    while not feed.is_final(context.database, found):
        if time.monotonic() > until or context.stopping.wait(0.02):
            return 0

    def read(context: Context, journey_id: int) -> int:
        with context.transaction() as session:
            return entering.read_timeline(session, journey_id, found.position, now=context.clock())

    return sum(_guarded(context, read, journey_id) for journey_id in journeys)


def _advance(context: Context, journey_id: int) -> int:
    """The next people who are due."""
    now = context.clock()
    with context.read_only() as session:
        if not advancing.is_due(session, journey_id, now=now):
            return 0
    with context.transaction() as session:
        return advancing.advance(session, journey_id, now=now)
