"""What came in and went out lately: pages and figures for whoever looks after the channels, each over an index."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.crypto import Undecryptable
from loyalty.db import Instant, keyring
from loyalty.errors import NotFound
from loyalty.messaging import inbox
from loyalty.messaging.models import InboundEvent, OutboundMessage, is_lost, is_open_out, is_parked

STATES = ("waiting", "sending", "unknown", "failed", "skipped", "sent")
OPEN, LOST = ("waiting", "sending"), ("unknown", "failed", "skipped")
LATELY = timedelta(hours=24)
MOST_COUNTED = 500
RECENT = 5_000  # messages looked through for the last one an account sent
MARK = "~"  # between the parts of a cursor

Cursor = str


class EventNotFound(NotFound):
    """No parked event is called that."""

    code = "event_not_found"


def list_messages(
    session: Session, state: str | None, *, after: Cursor = "", limit: int = 50
) -> tuple[Sequence[OutboundMessage], Cursor | None]:
    """A page of messages and the cursor of the next; a cursor that is none begins at the start.

    All of them and those sent come newest first, those that failed or are unknown by when that was found out, and what
    still waits in the order in which it leaves.
    """
    if state in OPEN:
        return _page(session, _open(state), (OutboundMessage.lane, OutboundMessage.due_at), after, limit, rises=True)
    if state in LOST:
        return _page(session, _lost(state), (OutboundMessage.settled_at,), after, limit)
    rows = sa.select(OutboundMessage) if state is None else sa.select(OutboundMessage).filter_by(state=state)
    return _page(session, rows, (), after, limit)


def count_lost(session: Session, *, now: datetime) -> Mapping[int, Counter[str]]:
    """By account: how many messages failed, or became of unknown fate, in the last 24 hours, by reason.

    Looks at `MOST_COUNTED` + 1 of each state at most, the newest.
    """
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for state in ("failed", "unknown"):
        newest = (
            _lost(state, OutboundMessage.channel_account_id, OutboundMessage.reason)
            .where(OutboundMessage.settled_at >= now - LATELY)
            .order_by(OutboundMessage.settled_at.desc())
            .limit(MOST_COUNTED + 1)
        )
        for account_id, reason in session.execute(newest):
            found[account_id]["unknown" if state == "unknown" else reason or "other"] += 1
    return found


def last_sent(session: Session, account_id: int) -> datetime | None:
    """When this account sent last, looked for among the newest messages of all."""
    newest = (
        sa.select(OutboundMessage.channel_account_id, OutboundMessage.state, OutboundMessage.settled_at)
        .order_by(OutboundMessage.id.desc())
        .limit(RECENT)
        .subquery()
    )
    ours = sa.and_(newest.c.channel_account_id == account_id, newest.c.state == "sent")
    found: datetime | None = session.scalar(sa.select(sa.func.max(newest.c.settled_at)).where(ours))
    return found


def list_parked(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[InboundEvent]:
    """A page of the events we failed at, newest first; `before` is the last id of the page before."""
    query = sa.select(InboundEvent).where(is_parked(InboundEvent)).order_by(InboundEvent.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(InboundEvent.id < before)).all()


def get_parked(session: Session, public_id: str) -> InboundEvent:
    """Raises EventNotFound, also for an event that is not parked (any more)."""
    query = sa.select(InboundEvent).where(is_parked(InboundEvent), InboundEvent.public_id == public_id)
    event = session.scalars(query.limit(1)).one_or_none()
    if event is None:
        raise EventNotFound(public_id)
    return event


def body_of(session: Session, event: InboundEvent) -> bytes | None:
    """What the platform sent; None when nothing is kept of it, or no key opens it."""
    if event.body is None:
        return None
    try:
        return keyring(session).open(event.body, inbox.place_of(event.public_id))
    except Undecryptable:
        return None


def _open(state: str) -> sa.Select[Any]:
    return sa.select(OutboundMessage).where(OutboundMessage.state == state, is_open_out(OutboundMessage))


def _lost(state: str, *columns: Any) -> sa.Select[Any]:
    rows = sa.select(*columns) if columns else sa.select(OutboundMessage)
    # The state first: SQLite walks the index by the first term that fits, and sorts what an IN finds.
    return rows.where(OutboundMessage.state == state, is_lost(OutboundMessage))


def _page(
    session: Session, rows: sa.Select[Any], order: tuple[Any, ...], after: Cursor, limit: int, *, rises: bool = False
) -> tuple[Sequence[OutboundMessage], Cursor | None]:
    key = (*order, OutboundMessage.id)
    query = rows.order_by(*(column.asc() if rises else column.desc() for column in key)).limit(limit + 1)
    if (place := _read(after, key)) is not None:
        here, there = sa.tuple_(*key), sa.tuple_(*place)
        query = query.where(here > there if rises else here < there)
    found = session.scalars(query).all()
    more = _write(found[limit - 1], key) if len(found) > limit else None
    return found[:limit], more


def _write(row: OutboundMessage, key: tuple[Any, ...]) -> Cursor:
    values = (getattr(row, column.key) for column in key)
    return MARK.join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def _read(cursor: Cursor, key: tuple[Any, ...]) -> list[sa.ColumnElement[Any]] | None:
    parts = cursor.split(MARK)
    if len(parts) != len(key):
        return None
    try:
        return [_literal(part, column) for part, column in zip(parts, key, strict=True)]
    except ValueError:
        return None


def _literal(part: str, column: Any) -> sa.ColumnElement[Any]:
    """Raises ValueError."""
    if not isinstance(column.type, Instant):
        if not (part.isascii() and part.isdigit() and len(part) < 19):
            raise ValueError(part)
        return sa.literal(int(part), column.type)
    at = datetime.fromisoformat(part)
    if at.tzinfo is None:
        raise ValueError(part)
    return sa.literal(at, column.type)
