"""Lines asked back («once more?»): the same line again within its time is the yes."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.db import keyring
from loyalty.staff.models import HeldLine
from loyalty.typed import fold

WITHIN = timedelta(seconds=60)


def once_more(session: Session, staff_id: int, line: str, *, now: datetime, within: timedelta = WITHIN) -> bool:
    """Whether this person's line was held within the time, and with that it is held no more.

    Otherwise it is held from now on. Lines are the same whatever their case, accents and spaces; only a keyed hash
    of them is kept. Of two at the same instant at most one is the yes.
    """
    held = delete(HeldLine).where(HeldLine.staff_id == staff_id, HeldLine.line_hash == _hash(session, line))
    if session.scalar(held.where(HeldLine.asked_at >= now - within).returning(HeldLine.id)) is not None:
        return True
    hold(session, staff_id, line, now=now)
    return False


def hold(session: Session, staff_id: int, line: str, *, now: datetime) -> None:
    """Ask «once more?» about a line; held already, it is asked anew."""
    session.execute(
        upsert.insert(session, HeldLine)
        .values(staff_id=staff_id, line_hash=_hash(session, line), asked_at=now)
        .on_conflict_do_update(index_elements=["staff_id", "line_hash"], set_={"asked_at": now})
    )


def prune(session: Session, *, before: datetime) -> None:
    """Drop lines nobody repeated."""
    session.execute(delete(HeldLine).where(HeldLine.asked_at < before))


def _hash(session: Session, line: str) -> bytes:
    return keyring(session).code_hash("held line", fold.fold(line))
