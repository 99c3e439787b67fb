"""What is told of a known person and not answered: words reworded, words to another app, who holds the thread, wishes.

Nobody becomes a customer by any of it. Everything may come twice and out of order.
"""

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Inbound, InboundKind
from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.channels.models import ChannelAccount
from loyalty.customers import identities
from loyalty.customers.models import ChannelIdentity
from loyalty.messaging import conversations, outside

KINDS = frozenset({InboundKind.EDIT, InboundKind.STANDBY, InboundKind.AWAY, InboundKind.BACK, InboundKind.KEPT})


def note(
    session: Session, account: ChannelAccount, identity: ChannelIdentity, inbound: Inbound, *, now: datetime
) -> None:
    """Keep it on the timeline of whom it is about."""
    at = min(inbound.at, now)
    match inbound.kind:
        case InboundKind.EDIT:
            identities.hold(session, identity)
            _edit(session, account, identity, inbound, at, now)
        case InboundKind.STANDBY:
            if inbound.interaction:
                identities.touch(session, identity, now=at)
            _hear(session, account, identity, inbound, at, now, event="standby")
        case InboundKind.AWAY:
            outside.held_outside(session, identity, at=at)
        case InboundKind.BACK:
            outside.back_from_outside(session, identity, at=at)
        case InboundKind.KEPT:
            data = {"channel": account.kind, "event": inbound.name, "word": inbound.text}
            timeline.record(session, identity.customer_id, "platform_told", at=at, data=data)


def mark(message_id: str) -> str:
    """A message of the platform as a timeline row names it."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:16]


def _edit(
    session: Session,
    account: ChannelAccount,
    identity: ChannelIdentity,
    inbound: Inbound,
    at: datetime,
    now: datetime,
) -> None:
    """The words kept of the message are the newest ones; what it led to stays as it is.

    Of a message we do not have (it comes later, or came before such marks were kept) the edit is kept by itself.
    """
    named = mark(inbound.message_ids[0])
    found = session.scalar(
        sa.select(Activity)
        .where(
            Activity.customer_id == identity.customer_id,
            Activity.kind == "message_in",
            Activity.data["said"].as_string() == named,
        )
        .order_by(Activity.id.desc())
        .limit(1)
        .with_for_update()
    )
    if found is None:
        _hear(session, account, identity, inbound, at, now, event="edit", said=named, edited_at=at.isoformat())
    elif str(found.data.get("edited_at", "")) < at.isoformat():
        timeline.reword(session, found, inbound.text, edited_at=at.isoformat())


def _hear(
    session: Session,
    account: ChannelAccount,
    identity: ChannelIdentity,
    inbound: Inbound,
    at: datetime,
    now: datetime,
    *,
    event: str,
    **facts: str,
) -> None:
    """A line of the customer's in the conversation, which nobody needs to answer."""
    thread = conversations.arrive(session, identity, waits=False, now=now)
    data = {"channel": account.kind, "chat": thread.public_id, "event": event, **facts}
    timeline.record(session, identity.customer_id, "message_in", at=at, data=data, text=inbound.text or None)
