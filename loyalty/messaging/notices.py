"""Telling people something they did not just ask for: of their own points, or of the shop's work."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.channels import accounts
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.db import new_public_id
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Lane, MessageButton

Render = Callable[[str], tuple[str, Sequence[MessageButton]]]


def tell_customer(session: Session, customer_id: int, key: str, render: Render, *, now: datetime) -> bool:
    """Queue a notice through the customer's best free channel; False when there is none.

    The best is the one whose window stays open longest. `render` gets the locale. The same `key` again queues nothing.
    """
    identity = open_chat(session, customer_id, now=now)
    if identity is None:
        return False
    locale = session.scalar(sa.select(Customer.locale).filter_by(id=customer_id)) or shop.of(session).locale
    text, buttons = render(locale)
    public_id = new_public_id()
    queued = outbox.enqueue(
        session,
        public_id=public_id,
        dedupe_key=key,
        lane=Lane.NOTICE,
        channel_account_id=identity.channel_account_id,
        user_id=identity.user_id,
        customer_id=customer_id,
        text=text,
        buttons=buttons,
        now=now,
    )
    if queued is not None:
        channel = accounts.get(session, identity.channel_account_id).kind
        data = {"channel": channel, "lane": "notice", "message": public_id}
        timeline.record(session, customer_id, "message_out", at=now, data=data, text=text)
    return True


def tell_chat(session: Session, channel_account_id: int, user_id: str, key: str, text: str, *, now: datetime) -> None:
    """Queue a notice to a chat of staff. The same `key` again queues nothing."""
    outbox.enqueue(
        session,
        dedupe_key=key,
        lane=Lane.NOTICE,
        channel_account_id=channel_account_id,
        user_id=user_id,
        customer_id=None,
        text=text,
        now=now,
    )


def open_chat(session: Session, customer_id: int, *, now: datetime) -> ChannelIdentity | None:
    """The chat a free message reaches now, and longest from now; None when no window is open."""
    chats = session.scalars(
        sa.select(ChannelIdentity).where(
            ChannelIdentity.customer_id == customer_id,
            ChannelIdentity.unreachable_at.is_(None),
            ChannelIdentity.last_interaction_at.is_not(None),
        )
    ).all()
    ends = {
        chat.id: accounts.window_end(accounts.get(session, chat.channel_account_id), chat.last_interaction_at)
        for chat in chats
    }
    still_open = [chat for chat in chats if (ends[chat.id] or now) > now + timedelta(seconds=30)]
    return max(still_open, key=lambda chat: ends[chat.id] or now, default=None)
