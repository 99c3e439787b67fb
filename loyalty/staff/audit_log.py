"""Reading what was written down: newest first, by who, what and when; and proof that one actor's rows are whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from loyalty.db import Instant
from loyalty.staff import audit
from loyalty.staff.models import AuditEntry, AuditHead

CHECKED_AT_ONCE = 2_000  # newest rows of one actor


class Check(NamedTuple):
    """What looking at the newest `rows` of an actor's `length` rows found; `problem` is "" when all is well."""

    rows: int
    length: int
    problem: str


def list_newest(
    session: Session,
    *,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[AuditEntry]:
    """Rows written before the one with the id `before`, newest first; [since, until)."""
    query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if action:
        query = query.where(AuditEntry.action == action)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    if before is not None and (last := session.get(AuditEntry, before)) is not None:
        query = query.where(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(literal(last.at, Instant()), last.id))
    return session.scalars(query).all()


def list_actors(session: Session) -> Sequence[str]:
    """Everybody who ever did something, by the keys of their chains."""
    return session.scalars(select(AuditHead.actor).order_by(AuditHead.actor)).all()


def check(session: Session, actor: str) -> Check:
    """Recompute the newest rows of one actor's chain, and compare its end with where it is kept."""
    head = session.get(AuditHead, actor)
    kept = (head.length, head.chain) if head is not None else (0, audit.GENESIS)
    query = select(AuditEntry).where(AuditEntry.actor == actor).order_by(AuditEntry.seq.desc())
    rows = session.scalars(query.limit(CHECKED_AT_ONCE + 1)).all()
    links = [(row.seq, row.chain) for row in rows]
    if len(links) <= CHECKED_AT_ONCE:
        links.append((0, audit.GENESIS))
    found = len(links) - 1
    if links[0] != kept:
        return Check(found, kept[0], "the chain does not end where its end is kept")
    for row, (seq, chain) in zip(rows, links[1:], strict=False):
        if (
            row.seq != seq + 1
            or audit.link(chain, {name: getattr(row, name) for name in (*audit.TOLD, "at")}) != row.chain
        ):
            return Check(found, kept[0], f"row {row.seq} is not what was written, or follows another")
    return Check(found, kept[0], "")
