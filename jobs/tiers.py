"""Tiers by the calendar: reviewed at night, told of in the morning."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from bots import tier_voice
from jobs.registry import Context, job
from loyalty import shop
from loyalty.points.tiers import changes, reviews, warning
from loyalty.programme import versions

CHUNK = 300  # customers in one short transaction
LATE = timedelta(hours=1)
TOLD_FOR = timedelta(hours=36)  # a fall nobody could be told of by then is no news any more

Sweep = Callable[[Session, str, int], int | None]  # of a tier, after a customer; where to go on


@job(cron="30 0 * * *")
def review_tiers(context: Context, due_at: datetime) -> None:
    """Take tiers the window no longer qualifies for, by the policy of the rules of today, and end those set by hand.

    Then find who is next: the console lists them before they are told.
    """
    for look in (reviews.sweep, warning.foresee):
        _each_tier(context, partial(_look, context, look))


@job(cron="0 9 * * *")
def tell_tiers(context: Context, due_at: datetime) -> None:
    """Tell people of a tier they lost last night, and warn whoever is about to lose one; each once.

    A run made up for late, at an hour the shop keeps quiet, is let go: nobody is woken, and the next one comes at nine.
    """
    with context.read_only() as session:
        late = context.clock() - due_at
        if late > LATE and shop.of(session).is_quiet(context.clock()):
            return
    _tell_falls(context)

    def warn(session: Session, tier: str, after: int) -> int | None:
        now = context.clock()
        return warning.sweep(
            session, tier, lambda own, each: tier_voice.warned(own, each, now=now), now=now, after_id=after, limit=CHUNK
        )

    _each_tier(context, warn)


def _look(context: Context, look: Callable[..., int | None], session: Session, tier: str, after: int) -> int | None:
    return look(session, tier, now=context.clock(), after_id=after, limit=CHUNK)


def _each_tier(context: Context, sweep: Sweep) -> None:
    """Go through the holders of every tier but the lowest, from the lowest up: who falls is not met again."""
    with context.read_only() as session:
        tiers = versions.at(session, shop.of(session).day(context.clock())).tiers[1:]
    for tier in tiers:
        after: int | None = 0
        while after is not None and not context.stopping.is_set():
            with context.transaction() as session:
                after = sweep(session, tier.code, after)


def _tell_falls(context: Context) -> None:
    now, after = context.clock(), 0
    while not context.stopping.is_set():
        with context.transaction() as session:
            falls = changes.list_falls(session, now - TOLD_FOR, after=after)
            for fall in falls:
                tier_voice.fell(session, fall, now=now)
        if not falls:
            return
        after = falls[-1].id
