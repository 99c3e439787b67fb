"""Receipts that came before the send they are about was settled."""

from datetime import datetime

from jobs.registry import Context, job
from loyalty.messaging import receipts


@job(cron="* * * * *")
def match_receipts(context: Context, due_at: datetime) -> None:
    """Give each to its message, a few hundred in one transaction; what is nobody's goes after two days."""
    while not context.stopping.is_set():
        with context.transaction() as session:
            if not receipts.match(session):
                return
