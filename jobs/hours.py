"""The hour of day everybody is best written to, learned by night."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from jobs.registry import Context, job
from loyalty.purchases import hours
from loyalty.purchases.hours import Hours

PEOPLE = 2_000  # looked at in one go, kept in one short transaction
Part = tuple[int, int, dict[int, Hours]]  # the customers after one, up to another, and what they did


@job(cron="15 4 * * *")
def learn_hours(context: Context, due_at: datetime) -> None:
    """First the shop's day out of everybody's, then each person's hour against it; only what differs is written."""
    everybody: Counter[int] = Counter()
    for _, _, found in _parts(context):
        for own in found.values():
            everybody.update(own)
    if context.stopping.is_set():
        return
    with context.transaction() as session:
        hours.keep_shop(session, everybody)
    for after, last, found in _parts(context):
        with context.read_only() as session:
            difference = hours.compare(session, found, after_id=after, until_id=last)
        if difference:
            with context.transaction() as session:
                hours.keep(session, difference)


def _parts(context: Context) -> Iterator[Part]:
    after = 0
    while not context.stopping.is_set():
        with context.read_only() as session:
            found, last = hours.tally(session, after_id=after, limit=PEOPLE, now=context.clock())
        if last is None:
            return
        yield after, last, dict(found)
        after = last
