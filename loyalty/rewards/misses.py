"""What keeps reward codes from being guessed: five misses and one waits between tries, twenty and one is stopped.

A code is one of 21 thousand million (30^7, a thirty-first left out). A slip of the finger fails the check sign and
does not count: what does is a code that could be one and is nobody's. With 20 misses a day and ten thousand codes
open, a guesser hits one in a hundred years.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.errors import NotFound, TooMany
from loyalty.rewards.models import RedemptionMiss
from loyalty.staff import audit
from loyalty.staff.audit import Author

SLOWED, STOPPED = 5, 20
COUNTED = timedelta(hours=24)
WAIT = timedelta(minutes=1)


class WrongRewardCode(NotFound):
    """Nobody has this code; `left` more misses and whoever types waits, or is stopped."""

    code = "wrong_reward_code"


class Slowed(TooMany):
    """Codes of this person are not looked at until `until`; `reason`: slowed, stopped."""

    code = "reward_codes_exhausted"

    def __init__(self, reason: str, until: datetime, now: datetime) -> None:
        wait = max(1, round((until - now).total_seconds()))
        super().__init__(reason=reason, until=until, retry_after=wait)


def refuse_waiting(session: Session, actor: str, *, now: datetime) -> None:
    """Raises Slowed while this person has to wait."""
    missed = session.scalars(select(RedemptionMiss.at).where(_recent(actor, now)).order_by(RedemptionMiss.at)).all()
    if len(missed) >= STOPPED and now < (until := missed[-STOPPED] + COUNTED):
        raise Slowed("stopped", until, now)
    if len(missed) >= SLOWED and now < (until := missed[-1] + WAIT):
        raise Slowed("slowed", until, now)


def count(session: Session, author: Author, *, now: datetime) -> WrongRewardCode:
    """Write a miss down, and tell the owner when it stops somebody; the refusal to raise. The caller keeps it."""
    session.add(RedemptionMiss(actor=author.actor, at=now))
    session.flush()
    missed = session.scalar(select(func.count()).select_from(RedemptionMiss).where(_recent(author.actor, now))) or 0
    if missed >= STOPPED:
        raising.raise_alert(session, "reward_code_guessing", author.actor, author.source, now=now)
    audit.record_by(session, author, "reward_code_missed", "redemption", now=now)
    return WrongRewardCode(left=max(0, (SLOWED if missed < SLOWED else STOPPED) - missed))


def _recent(actor: str, now: datetime) -> ColumnElement[bool]:
    return (RedemptionMiss.actor == actor) & (RedemptionMiss.at > now - COUNTED)
