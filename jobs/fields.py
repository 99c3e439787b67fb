"""How many people have each field: counted by night, and when the console asks for it."""

from datetime import datetime

from jobs.registry import Context, job, pump
from loyalty.insights import field_counts


@job(cron="45 4 * * *")
def count_fields(context: Context, due_at: datetime) -> None:
    """Look without a writer's turn, and keep that."""
    now = context.clock()
    with context.read_only() as session:
        facts = field_counts.take(session)
    with context.transaction() as session:
        field_counts.keep(session, facts, now=now)


@pump(rest=3.0)
def recount_fields(context: Context) -> int:
    """Count where there is no count, or another is asked for. Two workers at it keep the same. Returns how often."""
    with context.read_only() as session:
        if not field_counts.find(session).is_asked:
            return 0
    count_fields(context, context.clock())
    return 1
