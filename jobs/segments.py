"""Keeping segments true: who entered and left, what is learned of the shop, how many belong."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from jobs.registry import Context, job, pump
from loyalty import shop
from loyalty.hooks import feed
from loyalty.purchases import tastes
from loyalty.segments import cycles, following, lists, log, rfm, saved, thresholds
from loyalty.segments.models import Segment

Found = TypeVar("Found")  # what is worked out of bills, by customer
FINAL_WITHIN = 2.0  # seconds a round waits for transactions that had begun
HABITS = 200  # customers whose bills are read in one short transaction


@pump(rest=1.0)
def follow_segments(context: Context) -> int:
    """Log who entered and left by what happened since the last round; returns how many rows and people were looked at.

    Safe on many workers: of those who look at one segment, one writes.
    """
    with context.read_only() as session:
        if not following.waits(session, feed.newest(session)):
            return 0
        is_new = following.is_new(session)
    if (end := _end(context)) is None:
        return 0
    if is_new:
        with context.transaction() as session:
            log.ensure(session, now=context.clock())
    return following.step(context.database, end, now=context.clock())


@job(cron="30 3 * * *")
def learn_segments(context: Context, due_at: datetime) -> None:
    """Mend habits that do not fit their bills, take quintiles and thresholds anew, have every segment settled whole."""
    with context.transaction() as session:
        log.ensure(session, now=context.clock())
        lists.forget_previews(session, now=context.clock())
    _mend(context, cycles.list_stale, cycles.work_out, cycles.write)
    _mend(context, tastes.list_unknown, tastes.work_out, tastes.write)
    _score(context)
    with context.transaction() as session:
        thresholds.learn_all(session, now=context.clock())
        log.begin_night(session, now=context.clock())


@job(cron="50 3 * * *")
def count_segments(context: Context, due_at: datetime) -> None:
    """Count every segment once more, each in its own short transaction; a second time only counts again."""
    with context.transaction() as session:
        saved.recount_shop(session)
    before: int | None = None
    while not context.stopping.is_set():
        with context.read_only() as session:
            page = saved.list_newest(session, before=before)
        for segment in page:
            with context.transaction() as session:
                saved.recount(session, session.get_one(Segment, segment.id), now=context.clock())
        if not page:
            return
        before = page[-1].id


def _mend(
    context: Context,
    list_due: Callable[..., Sequence[int]],
    work_out: Callable[[Session, Sequence[int]], Found],
    write: Callable[[Session, Found], None],
) -> None:
    """Work out of bills what is kept of their customers, so many at a time, and write it."""
    after = 0
    while not context.stopping.is_set():
        with context.read_only() as session:
            due = list_due(session, after_id=after, limit=HABITS)
            found = work_out(session, due)
        if not due:
            return
        with context.transaction() as session:
            write(session, found)
        after = due[-1]


def _score(context: Context) -> None:
    with context.transaction() as session:
        kept = rfm.take_bounds(session, shop.of(session).day(context.clock()))
    after = 0
    while not context.stopping.is_set():
        with context.read_only() as session:
            changed = rfm.list_differing(session, kept, after_id=after)
        if not changed:
            return
        with context.transaction() as session:
            rfm.rescore(session, kept, changed)
        after = changed[-1]


def _end(context: Context) -> int | None:
    """How far the timeline is final: as it is now, as soon as whoever is writing is done. None: not in time."""
    found, until = feed.mark(context.database), time.monotonic() + FINAL_WITHIN
    while not feed.is_final(context.database, found):
        if time.monotonic() > until or context.stopping.wait(0.02):
            return None
    return found.position
