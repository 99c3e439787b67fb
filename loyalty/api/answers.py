"""First answers, kept sealed for 24 hours."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.api.models import IdempotencyRecord
from loyalty.db import is_sqlite, keyring, new_public_id

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Name:
    """What a repeated request is known by: whose key, its `Idempotency-Key`, and a hash of what was asked."""

    api_key_id: int
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `is_same` is False when the key was used for another request."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    is_same: bool = True


def find(session: Session, name: Name, *, now: datetime) -> Answer | None:
    """The first answer under this key, if it still holds."""
    record = session.scalar(
        select(IdempotencyRecord).where(
            IdempotencyRecord.api_key_id == name.api_key_id,
            IdempotencyRecord.key == name.key,
            IdempotencyRecord.expires_at > now,
        )
    )
    if record is None:
        return None
    body = keyring(session).open(record.body, _place(record.public_id))
    return Answer(record.status, record.headers, body, record.request_hash == name.request_hash)


def take_turn(session: Session, name: Name) -> bool:
    """Whether no other transaction is answering under this key; holds until this one ends.

    SQLite has one writer at a time, so there the answer of another is committed before anybody asks.
    """
    if is_sqlite(session):
        return True
    digest = keyring(session).code_hash("turn", f"{name.api_key_id} {name.key}")
    turn = int.from_bytes(digest[:8], "big", signed=True)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(turn))))


def keep(session: Session, name: Name, answer: Answer, *, now: datetime) -> None:
    """Keep the first answer; an expired one under the same key goes."""
    session.execute(
        delete(IdempotencyRecord).where(
            IdempotencyRecord.api_key_id == name.api_key_id, IdempotencyRecord.key == name.key
        )
    )
    public_id = new_public_id()
    session.add(
        IdempotencyRecord(
            public_id=public_id,
            api_key_id=name.api_key_id,
            key=name.key,
            request_hash=name.request_hash,
            status=answer.status,
            headers=answer.headers,
            body=keyring(session).seal(answer.body, _place(public_id)),
            expires_at=now + KEPT,
        )
    )
    session.flush()


def _place(public_id: str) -> bytes:
    return crypto.aad("idempotency_record", "body", public_id)
