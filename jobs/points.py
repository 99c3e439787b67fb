"""What becomes of points by the calendar alone."""

from datetime import datetime, timedelta

from bots import voice
from jobs.registry import Context, job
from loyalty import shop
from loyalty.points.ending import due, expiring

CHUNK = 200  # customers in one short transaction
LATE = timedelta(hours=1)


@job(cron="5 0 * * *")
def settle_points(context: Context, due_at: datetime) -> None:
    """Keep promises that are due and take points nobody used in time; each customer once a day, in their own order."""
    after: int | None = 0
    while after is not None and not context.stopping.is_set():
        with context.transaction() as session:
            after = due.sweep(session, now=context.clock(), after_id=after, limit=CHUNK)


@job(cron="0 10 * * *")
def warn_of_expiry(context: Context, due_at: datetime) -> None:
    """Tell everybody whose points end in 30, 7 or 1 days, once a day each.

    A run made up for late, at an hour the shop keeps quiet, is let go: nobody is woken, and the next one comes at ten.
    """
    day = due_at.astimezone(context.settings.timezone).date()
    for before in expiring.BEFORE:
        after: int | None = 0
        while after is not None and not context.stopping.is_set():
            with context.transaction() as session:
                now = context.clock()
                if now - due_at > LATE and shop.of(session).is_quiet(now):
                    return
                after = expiring.warn(session, voice, day, before, now=now, after_id=after, limit=CHUNK)
