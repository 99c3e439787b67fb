"""Keeping what is told of segments fresh."""

from datetime import datetime

from jobs.registry import Context, job
from loyalty.segments import saved
from loyalty.segments.models import Segment


@job(cron="50 3 * * *")
def count_segments(context: Context, due_at: datetime) -> None:
    """Count every segment once more, each in its own short transaction; a second time only counts again."""
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
