"""The timeline in the one order receivers are told it, and how far it is final.

Numbers of rows are drawn before their transactions commit, so a row may appear behind one that was told already. On
PostgreSQL a mark remembers the highest number drawn and the transactions that had begun to write by then; the timeline
is final up to it once they are all over. A row's number is drawn only after its transaction has its own (the column's
default, migration 0006), so none of them can be missed. On SQLite one transaction writes at a time, and the last number
is final.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers.models import Customer
from loyalty.db import Database, is_sqlite
from loyalty.hooks import events
from loyalty.hooks.events import Event

AROUND = 64  # rows looked at together when a time is looked for

_DRAWN = sa.text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM activity_id_seq")
_NEXT = sa.text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")  # a snapshot's xmax knows only the ended
_OLDEST = sa.text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the timeline, and a transaction before which everybody began who has a number up to it."""

    position: int
    transaction: int


def newest(session: Session) -> int:
    """The highest number drawn so far, final or not."""
    if is_sqlite(session):
        return session.scalar(sa.select(sa.func.max(Activity.id))) or 0
    return _number(session, _DRAWN)


def mark(database: Database) -> Mark:
    """A mark at the end of the timeline as it is now."""
    with database.read_only() as session:
        position = newest(session)  # first: whoever drew a number up to it has begun
        return Mark(position, 0 if database.is_sqlite else _number(session, _NEXT))


def is_final(database: Database, found: Mark) -> bool:
    """Whether no row can appear any more at or before the mark."""
    if database.is_sqlite:
        return True
    with database.read_only() as session:
        return _number(session, _OLDEST) >= found.transaction


def after(session: Session, position: int, up_to: int, *, limit: int) -> Sequence[Event]:
    """The next events in their order; `up_to` is the position of a final mark."""
    columns = (Activity.id, Activity.public_id, Customer.public_id, Activity.kind, Activity.at, Activity.data)
    query = (
        sa.select(*columns)
        .join(Customer, Customer.id == Activity.customer_id)
        .where(Activity.id > position, Activity.id <= up_to)
        .order_by(Activity.id)
        .limit(limit)
    )
    return [events.of_row(*row) for row in session.execute(query)]


def before_time(session: Session, since: datetime) -> int:
    """The position of the last row before those recorded since then: events after it are told from that time on.

    Times rise with numbers but for rows that were dated back, so a few rows together say when a stretch was written.
    """
    low, high = 0, newest(session)
    while low < high:
        middle = (low + high) // 2
        if (written := _written(session, middle)) is not None and written < since:
            low = middle + 1
        else:
            high = middle
    first = sa.select(Activity.id).where(Activity.id > low, Activity.at >= since).order_by(Activity.id).limit(1)
    return (session.scalar(first) or low + 1) - 1


def _written(session: Session, position: int) -> datetime | None:
    """When the rows just after a position were written: the newest time among a few; None at the end."""
    stretch = sa.select(Activity.at).where(Activity.id > position).order_by(Activity.id).limit(AROUND).subquery()
    newest_time: datetime | None = session.scalar(sa.select(sa.func.max(stretch.c.at)))
    return newest_time


def _number(session: Session, query: sa.TextClause) -> int:
    return int(session.execute(query).scalar_one())
