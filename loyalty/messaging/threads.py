"""Reading conversations: their list, and what was said in one, in order, with what became of each message we sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import ChannelIdentity
from loyalty.db import Instant
from loyalty.messaging.conversations import TAKEN, WAITING
from loyalty.messaging.models import Conversation, OutboundMessage, is_with_people
from loyalty.typed import phones
from loyalty.vault.people import Erased

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FAR = timedelta(days=36_000) // timedelta(microseconds=1)
ID_BITS = 40
SAID = ("message_in", "message_out", "offer_sent")
TURNS = ("conversation_waiting", "conversation_taken", "conversation_returned")
OFFERS = "offer_sent"
View = Literal["all", "waiting", "mine"]

_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ .\-]?\d){8,11}(?!\w)")


class Mark(StrEnum):
    """What became of a message we sent."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that was said, or one turn of who answers. `id` is its place in the order."""

    id: int
    public_id: str
    kind: str  # of `SAID` or `TURNS`
    event: str  # of a message that came in: message, media, follow, contact, referral
    by: str  # the customer: ""; bot; notice; staff:<public id>, key:<public id>, human (in the platform's inbox)
    at: datetime
    text: str | None  # None: no words, or none that can be read any more
    mark: Mark | None  # None: came in, or too long ago to tell
    reason: str | None  # why it failed or was skipped


def said_before_last(session: Session, customer_id: int) -> datetime | None:
    """When the last but one thing was said to a customer or by them, anywhere; None: there is none."""
    said = sa.select(Activity.at).where(Activity.customer_id == customer_id, Activity.kind.in_(SAID))
    return session.scalars(said.order_by(Activity.id.desc()).offset(1).limit(1)).first()


def list_newest(
    session: Session, *, view: View = "all", actor: str = "", before: int | None = None, limit: int = 50
) -> Sequence[Conversation]:
    """A page, the newest message first: all, those waiting for a person, or those `actor` has taken.

    `before` is the `position` of the last one of the page before.
    """
    query = sa.select(Conversation).order_by(Conversation.last_at.desc(), Conversation.identity_id.desc()).limit(limit)
    if view == "waiting":
        query = query.where(is_with_people(Conversation), Conversation.state == WAITING)
    elif view == "mine":
        query = query.where(is_with_people(Conversation), Conversation.state == TAKEN, Conversation.taken_by == actor)
    if before is not None:
        query = query.where(sa.tuple_(Conversation.last_at, Conversation.identity_id) < sa.tuple_(*_place(before)))
    return session.scalars(query).all()


def position(thread: Conversation) -> int:
    """Where a conversation stands in the lists, for `before`: time and number in one whole number."""
    return (thread.last_at - EPOCH) // timedelta(microseconds=1) << ID_BITS | thread.identity_id


def read(
    session: Session,
    thread: Conversation,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Message]:
    """What was said, oldest first: the newest `limit` before one id, or those after one."""
    query = sa.select(Activity).where(*_belongs(session, thread)).limit(limit)
    if before is not None:
        query = query.where(Activity.id < before)
    if after is not None:
        rows = list(session.scalars(query.where(Activity.id > after).order_by(Activity.id)))
    else:
        rows = list(session.scalars(query.order_by(Activity.id.desc())))[::-1]
    sent = _sent(session, rows)
    return [_message(session, row, sent) for row in rows]


def last_of(session: Session, threads: Iterable[Conversation]) -> Mapping[int, Message]:
    """The last words of each conversation, by its `identity_id`: the customer's where they wait for an answer."""
    ids = [thread.identity_id for thread in threads]
    newest = (
        sa.select(Conversation.identity_id, _newest_id())
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(Conversation.identity_id.in_(ids))
    )
    found: Iterable[sa.Row[int, int | None]] = session.execute(newest)
    places = {identity_id: row_id for identity_id, row_id in found if row_id is not None}
    rows = {row.id: row for row in session.scalars(sa.select(Activity).where(Activity.id.in_(places.values())))}
    sent = _sent(session, rows.values())
    return {identity_id: _message(session, rows[row_id], sent) for identity_id, row_id in places.items()}


def mask_phones(text: str) -> str:
    """`text` with every phone in it as `0912 ••• 678`."""
    return _PHONE.sub(lambda found: _masked(found[0]), text)


def _place(position: int) -> tuple[sa.ColumnElement[datetime], int]:
    """Any number is a place: one nobody was given leads to an empty page or to the first."""
    span = timedelta(microseconds=min(max(position, 0) >> ID_BITS, FAR))
    return sa.literal(EPOCH + span, Instant()), max(position, 0) & ((1 << ID_BITS) - 1)


def _belongs(session: Session, thread: Conversation) -> list[sa.ColumnElement[bool]]:
    """Rows of this chat; those that name none by their channel: notices, offers, what is older than the threads."""
    now_of, kind = session.execute(
        sa.select(ChannelIdentity.customer_id, ChannelAccount.kind)
        .join(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .where(ChannelIdentity.id == thread.identity_id)
    ).one()
    chat, channel = Activity.data["chat"].as_string(), Activity.data["channel"].as_string()
    unnamed = sa.and_(
        chat.is_(None),
        sa.or_(channel.is_(None), channel == kind),
        Activity.customer_id == now_of,
    )
    owners = Activity.customer_id.in_({now_of, thread.customer_id, *thread.earlier})
    return [owners, Activity.kind.in_(SAID + TURNS), sa.or_(chat == thread.public_id, unnamed)]


def _newest_id() -> sa.ScalarSelect[int]:
    """The last message of the conversation a query is about, where its chat is now: the one to answer, if there is."""
    is_ours = sa.and_(Activity.kind == "message_out", Conversation.unanswered == 0)
    said = (
        Activity.customer_id == ChannelIdentity.customer_id,
        sa.or_(Activity.kind == "message_in", is_ours),
        Activity.data["chat"].as_string() == Conversation.public_id,
    )
    newest = sa.select(Activity.id).where(*said).order_by(Activity.id.desc()).limit(1)
    return newest.correlate(Conversation, ChannelIdentity).scalar_subquery()


def _sent(session: Session, rows: Iterable[Activity]) -> Mapping[str, OutboundMessage]:
    names = [row.data["message"] for row in rows if "message" in row.data]
    found = session.scalars(sa.select(OutboundMessage).where(OutboundMessage.public_id.in_(names)))
    return {message.public_id: message for message in found} if names else {}


def _message(session: Session, row: Activity, sent: Mapping[str, OutboundMessage]) -> Message:
    ours = sent.get(row.data.get("message", ""))
    return Message(
        id=row.id,
        public_id=row.public_id,
        kind=row.kind,
        event=row.data.get("event", ""),
        by=row.data.get("by", "") or _speaker(row),
        at=row.at,
        text=_words(session, row),
        mark=_mark(ours) if ours is not None else None,
        reason=ours.reason if ours is not None else None,
    )


def _speaker(row: Activity) -> str:
    if row.kind == OFFERS or row.data.get("lane") == "notice":
        return "notice"
    return "bot" if row.kind == "message_out" else ""


def _mark(message: OutboundMessage) -> Mark:
    if message.state == "sent":
        return Mark.SEEN if message.seen_at else Mark.DELIVERED if message.delivered_at else Mark.SENT
    return Mark(message.state)


def _words(session: Session, row: Activity) -> str | None:
    try:
        return timeline.words(session, row)
    except Erased:
        return None


def _masked(typed: str) -> str:
    try:
        return phones.mask(phones.parse_phone(typed))
    except phones.PhoneUnclear:
        return typed
