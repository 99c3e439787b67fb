"""Portraits of segments: the shop's own by night, a segment's when it is new, changed, or asked for."""

from datetime import datetime

from jobs.registry import Context, job, pump
from loyalty.insights.portraits import keeping


@job(cron="30 4 * * *")
def portray_shop(context: Context, due_at: datetime) -> None:
    """Look at the whole shop without a writer's turn, keep that, and have every segment looked at again."""
    now = context.clock()
    with context.read_only() as session:
        taken = keeping.take_shop(session, now=now)
    with context.transaction() as session:
        keeping.keep_shop(session, taken, now=now)
        keeping.ask_all(session, now=now)


@pump(rest=3.0)
def portray_segments(context: Context) -> int:
    """Look at the segments that wait for it, each without a writer's turn and kept in one short transaction.

    Safe on many workers: two that look at one keep the same. Returns how many were looked at.
    """
    now = context.clock()
    with context.read_only() as session:
        due, is_first = keeping.list_due(session), keeping.of_shop(session) is None
    if due and is_first:
        portray_shop(context, now)
    for segment_id in due:
        if context.stopping.is_set():
            break
        with context.read_only() as session:
            taken = keeping.take(session, segment_id, now=now)
        with context.transaction() as session:
            keeping.keep(session, segment_id, taken, now=now)
    return len(due)
