"""Spreadsheets brought in: checked, written and undone in the background; what waits too long is forgotten."""

from datetime import datetime

from jobs.registry import Context, job, pump
from loyalty.exchange import batches, running

CHUNK = 1_000  # rows deleted in one transaction


@pump(rest=0.5)
def advance_imports(context: Context) -> int:
    """Bring every waiting import through its phase, one after the other; returns how many it worked on.

    Safe on many workers: an import is leased, and one whose worker died is gone on with from its last chunk.
    """
    with context.read_only() as session:
        waiting = batches.list_working(session, now=context.clock())
    for batch_id in waiting:
        if not context.stopping.is_set():
            running.run(
                context.database,
                batch_id,
                owner=context.owner,
                clock=context.clock,
                is_stopping=context.stopping.is_set,
            )
    return len(waiting)


@job(cron="7 * * * *")
def forget_imports(context: Context, due_at: datetime) -> None:
    """Delete the files of imports older than a day, and what is left of cancelled ones, in short transactions."""
    more = True
    while more and not context.stopping.is_set():
        with context.transaction() as session:
            more = batches.forget_old(session, now=context.clock())
    rows = CHUNK
    while rows and not context.stopping.is_set():
        with context.transaction() as session:
            rows = batches.forget_rows(session, limit=CHUNK)
