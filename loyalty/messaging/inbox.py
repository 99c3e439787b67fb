"""Events stored before work: one row each, claimed in the order their sender wrote them, settled once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from loyalty import crypto, prepared
from loyalty.alerts import raising
from loyalty.crypto import Keyring
from loyalty.db import Instant, keyring, new_public_id
from loyalty.errors import NotFound
from loyalty.messaging.models import InboundEvent, SeenEvent, is_open_in

LEASE = timedelta(seconds=10)
WAITS = tuple(timedelta(seconds=n) for n in (1, 3, 8, 20))  # after a failure; under a minute in all
ATTEMPTS = len(WAITS) + 1
TOO_OLD = timedelta(days=180)
REMEMBERED = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as the webhook hands it over; `body` is what the channel parses again later."""

    channel: str
    account: str
    event_id: str
    sender: str  # channel:account:user; "" when it names nobody
    name: str
    body: bytes
    ignored: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event this worker holds until its lease ends; `attempt` fences its settling."""

    id: int
    public_id: str
    channel: str
    account: str
    event_id: str
    body: bytes | None
    attempt: int


INSERT = sa.text(
    "INSERT INTO inbound_event"
    " (public_id, channel, account, event_id, sender, name, state, received_at, due_at, attempts, body)"
    " SELECT :public_id, :channel, :account, :event_id, :sender, :name, :state, :now, :now, 0, :body"
    " WHERE NOT EXISTS (SELECT 1 FROM seen_event s"
    " WHERE s.channel = :channel AND s.account = :account AND s.event_id = :event_id)"
    " ON CONFLICT (channel, account, event_id) DO NOTHING"
).bindparams(sa.bindparam("now", type_=Instant()), sa.bindparam("body", type_=sa.LargeBinary()))


def row(keys: Keyring, arrival: Arrival, now: datetime) -> dict[str, Any]:
    """The parameters of `INSERT` for one arrival. A repeated event inserts nothing."""
    public_id = new_public_id()
    body = None if arrival.ignored else keys.seal(arrival.body, place_of(public_id))
    return {
        "public_id": public_id,
        "channel": arrival.channel,
        "account": arrival.account,
        "event_id": arrival.event_id,
        "sender": arrival.sender or public_id,
        "name": arrival.name,
        "state": "ignored" if arrival.ignored else "received",
        "now": now,
        "body": body,
    }


def _claim_statement() -> sa.Executable:
    older = aliased(InboundEvent)
    first_of_sender = ~sa.exists().where(
        older.sender == InboundEvent.sender, is_open_in(older), older.id < InboundEvent.id
    )
    due = (
        sa.select(InboundEvent.id)
        .where(is_open_in(InboundEvent), InboundEvent.due_at <= sa.bindparam("now", type_=Instant()), first_of_sender)
        .order_by(InboundEvent.due_at, InboundEvent.id)
        .limit(sa.bindparam("most"))
        .with_for_update(skip_locked=True, of=InboundEvent)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return (
        sa.update(InboundEvent)
        .where(InboundEvent.id.in_(sa.select(due.c.id)))
        .values(attempts=InboundEvent.attempts + 1, due_at=sa.bindparam("until", type_=Instant()))
        .returning(
            InboundEvent.id,
            InboundEvent.public_id,
            InboundEvent.channel,
            InboundEvent.account,
            InboundEvent.event_id,
            InboundEvent.body,
            InboundEvent.attempts,
        )
    )


CLAIM = _claim_statement()  # made once: building it costs more than running it


def claim(session: Session, *, limit: int, now: datetime, lease: timedelta = LEASE) -> list[Claimed]:
    """Take due events, each the oldest open one of its sender; none that another worker is looking at.

    A claim counts as an attempt. An event whose fifth lease ran out is parked here, so one that kills the process
    parks too.
    """
    _park_exhausted(session, now)
    taken = session.connection().execute(CLAIM, {"now": now, "most": limit, "until": now + lease})
    return sorted((Claimed(*found) for found in taken), key=lambda event: event.id)


def renew(session: Session, events: Iterable[Claimed], *, now: datetime, lease: timedelta = LEASE) -> None:
    """Hold claimed events for another lease."""
    ids = [event.id for event in events]
    session.execute(
        sa.update(InboundEvent)
        .where(InboundEvent.id.in_(ids), is_open_in(InboundEvent))
        .values(due_at=now + lease)
        .execution_options(synchronize_session=False)
    )


def read(session: Session, event: Claimed) -> bytes:
    """The body as it was stored."""
    assert event.body is not None  # only ignored events are stored without one, and they are never due
    return keyring(session).open(event.body, place_of(event.public_id))


def settle(session: Session, event: Claimed, state: str, *, now: datetime) -> bool:
    """Mark a claimed event processed or ignored and drop its body; False when another worker took it over meanwhile.

    On False the caller must roll back: the effect is the other worker's to make.
    """
    session.flush()
    values = {"event": event.id, "attempt": event.attempt, "becomes": state, "now": now}
    return prepared.one(session.connection(), _SETTLE, values) is not None


def fail(session: Session, event: Claimed, error: str, *, now: datetime) -> bool:
    """Give an event back for another try, or park it after the fifth; returns whether it was parked."""
    if event.attempt >= ATTEMPTS:
        _finish(session, event, state="parked", settled_at=now, error=error)
        return True
    _finish(session, event, due_at=now + WAITS[event.attempt - 1], error=error)
    return False


def replay(session: Session, public_ids: Sequence[str], *, now: datetime) -> int:
    """Try parked events again; returns how many, and what the owner was told of them is over.

    Raises NotFound when one is not parked.
    """
    values = {"state": "received", "attempts": 0, "due_at": now, "settled_at": None}
    for public_id in public_ids:
        parked = sa.update(InboundEvent).where(InboundEvent.public_id == public_id, InboundEvent.state == "parked")
        if session.execute(parked.values(**values).returning(InboundEvent.id)).first() is None:
            raise NotFound(public_id)
        raising.close(session, "event_parked", public_id, now=now)
    return len(public_ids)


def list_newest(session: Session, *, state: str | None = None, limit: int = 50) -> Sequence[InboundEvent]:
    query = sa.select(InboundEvent).order_by(InboundEvent.id.desc()).limit(limit)
    return session.scalars(query.where(InboundEvent.state == state) if state else query).all()


def last_received(session: Session, channel: str, account: str) -> datetime | None:
    """When this account's newest event came; None when none is kept. One that has none is found by the unique index."""
    ours = sa.and_(InboundEvent.channel == channel, InboundEvent.account == account)
    if not session.scalar(sa.select(sa.exists().where(ours))):
        return None
    return session.scalar(sa.select(InboundEvent.received_at).where(ours).order_by(InboundEvent.id.desc()).limit(1))


def oldest_waiting(session: Session, now: datetime) -> timedelta:
    """How long the oldest due event has waited."""
    due_at = session.scalar(sa.select(sa.func.min(InboundEvent.received_at)).where(is_open_in(InboundEvent)))
    return now - due_at if due_at else timedelta()


def remember(session: Session, *, before: datetime, limit: int, on: date) -> int:
    """First half of pruning: note the ids of old settled rows. Returns how many were noted."""
    known = sa.exists().where(
        SeenEvent.channel == InboundEvent.channel,
        SeenEvent.account == InboundEvent.account,
        SeenEvent.event_id == InboundEvent.event_id,
    )
    rows = session.execute(
        sa.select(InboundEvent.channel, InboundEvent.account, InboundEvent.event_id)
        .where(InboundEvent.state.in_(("processed", "ignored")), InboundEvent.received_at < before, ~known)
        .limit(limit)
    ).all()
    if rows:
        session.execute(sa.insert(SeenEvent), [{**found._asdict(), "seen_on": on} for found in rows])
    return len(rows)


def forget(session: Session, *, noted_before: date, limit: int) -> int:
    """Second half, a day later at the earliest: delete rows whose ids were noted.

    Between the halves every insert that could race with the delete has seen the note, so no event comes twice.
    """
    noted = (
        sa.select(InboundEvent.id)
        .join(
            SeenEvent,
            (SeenEvent.channel == InboundEvent.channel)
            & (SeenEvent.account == InboundEvent.account)
            & (SeenEvent.event_id == InboundEvent.event_id),
        )
        .where(SeenEvent.seen_on < noted_before, InboundEvent.state.in_(("processed", "ignored")))
        .limit(limit)
    )
    gone = session.execute(sa.delete(InboundEvent).where(InboundEvent.id.in_(noted)).returning(InboundEvent.id))
    return len(gone.all())


def _park_exhausted(session: Session, now: datetime) -> None:
    prepared.run(session.connection(), _PARK, {"now": now})


def _finish(session: Session, event: Claimed, **values: Any) -> bool:
    mine = sa.update(InboundEvent).where(
        InboundEvent.id == event.id, InboundEvent.attempts == event.attempt, is_open_in(InboundEvent)
    )
    done = session.execute(
        mine.values(**values).returning(InboundEvent.id).execution_options(synchronize_session=False)
    )
    return done.first() is not None


_EVENTS = InboundEvent.metadata.tables[InboundEvent.__tablename__]
_PARK = (
    sa.update(_EVENTS)
    .where(is_open_in(InboundEvent), _EVENTS.c.due_at <= sa.bindparam("now", type_=Instant()))
    .where(_EVENTS.c.attempts >= ATTEMPTS)
    .values(
        state="parked",
        settled_at=sa.bindparam("now", type_=Instant()),
        error=sa.func.coalesce(_EVENTS.c.error, "process died"),
    )
)
_SETTLE = (
    sa.update(_EVENTS)
    .where(_EVENTS.c.id == sa.bindparam("event"), _EVENTS.c.attempts == sa.bindparam("attempt"))
    .where(_EVENTS.c.state == "received")
    .values(state=sa.bindparam("becomes"), settled_at=sa.bindparam("now", type_=Instant()), body=None)
    .returning(_EVENTS.c.id)
)


def place_of(public_id: str) -> bytes:
    """What a body is bound to."""
    return crypto.aad("inbound_event", "body", public_id)
