"""What must hold of the people of the shop and of what is written down about them."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from loyalty.crypto import Undecryptable
from loyalty.staff import accounts, audit, passwords, second_factor
from loyalty.staff.models import (
    Approval,
    AuditEntry,
    AuditHead,
    Invitation,
    StaffCredential,
    StaffIdentity,
    StaffMember,
    StaffSession,
)

CHUNK = 1_000


def problems(session: Session) -> Iterator[str]:
    """Audit chains and their ends, cells that do not open, ways in of people who left, requests their maker decided."""
    yield from _chains(session)
    yield from _names(session)
    yield from _chats(session)
    yield from _credentials(session)
    yield from _ways_in(session)
    yield from _own_decisions(session)


def _chains(session: Session) -> Iterator[str]:
    heads = {head.actor: (head.length, head.chain) for head in session.execute(select(*AuditHead.__table__.c))}
    rows = session.execute(
        select(*AuditEntry.__table__.c).order_by(AuditEntry.actor, AuditEntry.seq).execution_options(yield_per=CHUNK)
    )
    for actor, entries in groupby(rows, key=lambda row: row.actor):
        seq, chain = 0, audit.GENESIS
        for entry in entries:
            yield from _entry(entry, seq, chain)
            seq, chain = entry.seq, entry.chain
        if heads.pop(actor, None) != (seq, chain):
            yield f"audit of {actor}: the chain does not end where its end is kept"
    for actor in heads:
        yield f"audit of {actor}: every row is gone"


def _entry(entry: Row[Any], before: int, previous: bytes) -> Iterator[str]:
    if entry.seq != before + 1:
        yield f"audit of {entry.actor}: nothing between row {before} and row {entry.seq}"
    if audit.link(previous, entry._asdict()) != entry.chain:
        yield f"audit of {entry.actor}: row {entry.seq} is not what was written, or follows another"


def _names(session: Session) -> Iterator[str]:
    for member in session.scalars(select(StaffMember).order_by(StaffMember.id)):
        try:
            accounts.name_of(session, member)
        except Undecryptable:
            yield f"staff {member.public_id}: the name does not open"


def _chats(session: Session) -> Iterator[str]:
    query = (
        select(StaffMember.public_id)
        .join(StaffIdentity, StaffIdentity.staff_id == StaffMember.id)
        .where(StaffIdentity.unbound_at.is_(None), StaffMember.removed_at.is_not(None))
    )
    for public_id in session.scalars(query):
        yield f"staff {public_id}: left, and a chat is still bound"


def _credentials(session: Session) -> Iterator[str]:
    query = select(StaffMember).join(StaffCredential, StaffCredential.staff_id == StaffMember.id)
    for member in session.scalars(query.order_by(StaffMember.id)):
        try:
            passwords.kept(session, member)
            second_factor.kept(session, member)
        except Undecryptable:
            yield f"staff {member.public_id}: the password or the second factor does not open"


def _ways_in(session: Session) -> Iterator[str]:
    """Who left has no password, no link and no open session."""
    for model, what in ((StaffCredential, "a password"), (Invitation, "a link"), (StaffSession, "a session")):
        query = select(StaffMember.public_id).join(model, model.staff_id == StaffMember.id).distinct()
        query = query.where(StaffMember.removed_at.is_not(None))
        if model is StaffSession:
            query = query.where(StaffSession.ended_at.is_(None))
        for public_id in session.scalars(query):
            yield f"staff {public_id}: left, and still has {what}"


def _own_decisions(session: Session) -> Iterator[str]:
    query = select(Approval.id).where(Approval.decided_by_id == Approval.asked_by_id).order_by(Approval.id)
    for number in session.scalars(query):
        yield f"approval {number}: decided by whoever asked"
