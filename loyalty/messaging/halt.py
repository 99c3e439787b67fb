"""Stopping everything outgoing and letting it go again: written down with who and why, told to the owner afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.alerts import raising
from loyalty.choices import sending
from loyalty.choices.sending import Stop
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage, is_open_out
from loyalty.messaging.outbox import Lane
from loyalty.staff import audit
from loyalty.staff.audit import Author

MOST_COUNTED = 500
SUBJECT = "sending"
SOON = timedelta(minutes=1)  # a claim or a short wait after a failure moves a message so far


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages leave as soon as they may, by lane, counted up to `MOST_COUNTED` + 1 each.

    `stale` of the replies and notices looked at are too old and will be left out.
    """

    replies: int
    notices: int
    promotions: int
    stale: int


def stop(session: Session, reason: str, *, by: Author, now: datetime) -> bool:
    """Nothing more is begun once this is committed; False, and nothing changes, when all is stopped already."""
    if not sending.stop(session, reason, by=by.actor, now=now):
        return False
    audit.record_by(
        session, by, "sending_stopped", SUBJECT, detail={"reason": reason[: sending.LONGEST_REASON]}, now=now
    )
    return True


def resume(session: Session, *, by: Author, now: datetime) -> Stop | None:
    """Messages leave again; the stop that ended, None when there was none. The owner is told in chat."""
    ended = sending.resume(session)
    if ended is None:
        return None
    zone = shop.of(session).timezone
    span = " – ".join(f"{at.astimezone(zone):%H:%M %d/%m}" for at in (ended.at, now))
    raising.raise_alert(session, "sending_resumed", SUBJECT, span, now=now)
    minutes = int((now - ended.at).total_seconds() // 60)
    audit.record_by(session, by, "sending_resumed", SUBJECT, detail={"minutes": minutes}, now=now)
    return ended


def count_waiting(session: Session, *, now: datetime) -> Waiting:
    """What a resumption would let go. Looks at a bounded number of rows, however many wait."""
    replies, notices, promotions = (_count(session, lane, now) for lane in (Lane.REPLY, Lane.NOTICE, Lane.PROMOTION))
    stale = sum(_count(session, lane, now, made_before=now - outbox.STALE) for lane in (Lane.REPLY, Lane.NOTICE))
    return Waiting(replies, notices, promotions, min(stale, MOST_COUNTED + 1))


def _count(session: Session, lane: Lane, now: datetime, *, made_before: datetime | None = None) -> int:
    first = (
        sa.select(OutboundMessage.created_at)
        .where(is_open_out(OutboundMessage), OutboundMessage.lane == lane, OutboundMessage.due_at <= now + SOON)
        .order_by(OutboundMessage.due_at)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    counted = sa.select(sa.func.count()).select_from(first)
    return session.scalar(counted if made_before is None else counted.where(first.c.created_at < made_before)) or 0
