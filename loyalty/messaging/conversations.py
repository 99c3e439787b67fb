"""Who answers in a chat: the bot, or a person of the shop who has taken it over, until they hand it back.

A customer who asks for a person waits, and the bot goes on answering meanwhile; once somebody has taken the chat the
bot keeps quiet. Whoever changes a conversation holds its customer's lock first.
"""

import re
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import prepared, shop, upsert
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.customers import identities, profiles, questions
from loyalty.customers.models import ChannelIdentity
from loyalty.db import new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation, Unreadable
from loyalty.messaging import answering, outbox
from loyalty.messaging.models import Conversation, OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.messaging.ways import Purpose
from loyalty.staff.audit import Author
from loyalty.typed import strict_json
from loyalty.words import Both

BOT, WAITING, TAKEN = "bot", "waiting", "taken"
OUTSIDE = "outside"  # taken by somebody who writes in the platform's own inbox
LONGEST = 1900  # characters every channel takes in one message
WANTED = "person_wanted"  # the kind of the alert

_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{16}")
RETURNED = Both(
    "Mình là trợ lý của {shop}, giờ mình lại trả lời bạn ở đây. Cần gặp người, bạn nhắn «nhân viên» nhé.",
    "This is {shop}'s assistant again. Whenever you need a person, write «agent».",
)


class ConversationNotFound(NotFound):
    """No conversation has this id."""

    code = "conversation_not_found"


class ConversationTaken(Conflict):
    """Somebody else answers there; `by` is who."""

    code = "conversation_taken"

    def __init__(self, by: str) -> None:
        super().__init__("somebody else answers there", by=by)


class WindowClosed(RuleViolation):
    """The platform lets nobody write to this person now; `closed_at` is since when, None when they never wrote."""

    code = "window_closed"

    def __init__(self, closed_at: datetime | None) -> None:
        super().__init__("the person must write first", closed_at=closed_at)


class PersonUnreachable(RuleViolation):
    """The platform said that nothing reaches this person until they write again."""

    code = "person_unreachable"


class AnswerUnclear(Unreadable):
    """An answer that is empty, or longer than `limit` characters; `length` is what it has."""

    code = "answer_unclear"

    def __init__(self, length: int) -> None:
        super().__init__(reason="too_long" if length else "empty", length=length, limit=LONGEST, field="text")


class Thread(NamedTuple):
    """What the dispatcher needs to know of a chat."""

    public_id: str
    state: str


def arrive(session: Session, identity: ChannelIdentity, *, waits: bool, now: datetime) -> Thread:
    """A message came in; `waits`: it counts as unanswered where people answer. One statement, but after a chat moved.

    The customer is locked already, or new.
    """
    session.flush()
    values = {
        "identity_id": identity.id,
        "public_id": new_public_id(),
        "customer_id": identity.customer_id,
        "earlier": [],
        "state": BOT,
        "since": now,
        "last_at": now,
        "unanswered": 0,
        "waits": int(waits),
    }
    connection = session.connection()
    found = prepared.one(connection, _ARRIVE[connection.dialect.name], values)
    if found.customer_id != identity.customer_id:
        _follow(session, identity, found.customer_id)
    return Thread(found.public_id, found.state)


def want(session: Session, identity: ChannelIdentity, *, now: datetime) -> bool:
    """The customer asks for a person: staff are told. False when they wait already, or a person is there."""
    asks = sa.update(Conversation).where(Conversation.identity_id == identity.id, Conversation.state == BOT)
    wanted = asks.values(state=WAITING, since=now, unanswered=1).returning(Conversation)
    thread = session.scalar(wanted, execution_options={"populate_existing": True})
    if thread is None:
        return False
    record(session, thread, "conversation_waiting", now=now)
    alert_staff(session, thread, now=now)
    return True


def take(session: Session, public_id: str, *, by: Author, over: bool = False, now: datetime) -> Conversation:
    """A person answers from now on and the bot keeps quiet. Once more by the same person changes nothing.

    `over` takes it from a colleague. An open question of the bot ends: a yes would be meant for the person.
    Raises ConversationNotFound, ConversationTaken.
    """
    thread, identity = hold(session, public_id)
    _take(session, thread, identity, by.actor, over=over, now=now)
    return thread


def answer(
    session: Session, public_id: str, text: str, *, by: Author, over: bool = False, key: str, now: datetime
) -> Conversation:
    """Send the customer what a person wrote; whoever answers has taken the chat. The same `key` again does nothing.

    Raises ConversationNotFound, ConversationTaken, AnswerUnclear, WindowClosed, PersonUnreachable.
    """
    thread, identity = hold(session, public_id)
    dedupe_key = f"answer:{key}"
    if session.scalar(sa.select(OutboundMessage.id).filter_by(dedupe_key=dedupe_key)) is not None:
        return thread
    words = _readable(text)
    if not is_person(by.actor) or answering.find_way(session, identity, now=now) is None:
        _refuse_closed(session, identity, now)
    _take(session, thread, identity, by.actor, over=over, now=now)
    _say(session, thread, identity, words, dedupe_key, by=by.actor, now=now)
    thread.unanswered, thread.staff_at, thread.last_at = 0, now, now
    session.flush()
    return thread


def hand_back(session: Session, public_id: str, *, by: Author, now: datetime) -> Conversation:
    """The bot answers again, and says so while it may be heard. Where it answers already, nothing changes.

    Raises ConversationNotFound.
    """
    thread, identity = hold(session, public_id)
    if thread.state == BOT:
        return thread
    was_since = thread.since
    pass_to(thread, BOT, now=now)
    thread.unanswered = 0
    session.flush()
    record(session, thread, "conversation_returned", by=by.actor, now=now)
    raising.close(session, WANTED, subject(thread), now=now)
    announce(session, thread, identity, RETURNED, was_since, now=now)
    return thread


def get_public(session: Session, public_id: str) -> Conversation:
    """Any text may be asked for. Raises ConversationNotFound."""
    query = sa.select(Conversation).filter_by(public_id=public_id)
    asked = _PUBLIC_ID.fullmatch(public_id)
    found = session.scalar(query, execution_options={"populate_existing": True}) if asked else None
    if found is None:
        raise ConversationNotFound
    return found


def subject(thread: Conversation) -> str:
    """What alert and audit call it."""
    return f"conversation:{thread.public_id}"


def window_end(session: Session, identity: ChannelIdentity) -> datetime | None:
    """Until when a free answer reaches the customer; None when they never wrote."""
    account = accounts.get(session, identity.channel_account_id)
    return accounts.window_end(account, identity.last_interaction_at)


def is_person(actor: str) -> bool:
    """Whether somebody of the shop acts: what a connected system sends goes freely or not at all, for who wrote it?"""
    return actor.startswith("staff:")


def hold(session: Session, public_id: str) -> tuple[Conversation, ChannelIdentity]:
    """The conversation and its chat, nobody else changing them: the customer first, as everywhere."""
    thread = get_public(session, public_id)
    identity = session.get_one(ChannelIdentity, thread.identity_id)
    identities.hold(session, identity)
    session.refresh(thread, with_for_update=True)
    if thread.customer_id != identity.customer_id:
        _follow(session, identity, thread.customer_id)
    return thread, identity


def _follow(session: Session, identity: ChannelIdentity, left: int) -> None:
    """The chat proved to be another customer's; what was said before stays where it was written."""
    thread = session.get_one(Conversation, identity.id, populate_existing=True)
    thread.customer_id, thread.earlier = identity.customer_id, [*thread.earlier, left]
    session.flush()


def _take(
    session: Session, thread: Conversation, identity: ChannelIdentity, actor: str, *, over: bool, now: datetime
) -> None:
    if thread.taken_by == actor:
        return
    if thread.taken_by not in (None, OUTSIDE) and not over:
        raise ConversationTaken(thread.taken_by or "")
    pass_to(thread, TAKEN, actor, now=now)
    session.flush()
    if (question := questions.newest_open(session, identity.id)) is not None:
        questions.close(session, question, now=now)
    questions.close_kind(session, identity.id, questions.LISTED, now=now)  # «3» is said to the person from here on
    record(session, thread, "conversation_taken", by=actor, now=now)
    raising.close(session, WANTED, subject(thread), now=now)


def pass_to(thread: Conversation, state: str, actor: str | None = None, *, now: datetime) -> None:
    thread.state, thread.taken_by, thread.since = state, actor, now
    if actor is not None:
        thread.staff_at = now


def alert_staff(session: Session, thread: Conversation, *, now: datetime) -> None:
    """Staff are told that a customer waits."""
    kind = accounts.get(session, session.get_one(ChannelIdentity, thread.identity_id).channel_account_id).kind
    raising.raise_alert(session, WANTED, subject(thread), kind, now=now)


def _readable(text: str) -> str:
    """What a person wrote, fit to be kept and sent. Raises AnswerUnclear."""
    kept = (char for char in strict_json.clean(text) if char in "\n\t" or char.isprintable() or char == "\u200d")
    words = "".join(kept).strip()
    if not 0 < len(words) <= LONGEST:
        raise AnswerUnclear(len(words))
    return words


def _refuse_closed(session: Session, identity: ChannelIdentity, now: datetime) -> None:
    if identity.unreachable_at is not None:
        raise PersonUnreachable
    closes = window_end(session, identity)
    if closes is None or now >= closes:
        raise WindowClosed(closes)


def announce(
    session: Session, thread: Conversation, identity: ChannelIdentity, line: Both, since: datetime, *, now: datetime
) -> None:
    """Say a line of the bot, once for each time (`since`) the conversation was with people, while it reaches them."""
    try:
        _refuse_closed(session, identity, now)
    except RuleViolation:
        return
    here = shop.of(session)
    locale = profiles.get(session, thread.customer_id).locale or here.locale
    key = f"conversation:{thread.public_id}:{since.isoformat()}"
    _say(session, thread, identity, line.in_(locale, shop=here.name), key, now=now)


def _say(
    session: Session,
    thread: Conversation,
    identity: ChannelIdentity,
    words: str,
    dedupe_key: str,
    *,
    by: str = "",
    now: datetime,
) -> None:
    """One message to the customer, in outbox and timeline. Without `by` it is the bot's, which goes freely only."""
    public_id = new_public_id()
    outbox.enqueue(
        session,
        public_id=public_id,
        dedupe_key=dedupe_key,
        lane=Lane.REPLY,
        channel_account_id=identity.channel_account_id,
        user_id=identity.user_id,
        customer_id=thread.customer_id,
        text=words,
        purpose=str(Purpose.HUMAN) if by and is_person(by) else None,
        now=now,
    )
    record(session, thread, "message_out", by=by, words=words, message=public_id, now=now)


def record(
    session: Session, thread: Conversation, kind: str, *, words: str | None = None, now: datetime, **facts: str
) -> None:
    """A row of the customer's timeline that belongs to this chat; facts that are empty are left out."""
    chat = session.get_one(ChannelIdentity, thread.identity_id)
    channel = accounts.get(session, chat.channel_account_id).kind
    data = {"channel": channel, "chat": thread.public_id} | {name: fact for name, fact in facts.items() if fact}
    timeline.record(session, thread.customer_id, kind, at=now, data=data, text=words)


_CHATS = Conversation.metadata.tables[Conversation.__tablename__]
_ONE_MORE = _CHATS.c.unanswered + sa.bindparam("waits", type_=sa.Integer())
_ARRIVED = {
    "last_at": sa.literal_column("excluded.last_at"),
    "unanswered": sa.case((_CHATS.c.state == BOT, 0), else_=_ONE_MORE),
}
_ARRIVE = upsert.each(
    Conversation,
    lambda insert: insert.on_conflict_do_update(index_elements=["identity_id"], set_=_ARRIVED).returning(
        _CHATS.c.public_id, _CHATS.c.state, _CHATS.c.customer_id
    ),
)
