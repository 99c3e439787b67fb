"""Points that are given without a bill: to who joined, on birthdays, for friends brought."""

from datetime import date, datetime

from bots import voice
from jobs.registry import Context, job
from loyalty.points import gifts
from loyalty.referrals import paying

CHUNK = 50  # customers in one short transaction


@job(cron="* * * * *")
def welcome_members(context: Context, due_at: datetime) -> None:
    """Give new members what joining brings; each once, however often it runs."""
    after: int | None = 0
    while after is not None and not context.stopping.is_set():
        with context.transaction() as session:
            after = gifts.welcome(session, voice, now=context.clock(), after_id=after, limit=CHUNK)


@job(cron="0 8 * * *")
def give_birthday_points(context: Context, due_at: datetime) -> None:
    """Give what a birthday brings, today's and those of a week in which nothing ran; once in a calendar year each."""
    today = due_at.astimezone(context.settings.timezone).date()
    for day in gifts.days_to_keep(today):
        _celebrate(context, day)


@job(cron="10 * * * *")
def pay_referrals(context: Context, due_at: datetime) -> None:
    """Bring referrals as far as the bills say, each in its own transaction: waiting, paid, ended, taken back."""
    after = 0
    while not context.stopping.is_set():
        with context.read_only() as session:
            found = paying.due(session, after_id=after)
        if not found:
            return
        for referral_id in found:
            with context.transaction() as session:
                paying.look(session, voice, referral_id, now=context.clock())
        after = found[-1]


def _celebrate(context: Context, day: date) -> None:
    after: int | None = 0
    while after is not None and not context.stopping.is_set():
        with context.transaction() as session:
            after = gifts.celebrate(session, voice, day, now=context.clock(), after_id=after, limit=CHUNK)
