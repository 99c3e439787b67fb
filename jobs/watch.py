"""Looking at yesterday's awards with an owner's eyes."""

from datetime import datetime, timedelta

from structlog import get_logger

from jobs.registry import Context, job
from loyalty.watch import looking

log = get_logger()


@job(cron="40 1 * * *")
def watch_staff(context: Context, due_at: datetime) -> None:
    """Find what is worth a second look in the days not looked at yet; read without a lock, kept a day at a time."""
    yesterday = due_at.astimezone(context.settings.timezone).date() - timedelta(days=1)
    with context.read_only() as session:
        days = looking.due(session, yesterday)
    found = 0
    for day in days:
        if context.stopping.is_set():
            return
        with context.read_only() as session:
            seen = looking.look(session, day)
        with context.transaction() as session:
            found = looking.keep(session, seen, found=found, night=yesterday, now=context.clock())
    if found:
        log.info("watch_found", count=found)
