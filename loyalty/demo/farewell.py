"""From demo to real: asked for in the console, done by whichever worker takes it, gone on with after a kill."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.db import FRESH_SECONDS, Database
from loyalty.demo import ground, removing
from loyalty.demo.removing import StillInUse
from loyalty.errors import RuleViolation
from loyalty.installation.models import DemoFarewell
from loyalty.staff.models import StaffMember

LEASE = timedelta(seconds=10)
AGAIN = timedelta(seconds=FRESH_SECONDS + 1)  # by then every process knows that this is no demo shop any more
RETRY = timedelta(seconds=5)


class NoDemo(RuleViolation):
    """This is no demo shop: there is nothing to take away."""

    code = "no_demo"


class Superseded(Exception):
    """Another worker has taken the work over, or this one is asked to end."""


def ask(session: Session, member: StaffMember, *, by: str, now: datetime) -> DemoFarewell:
    """Have the demo taken away. Whoever asks goes on working here, even as one of the demo's people.

    Asking again while it is under way changes nothing. Raises NoDemo.
    """
    if not ground.hold(session):
        raise NoDemo
    row = session.get(DemoFarewell, 1)
    if row is not None and row.finished_at is None:
        return row
    member.demo = False
    if row is None:
        row = DemoFarewell(id=1)
        session.add(row)
    row.asked_by, row.asked_at, row.due_at = by, now, now
    row.rows_found = row.rows_gone = 0
    row.owner = row.error = row.finished_at = None
    session.flush()
    return row


def find(session: Session) -> DemoFarewell | None:
    """How far it is; None when nobody ever asked."""
    return session.get(DemoFarewell, 1)


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether there is work nobody does at the moment."""
    return session.scalar(sa.select(DemoFarewell.id).where(*_open(), DemoFarewell.due_at <= now)) is not None


def work(database: Database, *, owner: str, clock: Callable[[], datetime], stopping: threading.Event) -> None:
    """Take the work and do it. A second round, when every process knows, removes who still came by as a demo person."""
    with database.transaction() as session:
        if not _take(session, owner, clock()):
            return
        was_demo = ground.hold(session)
    try:
        _count(database, owner)
        removing.empty(database, now=clock(), gone=_steps(owner, clock, stopping))
    except Superseded:
        return
    except StillInUse as refusal:
        _note(database, owner, error=refusal.code, due_at=clock() + RETRY)
        return
    database.look_again()
    if was_demo:
        _note(database, owner, error=None, due_at=clock() + AGAIN)
    else:
        _note(database, owner, error=None, finished_at=clock())


def _open() -> tuple[sa.ColumnElement[bool], ...]:
    return (DemoFarewell.id == 1, DemoFarewell.finished_at.is_(None))


def _take(session: Session, owner: str, now: datetime) -> bool:
    taken = (
        sa.update(DemoFarewell)
        .where(*_open(), DemoFarewell.due_at <= now)
        .values(owner=owner, due_at=now + LEASE)
        .returning(DemoFarewell.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(taken).first() is not None


def _count(database: Database, owner: str) -> None:
    """What there is to remove, once: a later round goes on with the same bar."""
    found = removing.count_rows(database)
    with database.transaction() as session:
        mine = sa.update(DemoFarewell).where(*_open(), DemoFarewell.owner == owner, DemoFarewell.rows_found == 0)
        session.execute(mine.values(rows_found=found).execution_options(synchronize_session=False))


def _steps(owner: str, clock: Callable[[], datetime], stopping: threading.Event) -> removing.Progress:
    """Counts what goes in the transaction that removes it, and holds the lease."""

    def gone(session: Session, rows: int) -> None:
        if stopping.is_set():
            raise Superseded
        mine = sa.update(DemoFarewell).where(*_open(), DemoFarewell.owner == owner)
        step = mine.values(rows_gone=DemoFarewell.rows_gone + rows, due_at=clock() + LEASE)
        if (
            session.execute(step.returning(DemoFarewell.id).execution_options(synchronize_session=False)).first()
            is None
        ):
            raise Superseded

    return gone


def _note(database: Database, owner: str, **values: object) -> None:
    with database.transaction() as session:
        mine = sa.update(DemoFarewell).where(*_open(), DemoFarewell.owner == owner)
        session.execute(mine.values(**values).execution_options(synchronize_session=False))
