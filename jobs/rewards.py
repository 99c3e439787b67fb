"""Codes nobody used in time, and rewards that are there again."""

from datetime import datetime

from bots import voice
from jobs.registry import Context, job, pump
from loyalty.rewards import counter, redemptions, wishes
from loyalty.rewards.models import Redemption

CHUNK = 200  # codes looked for at once
WISHES = 20  # people told in one round


@job(cron="20 0 * * *")
def expire_redemptions(context: Context, due_at: datetime) -> None:
    """End what was not fetched by its last day, each in a transaction of its own; a second run finds none left."""
    today, after = due_at.astimezone(context.settings.timezone).date(), 0
    while not context.stopping.is_set():
        with context.read_only() as session:
            due = redemptions.list_due(session, today, after=after, limit=CHUNK)
        for redemption_id in due:
            _expire(context, redemption_id)
        if not due:
            return
        after = due[-1]


@pump(rest=5.0)
def tell_wishes(context: Context) -> int:
    """Tell people that a reward is in stock again; returns how many. Each wish is told once, whoever takes it."""
    with context.read_only() as session:
        due = wishes.list_due(session, limit=WISHES)
    for wish in due:
        with context.transaction() as session:
            wishes.tell(session, wish.reward_id, wish.customer_id, voice, now=context.clock())
    return len(due)


def _expire(context: Context, redemption_id: int) -> None:
    now = context.clock()
    with context.transaction() as session:
        redemption = session.get_one(Redemption, redemption_id)
        if redemptions.expire(session, redemption, now=now) and redemption.price:  # the message said until when
            name = "redemption_expired" if redemption.returned_id is not None else "redemption_lapsed"
            voice.tell(session, counter.notice(session, redemption, name), now=now)
