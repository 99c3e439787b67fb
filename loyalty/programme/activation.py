"""Putting a document in force from a local midnight to come, taking it back, and going back to the rules before."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.programme import checking
from loyalty.programme.faults import BadProgramme
from loyalty.programme.models import ProgrammeVersion, WithdrawnVersion
from loyalty.programme.versions import VERSIONS
from loyalty.staff import audit
from loyalty.staff.audit import Author

LONGEST_NOTE = 300


class NotToCome(RuleViolation):
    """Rules begin at a midnight to come: `day` is today or gone, `earliest` is the next one."""

    code = "programme_not_to_come"


class DayTaken(Conflict):
    """Another version (`version`) begins on that `day`; it is withdrawn first."""

    code = "programme_day_taken"


class SameRules(Conflict):
    """The document is, letter for letter, what holds on that `day` already (`version`)."""

    code = "programme_same"


class VersionNotFound(NotFound):
    """No version has this number."""

    code = "programme_version_not_found"


class NothingBefore(RuleViolation):
    """There are no rules before those in force to go back to."""

    code = "programme_nothing_before"


def activate(
    session: Session, document: str, from_day: date, *, note: str = "", by: Author, now: datetime
) -> ProgrammeVersion:
    """Let a document be the rules for purchases of a shop day to come and later, until another version begins.

    Written down with its author. Raises BadProgramme (nothing is activated), NotToCome, DayTaken, SameRules.
    """
    tomorrow = shop.of(session).day(now) + timedelta(days=1)
    if from_day < tomorrow:
        raise NotToCome(day=from_day, earliest=tomorrow)
    if faults := checking.check(session, document, from_day).faults:
        raise BadProgramme(faults)
    return _add(session, document, from_day, note, by, now)


def rollback(session: Session, *, note: str = "", by: Author, now: datetime) -> ProgrammeVersion | WithdrawnVersion:
    """Withdraw the version activated last, if its day has not come; else put the rules before today's in force again.

    They begin tomorrow, as a version of its own. Raises NothingBefore, DayTaken.
    """
    today = shop.of(session).day(now)
    coming = session.scalar(
        select(ProgrammeVersion).where(VERSIONS.c.effective_from > today).order_by(_NEWEST).limit(1)
    )
    if coming is not None:
        return withdraw(session, coming.version, by=by, now=now)
    held = session.scalars(
        select(ProgrammeVersion).where(VERSIONS.c.effective_from <= today).order_by(_LATEST).limit(2)
    ).all()
    if len(held) < 2:
        raise NothingBefore
    return _add(session, held[1].document, today + timedelta(days=1), note or f"← {held[1].version}", by, now)


def withdraw(session: Session, version: int, *, by: Author, now: datetime) -> WithdrawnVersion:
    """Take a version back before its day. Raises VersionNotFound, NotToCome (it holds already)."""
    row = session.get(ProgrammeVersion, version, with_for_update=True)
    if row is None:
        raise VersionNotFound(version=version)
    today = shop.of(session).day(now)
    if row.effective_from <= today:
        raise NotToCome(day=row.effective_from, earliest=today + timedelta(days=1))
    kept = {name: getattr(row, name) for name in VERSIONS.c.keys()}  # noqa: SIM118  # columns, not a dict
    withdrawn = WithdrawnVersion(**kept, withdrawn_at=now, withdrawn_by=by.actor)
    session.add(withdrawn)
    session.delete(row)
    session.flush()
    audit.record_by(session, by, "programme_withdrawn", f"programme:{version}", now=now)
    return withdrawn


def list_all(session: Session) -> Sequence[ProgrammeVersion]:
    """Every version, the one that begins last first."""
    return session.scalars(select(ProgrammeVersion).order_by(_LATEST)).all()


def list_withdrawn(session: Session) -> Sequence[WithdrawnVersion]:
    """Every version taken back, newest first."""
    return session.scalars(select(WithdrawnVersion).order_by(WithdrawnVersion.version.desc())).all()


def get(session: Session, version: int) -> ProgrammeVersion:
    """Raises VersionNotFound."""
    found = session.get(ProgrammeVersion, version)
    if found is None:
        raise VersionNotFound(version=version)
    return found


def _add(session: Session, document: str, from_day: date, note: str, by: Author, now: datetime) -> ProgrammeVersion:
    _refuse_taken(session, document, from_day)
    row = {"document": document, "effective_from": from_day, "created_at": now, "author": by.actor}
    version = _next_version(session)
    try:
        with session.begin_nested():  # two at once: one of them finds its number or its day taken
            added = insert(ProgrammeVersion).values(**row, version=version, note=note[:LONGEST_NOTE] or None)
            made = session.scalars(added.returning(ProgrammeVersion)).one()
    except IntegrityError:
        raise DayTaken(day=from_day, version=version) from None
    detail = {"from": from_day.isoformat(), "note": note[:LONGEST_NOTE]}
    audit.record_by(session, by, "programme_activated", f"programme:{version}", detail=detail, now=now)
    return made


def _refuse_taken(session: Session, document: str, from_day: date) -> None:
    """One version a day, and none that changes nothing."""
    holding = session.scalar(
        select(ProgrammeVersion).where(VERSIONS.c.effective_from <= from_day).order_by(_LATEST).limit(1)
    )
    if holding is not None and holding.effective_from == from_day:
        raise DayTaken(day=from_day, version=holding.version)
    if holding is not None and holding.document == document:
        raise SameRules(day=from_day, version=holding.version)


def _next_version(session: Session) -> int:
    numbers = select(func.max(VERSIONS.c.version)), select(func.max(WithdrawnVersion.version))
    return 1 + max(session.scalar(number) or 0 for number in numbers)


_NEWEST = VERSIONS.c.version.desc()
_LATEST = VERSIONS.c.effective_from.desc()
