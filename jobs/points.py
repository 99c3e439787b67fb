"""What becomes of points by the calendar alone."""

from datetime import datetime

from jobs.registry import Context, job
from loyalty.points import due

CHUNK = 200  # customers in one short transaction


@job(cron="5 0 * * *")
def settle_points(context: Context, due_at: datetime) -> None:
    """Keep promises that are due and take points nobody used in time; each customer once a day, in their own order."""
    after: int | None = 0
    while after is not None and not context.stopping.is_set():
        with context.transaction() as session:
            after = due.sweep(session, now=context.clock(), after_id=after, limit=CHUNK)
