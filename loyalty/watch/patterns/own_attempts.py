"""Awards to oneself that were refused: nothing was given, and the audit keeps the attempt."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points.counter.orders import OwnAccount
from loyalty.staff.models import AuditEntry
from loyalty.watch import days
from loyalty.watch.clues import Clue, Pattern
from loyalty.watch.days import Day
from loyalty.words import Both

SCORE, MORE, MOST = 40, 20, 100  # the first may be curiosity


def find(session: Session, day: Day) -> Iterator[Clue]:
    """From the audit of the day, by action and time."""
    here, staff = shop.of(session), days.members(session)
    query = (
        select(AuditEntry.actor, func.count())
        .where(AuditEntry.action == OwnAccount.noted, AuditEntry.at >= here.midnight(day.on))
        .where(AuditEntry.at < here.midnight(day.on + timedelta(days=1)))
        .group_by(AuditEntry.actor)
        .order_by(AuditEntry.actor)
    )
    for actor, count in session.execute(query):
        yield Clue(staff[actor], (), min(MOST, SCORE + MORE * (count - 1)), {"count": count})


PATTERN = Pattern(
    "own_attempts",
    Both("Thử cộng cho chính mình", "Tried to award themselves"),
    Both(
        "{staff} thử cộng điểm cho tài khoản của chính mình {count} lần trong ngày, đều đã bị chặn.",
        "{staff} tried to award an account of their own {count} times that day; each was refused.",
    ),
    find,
)
