"""/conversations: what customers write, answered by people."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Flag, Instant, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.messaging import conversations, threads
from loyalty.messaging.conversations import LONGEST
from loyalty.messaging.models import Conversation
from loyalty.messaging.threads import Message
from loyalty.staff.audit import Author
from loyalty.words import Both

blueprint = blueprints.resource(
    "conversations",
    "Chats with customers, and who answers in them.",
    called=Both("Hội thoại", "Conversations"),
    order=25,
)
VIEWS = ("all", "waiting", "mine")
KINDS = {
    "message_in": "in",
    "message_out": "out",
    "offer_sent": "offer",
    "conversation_waiting": "waiting",
    "conversation_taken": "taken",
    "conversation_returned": "returned",
}


class ConversationQuery(PageQuery):
    """`?view=`: all, those whose customer waits for a person, or those this key has taken."""

    view = fields.String(load_default="all", validate=validate.OneOf(VIEWS))


class NewMessage(Body):
    text = Text(1, LONGEST, lines=True, required=True, example="Dạ quán mở đến 22 giờ ạ")
    over = Flag(load_default=False)  # also when somebody else answers there


class Taking(Body):
    """`over` takes it from whoever answers there."""

    may_be_empty = True
    over = Flag(load_default=False)


class Leaving(Body):
    may_be_empty = True


class ConversationSchema(Body):
    """One chat of a customer. `state`: bot (answered by itself), waiting (for a person), taken (a person answers)."""

    id = fields.String(required=True)
    customer_id = fields.String(required=True)
    channel = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("bot", "waiting", "taken")))
    since = Instant(required=True)
    taken_by = fields.String(required=True, allow_none=True)  # staff:…, key:…, outside
    unanswered = fields.Integer(required=True)
    last_at = Instant(required=True)
    answerable_until = Instant(required=True, allow_none=True)  # null: they never wrote


class MessageSchema(Body):
    """What was said (`in`, `out`, `offer`), or who answers from then on (`waiting`, `taken`, `returned`).

    Phones in `text` are masked without the scope customers:reveal.
    """

    id = fields.String(required=True)
    kind = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)  # null: the customer; bot, notice, human, staff:…, key:…
    at = Instant(required=True)
    text = fields.String(required=True, allow_none=True)
    delivery = fields.String(required=True, allow_none=True)  # waiting, sending, sent, delivered, seen, failed …
    reason = fields.String(required=True, allow_none=True)


@blueprint.get("/conversations")
@requires_scope("conversations:read")
@blueprint.arguments(ConversationQuery, location="query")
@blueprint.response(200, page_of(ConversationSchema))
def list_conversations(wanted: dict[str, Any]) -> dict[str, Any]:
    """Conversations, the newest message first."""
    here = work.here()
    place = f"conversations {wanted['view']}"
    before = pages.start(here.session, wanted, place)
    rows = threads.list_newest(
        here.session, view=wanted["view"], actor=here.caller.actor, before=before, limit=wanted["limit"] + 1
    )
    return pages.page(here.session, rows, wanted, place, threads.position, _show_all)


@blueprint.get("/conversations/<public_id:conversation>")
@requires_scope("conversations:read")
@blueprint.response(200, ConversationSchema)
def get_conversation(conversation: str) -> dict[str, Any]:
    """One conversation."""
    return _show(conversations.get_public(work.here().session, conversation))


@blueprint.get("/conversations/<public_id:conversation>/messages")
@requires_scope("conversations:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(MessageSchema))
def list_messages(wanted: dict[str, Any], conversation: str) -> dict[str, Any]:
    """What was said, newest first."""
    session, place = work.here().session, f"messages {conversation}"
    thread = conversations.get_public(session, conversation)
    before = pages.start(session, wanted, place)
    rows = threads.read(session, thread, before=before, limit=wanted["limit"] + 1)[::-1]

    def show(shown: Sequence[Message]) -> list[dict[str, Any]]:
        return _show_messages(thread, shown)

    return pages.page(session, rows, wanted, place, lambda message: message.id, show)


@blueprint.post("/conversations/<public_id:conversation>/messages")
@requires_scope("conversations:write")
@blueprint.arguments(NewMessage)
@blueprint.response(200, ConversationSchema)
def answer_conversation(asked: dict[str, Any], conversation: str) -> dict[str, Any]:
    """Write to the customer; the bot keeps quiet from then on, until the conversation is handed back."""
    session, key = work.here().session, work.new_key()
    given = {"by": _author(), "over": asked["over"], "key": key, "now": work.now()}
    thread = conversations.answer(session, conversation, asked["text"], **given)
    shown = _show(thread)
    work.note("conversation_answered", conversations.subject(thread))
    return shown


@blueprint.post("/conversations/<public_id:conversation>/take")
@requires_scope("conversations:write")
@blueprint.arguments(Taking, required=False)
@blueprint.response(200, ConversationSchema)
def take_conversation(asked: dict[str, Any], conversation: str) -> dict[str, Any]:
    """Answer there from now on; the bot keeps quiet."""
    session = work.here().session
    thread = conversations.take(session, conversation, by=_author(), over=asked["over"], now=work.now())
    shown = _show(thread)
    work.note("conversation_taken", conversations.subject(thread))
    return shown


@blueprint.post("/conversations/<public_id:conversation>/hand_back")
@requires_scope("conversations:write")
@blueprint.arguments(Leaving, required=False)
@blueprint.response(200, ConversationSchema)
def hand_back_conversation(_nothing: dict[str, Any], conversation: str) -> dict[str, Any]:
    """Let the bot answer again; it tells the customer."""
    session = work.here().session
    thread = conversations.hand_back(session, conversation, by=_author(), now=work.now())
    shown = _show(thread)
    work.note("conversation_returned", conversations.subject(thread))
    return shown


def _author() -> Author:
    return Author(work.here().caller.actor, "api")


def _show(thread: Conversation) -> dict[str, Any]:
    return _show_all([thread])[0]


def _show_all(rows: Sequence[Conversation]) -> list[dict[str, Any]]:
    chats = _chats(work.here().session, [thread.identity_id for thread in rows])
    return [_conversation(thread, *chats[thread.identity_id]) for thread in rows]


def _chats(session: Session, ids: Sequence[int]) -> dict[int, tuple[ChannelIdentity, ChannelAccount, str]]:
    query = (
        select(ChannelIdentity, ChannelAccount, Customer.public_id)
        .join(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .join(Customer, Customer.id == ChannelIdentity.customer_id)
        .where(ChannelIdentity.id.in_(ids))
    )
    return {identity.id: (identity, account, public_id) for identity, account, public_id in session.execute(query)}


def _conversation(
    thread: Conversation, identity: ChannelIdentity, account: ChannelAccount, customer: str
) -> dict[str, Any]:
    return {
        "id": thread.public_id,
        "customer_id": customer,
        "channel": account.kind,
        "state": thread.state,
        "since": thread.since,
        "taken_by": thread.taken_by,
        "unanswered": thread.unanswered,
        "last_at": thread.last_at,
        "answerable_until": accounts.window_end(account, identity.last_interaction_at),
    }


def _show_messages(thread: Conversation, shown: Sequence[Message]) -> list[dict[str, Any]]:
    """Phones people wrote are masked, or it is written down who saw them."""
    here = work.here()
    masked = [message.text and threads.mask_phones(message.text) for message in shown]
    if not here.caller.reveals:
        return [_message(message, text) for message, text in zip(shown, masked, strict=True)]
    if masked != [message.text for message in shown]:
        here.revealed.add(here.session.get_one(Customer, thread.customer_id).public_id)
    return [_message(message, message.text) for message in shown]


def _message(message: Message, text: str | None) -> dict[str, Any]:
    return {
        "id": message.public_id,
        "kind": KINDS[message.kind],
        "by": message.by or None,
        "at": message.at,
        "text": text,
        "delivery": message.mark and message.mark.value,
        "reason": message.reason,
    }
