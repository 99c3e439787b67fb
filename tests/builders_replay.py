"""A replay of the whole shop, as a test looks at it."""

from datetime import date

from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points.replay import running
from loyalty.points.replay.running import Replayed

FAR = date(2100, 1, 1)


def differences(session: Session, until: date = FAR, *, is_whole: bool = True) -> list[str]:
    """What a replay to the end of a day would list."""
    session.flush()
    found = running.replay(session, until, is_whole=is_whole)
    return [*running.faults(session), *(line for each in found for line in each.differences)]


def differences_of(session: Session, *customers: Customer) -> list[str]:
    """The same of some customers, made one after the other."""
    session.flush()
    found = running.replay_some(session, [each.id for each in customers], FAR, is_whole=True)
    return [line for each in found for line in each.differences]


def replayed(session: Session, until: date) -> dict[str, Replayed]:
    """Each customer at the end of a day, by public id."""
    return {each.customer: each for each in running.replay(session, until, is_whole=False)}
