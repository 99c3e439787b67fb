"""What became of a message on the person's side: delivered, seen. A receipt may come before its send is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.messaging import outbox
from loyalty.messaging.models import EarlyReceipt, OutboundMessage

MOST = 200  # messages one receipt may name
KEPT = timedelta(days=2)  # the receipts of messages other programs or people sent go then


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform reports: messages by its own ids, by our name, or everything sent up to the watermark."""

    channel_account_id: int
    user_id: str
    provider_ids: Sequence[str]
    watermark: datetime | None
    reference: str
    is_seen: bool
    at: datetime


def arrive(session: Session, receipt: Receipt, *, now: datetime) -> None:
    """Mark the messages it speaks of; ids nobody knows yet are kept until their send is settled.

    By our own name it also tells that a message of unknown fate did arrive. The same receipt again changes nothing.
    """
    if receipt.reference and _by_reference(session, receipt):
        return
    mark = _mark_seen if receipt.is_seen else _mark_delivered
    ids = tuple(dict.fromkeys(receipt.provider_ids))[:MOST]
    known = mark(session, receipt.channel_account_id, receipt.user_id, ids, receipt.watermark, at=receipt.at)
    for provider_id in ids:
        if provider_id not in known:
            _keep(session, receipt, provider_id, now)


def match(session: Session, *, limit: int = 500) -> int:
    """Give receipts that came too early to the messages settled since; returns how many."""
    query = (
        sa.select(EarlyReceipt, OutboundMessage)
        .join(
            OutboundMessage,
            sa.and_(
                OutboundMessage.provider_id == EarlyReceipt.provider_id,
                OutboundMessage.channel_account_id == EarlyReceipt.channel_account_id,
            ),
        )
        .where(OutboundMessage.state == "sent")
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(query).all()
    for receipt, message in found:
        message.delivered_at = message.delivered_at or receipt.delivered_at
        message.seen_at = message.seen_at or receipt.seen_at
        session.delete(receipt)
    session.flush()
    return len(found)


def find_answered(
    session: Session, channel_account_id: int, provider_ids: Sequence[str], reference: str
) -> OutboundMessage | None:
    """The message of ours that an answer names: by our own name of it, else by the platform's."""
    mine = sa.select(OutboundMessage).where(OutboundMessage.channel_account_id == channel_account_id)
    if reference and (found := session.scalar(mine.where(OutboundMessage.public_id == reference))) is not None:
        return found
    if not provider_ids:
        return None
    return session.scalar(mine.where(OutboundMessage.provider_id.in_(list(provider_ids)[:MOST])).limit(1))


def _by_reference(session: Session, receipt: Receipt) -> bool:
    query = sa.select(OutboundMessage).where(
        OutboundMessage.public_id == receipt.reference,
        OutboundMessage.channel_account_id == receipt.channel_account_id,
    )
    message = session.scalar(query.with_for_update())
    if message is None or message.state == "sending":
        return False  # its id is kept, and matched once the send is settled
    is_doubted = message.state == "unknown" or (message.state == "waiting" and message.reason == "once more")
    if is_doubted:
        message.provider_id = next(iter(receipt.provider_ids), message.provider_id)
        outbox.close(message, "sent", now=receipt.at)
    if message.state == "sent":
        message.delivered_at = message.delivered_at or receipt.at
        message.seen_at = message.seen_at or (receipt.at if receipt.is_seen else None)
    return message.state == "sent"


def _keep(session: Session, receipt: Receipt, provider_id: str, now: datetime) -> None:
    seen_at = receipt.at if receipt.is_seen else None
    values = {"channel_account_id": receipt.channel_account_id, "provider_id": provider_id, "received_at": now}
    insert = upsert.insert(session, EarlyReceipt).values(**values, delivered_at=receipt.at, seen_at=seen_at)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["channel_account_id", "provider_id"],
            set_={"seen_at": sa.func.coalesce(EarlyReceipt.seen_at, insert.excluded.seen_at)},
        )
    )


def _mark_delivered(
    session: Session,
    channel_account_id: int,
    user_id: str,
    provider_ids: Sequence[str],
    watermark: datetime | None,
    *,
    at: datetime,
) -> set[str]:
    """A receipt came; returns the provider's ids of the messages it was about."""
    messages = _receipted(session, channel_account_id, user_id, provider_ids, watermark)
    for message in messages:
        message.delivered_at = message.delivered_at or at
    return {message.provider_id for message in messages if message.provider_id}


def _mark_seen(
    session: Session,
    channel_account_id: int,
    user_id: str,
    provider_ids: Sequence[str],
    watermark: datetime | None,
    *,
    at: datetime,
) -> set[str]:
    """As `_mark_delivered`; what was seen was delivered."""
    messages = _receipted(session, channel_account_id, user_id, provider_ids, watermark)
    for message in messages:
        message.delivered_at, message.seen_at = message.delivered_at or at, message.seen_at or at
    return {message.provider_id for message in messages if message.provider_id}


def _receipted(
    session: Session, channel_account_id: int, user_id: str, provider_ids: Sequence[str], watermark: datetime | None
) -> Sequence[OutboundMessage]:
    """The messages a receipt speaks of: by id, or everything sent to that person up to the watermark."""
    mine = sa.select(OutboundMessage).where(
        OutboundMessage.channel_account_id == channel_account_id, OutboundMessage.state == "sent"
    )
    if provider_ids:
        return session.scalars(mine.where(OutboundMessage.provider_id.in_(list(provider_ids)[:200]))).all()
    if watermark is None:
        return ()
    recent = OutboundMessage.settled_at.between(watermark - timedelta(days=2), watermark)
    return session.scalars(mine.where(OutboundMessage.user_id == user_id, recent).limit(200)).all()
