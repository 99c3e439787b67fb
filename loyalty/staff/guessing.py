"""What keeps one-time codes from being guessed: a chat account that misses waits, and so does everybody when many miss.

A code is one of 30^8 and lives ten minutes. With at most `EVERYWHERE` misses an hour, ten codes open day and night are
hit with a probability below 10^-6 a day, however many accounts guess.
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.db import is_sqlite, keyring
from loyalty.errors import RuleViolation, TooMany
from loyalty.staff import audit
from loyalty.staff.models import CodeMiss

MISSES = 5
EVERYWHERE = 1_000
WAIT = timedelta(hours=1)


class Chat(NamedTuple):
    """A chat account: who writes, through which of our accounts."""

    channel_account_id: int
    user_id: str


class WrongCode(RuleViolation):
    """No open code is this one; `left` more misses and the chat account waits."""

    code = "wrong_code"

    def __init__(self, left: int) -> None:
        super().__init__(left=left)
        self.left = left


class CodesExhausted(TooMany):
    """Codes are not looked at until `until`, not even right ones."""

    code = "codes_exhausted"

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(until=until, retry_after=max(1, round((until - now).total_seconds())))
        self.until = until


def take_turn(session: Session, chat: Chat) -> None:
    """One code of a chat account at a time, so that no miss goes uncounted. SQLite has one writer anyway."""
    if not is_sqlite(session):
        name = hashlib.blake2b(f"staff code|{chat}".encode(), digest_size=8).digest()
        session.execute(select(sa.func.pg_advisory_xact_lock(int.from_bytes(name, "big", signed=True))))


def refuse_waiting(session: Session, chat: Chat, *, now: datetime) -> None:
    """Raises CodesExhausted while this chat account, or everybody, has to wait."""
    until = max(_waits_until(session, chat), _all_wait_until(session, now), key=lambda end: end or now)
    if until is not None and now < until:
        raise CodesExhausted(until, now)


def count_miss(session: Session, chat: Chat, source: str, *, now: datetime) -> WrongCode:
    """Write a wrong code down and tell the owner when it was one too many; the refusal to raise."""
    session.add(CodeMiss(channel_account_id=chat.channel_account_id, user_id=chat.user_id, at=now))
    session.flush()
    subject = f"chat:{_tag(session, chat)}"
    left = MISSES - _recent(session, chat, now)
    if left <= 0:
        raising.raise_alert(session, "code_guessing", subject, source, now=now)
    if _all_wait_until(session, now) is not None:
        raising.raise_alert(session, "code_guessing", "everybody", f"{EVERYWHERE} an hour", now=now)
    audit.record(session, "stranger", "staff_code_missed", subject, source=source, now=now)
    return WrongCode(max(0, left))


def prune(session: Session, *, now: datetime) -> None:
    """Drop misses that no longer count."""
    session.execute(sa.delete(CodeMiss).where(CodeMiss.at < now - 2 * WAIT))


def _waits_until(session: Session, chat: Chat) -> datetime | None:
    """An hour from the last of five misses that lay within one hour."""
    query = select(CodeMiss.at).where(_of(chat)).order_by(CodeMiss.at.desc()).limit(MISSES)
    newest = session.scalars(query).all()
    if len(newest) < MISSES or newest[0] - newest[-1] >= WAIT:
        return None
    return newest[0] + WAIT


def _all_wait_until(session: Session, now: datetime) -> datetime | None:
    """An hour from the first of the newest `EVERYWHERE` misses, when they all lie within the hour."""
    query = select(CodeMiss.at).where(CodeMiss.at > now - WAIT).order_by(CodeMiss.at.desc())
    first = session.scalar(query.offset(EVERYWHERE - 1).limit(1))
    return first + WAIT if first is not None else None


def _recent(session: Session, chat: Chat, now: datetime) -> int:
    query = select(sa.func.count()).select_from(CodeMiss).where(_of(chat), CodeMiss.at > now - WAIT)
    return session.scalar(query) or 0


def _of(chat: Chat) -> ColumnElement[bool]:
    return sa.and_(CodeMiss.channel_account_id == chat.channel_account_id, CodeMiss.user_id == chat.user_id)


def _tag(session: Session, chat: Chat) -> str:
    """Tells one guessing chat from another without naming it."""
    return keyring(session).look_up("chat", f"{chat.channel_account_id}|{chat.user_id}").hex()[:12]
