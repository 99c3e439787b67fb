"""Who did what, when, where and why: one hash chain per actor, only ever added to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from loyalty import prepared, upsert
from loyalty.errors import LoyaltyError
from loyalty.staff.models import AuditEntry, AuditHead, StaffMember

GENESIS = bytes(32)  # what the first row of every chain follows
TOLD = ("actor", "seq", "action", "subject", "source", "detail")  # and `at`, as text


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, and where: `staff:<public id>` on zalo, `cli` on cli."""

    actor: str
    source: str

    @classmethod
    def of(cls, member: StaffMember, source: str) -> Self:
        return cls(f"staff:{member.public_id}", source)


CLI = Author("cli", "cli")


def record(
    session: Session,
    actor: str,
    action: str,
    subject: str,
    *,
    source: str,
    detail: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Append to the actor's chain. `subject` and `detail` (plain JSON values) hold no personal data.

    Locks the end of the chain until the transaction ends, so it comes after every other lock.
    """
    session.flush()
    connection, new_head = session.connection(), {"actor": actor, "length": 1, "chain": GENESIS}
    seq, previous = prepared.one(connection, _ADVANCE[connection.dialect.name], new_head)
    row = {
        "actor": actor,
        "seq": seq,
        "action": action,
        "subject": subject,
        "source": source,
        "detail": dict(detail or {}),
        "at": now,
    }
    chain = link(previous, row)
    prepared.run(connection, _ENTRY, {**row, "chain": chain})
    prepared.run(connection, _CHAIN, {"of_actor": actor, "grown": chain})


_HEADS = AuditHead.metadata.tables[AuditHead.__tablename__]
_LONGER = {"length": _HEADS.c.length + 1}
_ADVANCE = upsert.each(
    AuditHead,
    lambda insert: insert.on_conflict_do_update(index_elements=["actor"], set_=_LONGER).returning(
        _HEADS.c.length, _HEADS.c.chain
    ),
)
_ENTRY = insert(AuditEntry.metadata.tables[AuditEntry.__tablename__])
_CHAIN = update(_HEADS).where(_HEADS.c.actor == bindparam("of_actor")).values(chain=bindparam("grown"))


def record_by(
    session: Session,
    author: Author,
    action: str,
    subject: str,
    *,
    detail: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """`record` for whoever acts."""
    record(session, author.actor, action, subject, source=author.source, detail=detail, now=now)


def note_refused(session: Session, author: Author, refused: LoyaltyError, *, now: datetime) -> None:
    """Keep that somebody tried what was refused, where that is worth knowing; nothing of it was done."""
    if refused.noted:
        record_by(session, author, refused.noted, author.actor, now=now)


def link(previous: bytes, row: Mapping[str, Any]) -> bytes:
    """The hash of a row (its `TOLD` columns) and of everything before it."""
    told = [row[name] for name in TOLD] + [row["at"].astimezone(UTC).isoformat()]
    return hashlib.sha256(previous + json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).digest()
