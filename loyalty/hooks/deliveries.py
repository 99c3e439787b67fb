"""Telling receivers: taken under a lease, told with nothing locked, settled once, each attempt written down.

Killed between telling and settling, whoever takes it next tells the same event again under the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.alerts import raising
from loyalty.db import keyring, new_public_id
from loyalty.hooks import feed, subscriptions
from loyalty.hooks.events import Event
from loyalty.hooks.models import Webhook, WebhookDelivery

LEASE = timedelta(seconds=12)  # renewed while its holder lives
KEPT = timedelta(days=30)
GONE = 410  # the receiver wants nothing more
HEAD = 1024  # bytes of an answer that are kept
WAITS = (  # after the first failure, the second …; after the last one it is given up
    *(timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
    *(timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24)),
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to tell one receiver. `position` is where it stands, `tests` whether a test is wanted."""

    webhook_id: int
    fence: int
    position: int
    events: Sequence[str]
    url: str
    secrets: Sequence[str]
    failures: int
    test_id: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. `error` is None when the receiver took it; `retry_after` is what it asked for."""

    ms: int
    status: int | None = None
    error: str | None = None
    response: bytes = b""
    retry_after: timedelta | None = None


def any_waits(session: Session, newest: int, *, now: datetime) -> bool:
    """Whether there is anything to do: a cheap look before one takes anything."""
    return session.scalar(sa.select(Webhook.id).where(_waits(newest, now)).limit(1)) is not None


def claim(session: Session, newest: int, *, limit: int, now: datetime) -> list[Lease]:
    """Take receivers that are behind `newest` or wait for a test; nobody else has them until the lease runs out."""
    query = sa.select(Webhook).where(_waits(newest, now)).order_by(Webhook.due_at, Webhook.id).limit(limit)
    found = session.scalars(query.with_for_update(skip_locked=True)).all()
    for webhook in found:
        webhook.fence += 1
        webhook.leased_until = now + LEASE
    session.flush()
    return [_lease(session, webhook, now) for webhook in found]


def renew(session: Session, leases: Sequence[Lease], *, now: datetime) -> None:
    """Keep them a while longer; one that was lost meanwhile stays lost."""
    for lease in leases:
        session.execute(_held(lease).values(leased_until=now + LEASE))


def settle(session: Session, lease: Lease, event: Event, outcome: Outcome, *, now: datetime) -> bool:
    """Write down an attempt and move on, or wait, or give up. False when the lease is over or was lost."""
    webhook = _take(session, lease)
    attempt = 1 if event.position is None else (webhook or lease).failures + 1
    _log(session, lease, event, outcome, attempt, now)
    if webhook is None:
        return False
    if event.position is None:
        webhook.test_id = None if webhook.test_id == event.id else webhook.test_id
    elif outcome.error is None:
        webhook.position = min(event.position, feed.newest(session))  # the row may be gone, and the end with it
        webhook.failures, webhook.error, webhook.delivered_at = 0, None, now
    else:
        _failed(session, webhook, outcome, now)
    session.flush()
    return event.position is None or (outcome.error is None and webhook.state == "active")


def release(session: Session, lease: Lease, position: int = 0) -> None:
    """Done for now; up to `position` there is nothing it wants to be told."""
    if (webhook := _take(session, lease)) is not None:
        webhook.position = max(webhook.position, min(position, feed.newest(session)))
        webhook.leased_until = None
        session.flush()


def list_newest(
    session: Session, webhook: Webhook, *, failed_only: bool = False, before: int | None = None, limit: int = 50
) -> Sequence[WebhookDelivery]:
    """A page of attempts, newest first; `before` is the id of the last one of the page before."""
    query = select_of(webhook)
    if failed_only:
        query = query.where(WebhookDelivery.outcome == sa.literal_column("'failed'"))  # as the index says it
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    return session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)).all()


def find(session: Session, webhook: Webhook, delivery_id: int) -> WebhookDelivery | None:
    """One attempt of this receiver's."""
    return session.scalar(select_of(webhook).where(WebhookDelivery.id == delivery_id))


def select_of(webhook: Webhook) -> sa.Select[WebhookDelivery]:
    return sa.select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)


def response_of(session: Session, delivery: WebhookDelivery) -> str | None:
    """The beginning of the receiver's answer, as text; what is no text in it is �."""
    if delivery.response is None:
        return None
    return keyring(session).open(delivery.response, _place(delivery.public_id)).decode(errors="replace")


def _waits(newest: int, now: datetime) -> sa.ColumnElement[bool]:
    behind = sa.and_(Webhook.state == "active", Webhook.due_at <= now, Webhook.position < newest)
    tested = sa.and_(Webhook.state != "removed", Webhook.test_id.is_not(None))
    is_free = sa.or_(Webhook.leased_until.is_(None), Webhook.leased_until <= now)
    return sa.and_(is_free, sa.or_(behind, tested))


def _lease(session: Session, webhook: Webhook, now: datetime) -> Lease:
    return Lease(
        webhook.id,
        webhook.fence,
        webhook.position,
        tuple(webhook.events),
        subscriptions.url_of(session, webhook),
        tuple(subscriptions.secrets_of(session, webhook, now=now)),
        webhook.failures,
        webhook.test_id,
        webhook.state == "active" and webhook.due_at <= now,
    )


def _held(lease: Lease) -> sa.Update:
    return sa.update(Webhook).where(Webhook.id == lease.webhook_id, Webhook.fence == lease.fence)


def _take(session: Session, lease: Lease) -> Webhook | None:
    """The receiver's row, locked, while the lease is still ours."""
    query = sa.select(Webhook).where(Webhook.id == lease.webhook_id, Webhook.fence == lease.fence)
    return session.scalar(query.with_for_update(), execution_options={"populate_existing": True})


def _failed(session: Session, webhook: Webhook, outcome: Outcome, now: datetime) -> None:
    webhook.failures += 1
    webhook.error = outcome.error
    webhook.leased_until = None
    if webhook.failures <= len(WAITS) and outcome.status != GONE:
        wait = WAITS[webhook.failures - 1]
        webhook.due_at = now + min(max(wait, outcome.retry_after or wait), WAITS[-1])
    elif webhook.state == "active":
        webhook.state = "stopped"
        session.flush()
        raising.raise_alert(session, subscriptions.ALERT, subscriptions.subject(webhook), webhook.error or "?", now=now)


def _log(session: Session, lease: Lease, event: Event, outcome: Outcome, attempt: int, now: datetime) -> None:
    public_id = new_public_id()
    head = outcome.response[:HEAD]
    session.add(
        WebhookDelivery(
            public_id=public_id,
            webhook_id=lease.webhook_id,
            event_id=event.id,
            event=event.name,
            activity_id=event.position,
            attempt=attempt,
            outcome="failed" if outcome.error else "delivered",
            status=outcome.status,
            error=outcome.error,
            ms=outcome.ms,
            response=keyring(session).seal(head, _place(public_id)) if head else None,
            at=now,
        )
    )


def _place(public_id: str) -> bytes:
    return crypto.aad("webhook_delivery", "response", public_id)
