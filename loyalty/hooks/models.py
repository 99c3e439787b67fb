"""Who is told what happens, how far they have been told, and what became of each attempt."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

FAILED = text("outcome = 'failed'")


class Webhook(Base):
    """One receiver of events. It is told the timeline in order, from `position` on, one event at a time.

    Whoever delivers holds a lease; `fence` rises with every lease and every change, so that an answer which arrives
    after either moves nothing.
    """

    __tablename__ = "webhook"
    __table_args__ = (CheckConstraint("state IN ('active', 'paused', 'stopped', 'removed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    url: Mapped[bytes]  # cell: addresses often hold a secret of the receiver's
    events: Mapped[list[Any]]  # names of events; ["*"] is all of them
    state: Mapped[str]  # stopped: given up after the last retry, or the receiver said it is gone
    secret: Mapped[bytes]  # cell
    old_secret: Mapped[bytes | None]  # cell: signs beside the new one until
    old_secret_until: Mapped[datetime | None]
    position: Mapped[int]  # id of the last timeline row that needs no telling any more
    due_at: Mapped[datetime]  # when the next event may be tried
    failures: Mapped[int]  # in a row, of the event after `position`
    error: Mapped[str | None]  # why the last attempt failed
    test_id: Mapped[str | None]  # a test event somebody asked for
    fence: Mapped[int]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]  # the last success


class WebhookDelivery(Base):
    """One attempt to tell one event, kept for a month."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("outcome IN ('delivered', 'failed')", name="outcome"),
        Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_failed", "webhook_id", "id", postgresql_where=FAILED, sqlite_where=FAILED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    event_id: Mapped[str]  # the header `webhook-id`: the same for every attempt at the same event
    event: Mapped[str]  # its name
    activity_id: Mapped[int | None]  # the timeline's row, which may be gone; None for a test
    attempt: Mapped[int]  # 1, 2, 3 …
    outcome: Mapped[str]
    status: Mapped[int | None]  # None: no answer
    error: Mapped[str | None]
    ms: Mapped[int]
    response: Mapped[bytes | None]  # cell: the first kilobyte of the answer
    at: Mapped[datetime] = mapped_column(index=True)
