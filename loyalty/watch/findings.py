"""Findings as rows: found once, then explained or confirmed by an owner, and opened again."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import crypto, upsert
from loyalty.alerts import raising
from loyalty.customers.models import Customer
from loyalty.db import keyring
from loyalty.errors import NotFound
from loyalty.staff import audit
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from loyalty.typed import fold
from loyalty.watch.clues import Clue
from loyalty.watch.models import Finding, is_open

ALERT = "watch_found"
LARGEST_ID = 2**63 - 1
LONGEST_NOTE = 300

Verdict = Literal["explained", "confirmed"]


class FindingNotFound(NotFound):
    """There is no such finding."""

    code = "finding_not_found"


def keep(session: Session, pattern: str, clues: Iterable[Clue], day: date, *, now: datetime) -> int:
    """Keep what a pattern found in a shop day; how many are new. What is there already stays as it is."""
    return sum(_keep(session, pattern, clue, day, now) for clue in clues)


def get(session: Session, finding_id: int) -> Finding:
    """Raises FindingNotFound."""
    found = session.get(Finding, finding_id) if 0 < finding_id <= LARGEST_ID else None
    if found is None:
        raise FindingNotFound(str(finding_id))
    return found


def list_newest(session: Session, *, open_only: bool, before: int | None = None, limit: int) -> Sequence[Finding]:
    """A page, newest first; `before` is the id of the last one of the page before."""
    query = select(Finding).order_by(Finding.id.desc()).limit(limit)
    query = query.where(is_open(Finding)) if open_only else query.where(Finding.state != "open")
    return session.scalars(query if before is None else query.where(Finding.id < before)).all()


def judge(
    session: Session, finding_id: int, verdict: Verdict, note: str, *, member: StaffMember, by: Author, now: datetime
) -> Finding:
    """An owner has looked. The same verdict again only replaces the note; with the last open one, the alert ends.

    Raises FindingNotFound.
    """
    found = _lock(session, finding_id)
    words = fold.quote(note, LONGEST_NOTE)
    found.state, found.judged_by_id, found.judged_at = verdict, member.id, now
    found.note = keyring(session).seal(words.encode(), _place(found)) if words else None
    session.flush()
    if session.scalar(select(Finding.id).where(is_open(Finding)).limit(1)) is None:
        raising.close_kind(session, ALERT, now=now)
    audit.record_by(session, by, f"finding_{verdict}", f"finding:{found.id}", now=now)
    return found


def reopen(session: Session, finding_id: int, *, by: Author, now: datetime) -> Finding:
    """It is to be looked at again; its note goes. One that is open stays so. Raises FindingNotFound."""
    found = _lock(session, finding_id)
    if found.state != "open":
        found.state, found.judged_by_id, found.judged_at, found.note = "open", None, None, None
        session.flush()
        audit.record_by(session, by, "finding_reopened", f"finding:{found.id}", now=now)
    return found


def note_of(session: Session, finding: Finding) -> str:
    """What the owner wrote; "" where nothing."""
    return keyring(session).open(finding.note, _place(finding)).decode() if finding.note is not None else ""


def _keep(session: Session, pattern: str, clue: Clue, day: date, now: datetime) -> bool:
    whom = None if clue.customer_id is None else session.get_one(Customer, clue.customer_id)
    statement = (
        upsert.insert(session, Finding)
        .values(
            pattern=pattern,
            staff_id=clue.staff_id,
            subject="" if whom is None else whom.public_id,
            customer_id=clue.customer_id,
            day=day,
            entries=list(clue.entries),
            facts=dict(clue.facts),
            score=clue.score,
            state="open",
            found_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Finding.id)
    )
    return session.scalar(statement) is not None


def _lock(session: Session, finding_id: int) -> Finding:
    get(session, finding_id)
    return session.get_one(Finding, finding_id, with_for_update=True, populate_existing=True)


def _place(finding: Finding) -> bytes:
    return crypto.aad("watch_finding", "note", str(finding.id))
