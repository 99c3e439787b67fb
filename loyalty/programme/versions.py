"""Which version of the rules holds on a shop day."""

from datetime import date
from functools import lru_cache

from sqlalchemy import BindParameter, ColumnElement, Date, bindparam, func, select
from sqlalchemy.orm import Session

from loyalty import prepared
from loyalty.errors import RuleViolation
from loyalty.programme import reading
from loyalty.programme.document import Programme
from loyalty.programme.models import ProgrammeVersion

VERSIONS = ProgrammeVersion.metadata.tables[ProgrammeVersion.__tablename__]


class NoProgramme(RuleViolation):
    """No version of the rules is in force on that `day`."""

    code = "no_programme"


def at(session: Session, day: date) -> Programme:
    """The rules for purchases of a shop day. Raises NoProgramme."""
    session.flush()
    row = prepared.one(session.connection(), _AT, {"of_day": day})
    if row is None:
        raise NoProgramme(day=day)
    return parse(row.version, row.document)


def get(session: Session, version: int) -> Programme:
    """One version of the rules, in force or not."""
    query = select(VERSIONS.c.document).where(VERSIONS.c.version == version)
    return parse(version, session.execute(query).scalar_one())


def since(session: Session, day: date) -> date:
    """The first day of the rules in force on a shop day. Raises NoProgramme."""
    found: date | None = session.scalar(select(VERSIONS.c.effective_from).where(in_force(day)))
    if found is None:
        raise NoProgramme(day=day)
    return found


def in_force(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that picks the version for a shop day, for a query of one's own."""
    newest = select(func.max(VERSIONS.c.effective_from)).where(VERSIONS.c.effective_from <= day)
    return VERSIONS.c.effective_from == newest.scalar_subquery()


_AT = select(VERSIONS.c.version, VERSIONS.c.document).where(in_force(bindparam("of_day", type_=Date())))


@lru_cache(maxsize=64)
def parse(version: int, document: str) -> Programme:
    """The rules a document states; the same text is read once per process. Raises BadProgramme."""
    return reading.read(version, document).must()
