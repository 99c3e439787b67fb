"""Who is signed in at the console: one row per browser, found by the keyed hash of its cookie.

A session ends by itself after `IDLE` without a sign of life and after `ABSOLUTE` in any case.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from loyalty.db import keyring, new_public_id
from loyalty.errors import NotFound
from loyalty.staff.models import StaffMember, StaffSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
FRESH = timedelta(minutes=10)
TOKEN_BYTES = 32
LONGEST_TOKEN = 64  # characters worth hashing


class SessionNotFound(NotFound):
    """No open session of this person has the id."""

    code = "session_not_found"


class Seat(NamedTuple):
    """A signed-in browser and who sits at it."""

    row: StaffSession
    member: StaffMember


def begin(session: Session, member: StaffMember, *, device: str, now: datetime) -> str:
    """Sign somebody in: a new session and the token of its cookie, which is kept nowhere. They have just proved it."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id, ~_lasts(now)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = StaffSession(
        public_id=new_public_id(),
        staff_id=member.id,
        token_hash=_hash(session, token),
        device=device,
        created_at=now,
        last_seen_at=now,
        proved_at=now,
    )
    session.add(row)
    session.flush()
    return token


def find(session: Session, token: str, *, now: datetime) -> Seat | None:
    """Who this cookie's browser belongs to, as long as its session lasts; any text may be asked for."""
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    query = (
        select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(StaffSession.token_hash == _hash(session, token), _is_open(now), StaffMember.removed_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    return Seat(*found) if found is not None else None


def touch(session: Session, row: StaffSession, *, now: datetime) -> None:
    """A sign of life; written at most once every `TOUCH_EVERY`."""
    if now - row.last_seen_at < TOUCH_EVERY:
        return
    alive = (StaffSession.id == row.id, StaffSession.last_seen_at < now)
    session.execute(update(StaffSession).where(*alive).values(last_seen_at=now))


def prove(session: Session, row: StaffSession, *, now: datetime) -> None:
    """The person has just shown once more who they are."""
    session.execute(update(StaffSession).where(StaffSession.id == row.id).values(proved_at=now))


def is_fresh(row: StaffSession, now: datetime) -> bool:
    """Whether the last proof is recent enough for exports, keys and the like; otherwise ask for the password."""
    return now - row.proved_at <= FRESH


def end(session: Session, row: StaffSession, *, now: datetime) -> None:
    """Sign this browser out. Once more changes nothing."""
    _end(session, StaffSession.id == row.id, now=now)


def end_public(session: Session, staff_id: int, public_id: str, *, now: datetime) -> None:
    """Sign out one of this person's browsers. Raises SessionNotFound."""
    if not _end(session, and_(StaffSession.public_id == public_id, StaffSession.staff_id == staff_id), now=now):
        raise SessionNotFound


def end_all(session: Session, staff_id: int, *, but: int | None = None, now: datetime) -> int:
    """Sign this person out everywhere, but for the session with the id `but`; how many were open."""
    others = StaffSession.id != but if but is not None else StaffSession.id.is_not(None)
    return _end(session, and_(StaffSession.staff_id == staff_id, others), now=now)


def list_open(session: Session, staff_id: int, *, now: datetime) -> Sequence[StaffSession]:
    """The browsers this person is signed in with, last seen first."""
    query = select(StaffSession).where(StaffSession.staff_id == staff_id, _is_open(now))
    return session.scalars(query.order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())).all()


def _end(session: Session, which: ColumnElement[bool], *, now: datetime) -> int:
    ending = update(StaffSession).where(which, StaffSession.ended_at.is_(None)).values(ended_at=now)
    return len(session.execute(ending.returning(StaffSession.id)).all())


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(StaffSession.ended_at.is_(None), StaffSession.last_seen_at > now - IDLE, _lasts(now))


def _lasts(now: datetime) -> ColumnElement[bool]:
    return StaffSession.created_at > now - ABSOLUTE


def _hash(session: Session, token: str) -> bytes:
    return keyring(session).code_hash("staff session", token)
