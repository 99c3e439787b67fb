"""Events stored before work, messages stored before sending."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

OPEN_IN = text("state = 'received'")
OPEN_OUT = text("state IN ('waiting', 'sending')")
UNDER_WAY = text("state = 'sending'")
PARKED = text("state = 'parked'")
LOST = text("state IN ('failed', 'skipped', 'unknown')")
BILLED = text("billed_in IS NOT NULL")
SET_ASIDE = text("billed_in IS NOT NULL AND purse_id IS NOT NULL")
WITH_PEOPLE = text("state <> 'bot'")
UNCALLED = text("done_at IS NULL")


def is_open_in(row: type["InboundEvent"]) -> ColumnElement[bool]:
    """`OPEN_IN` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state == literal_column("'received'")


def is_open_out(row: type["OutboundMessage"]) -> ColumnElement[bool]:
    """`OPEN_OUT` of one row, likewise."""
    return row.state.in_([literal_column("'waiting'"), literal_column("'sending'")])


def is_under_way(row: type["OutboundMessage"]) -> ColumnElement[bool]:
    """`UNDER_WAY` of one row, likewise."""
    return row.state == literal_column("'sending'")


def is_with_people(row: type["Conversation"]) -> ColumnElement[bool]:
    """`WITH_PEOPLE` of one row, likewise."""
    return row.state != literal_column("'bot'")


def is_parked(row: type["InboundEvent"]) -> ColumnElement[bool]:
    """`PARKED` of one row, likewise."""
    return row.state == literal_column("'parked'")


def is_lost(row: type["OutboundMessage"]) -> ColumnElement[bool]:
    """`LOST` of one row, likewise: what did not go out, or nobody knows."""
    return row.state.in_([literal_column("'failed'"), literal_column("'skipped'"), literal_column("'unknown'")])


class InboundEvent(Base):
    """One event a platform delivered. Its body is sealed, and dropped once the event is settled."""

    __tablename__ = "inbound_event"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event_id"),
        CheckConstraint("state IN ('received', 'processed', 'ignored', 'parked')", name="state"),
        Index("ix_inbound_event_due", "due_at", postgresql_where=OPEN_IN, sqlite_where=OPEN_IN),
        Index("ix_inbound_event_sender", "sender", "id", postgresql_where=OPEN_IN, sqlite_where=OPEN_IN),
        Index("ix_inbound_event_parked", "id", postgresql_where=PARKED, sqlite_where=PARKED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str]
    channel: Mapped[str]  # zalo, messenger
    account: Mapped[str]  # OA id or page id
    event_id: Mapped[str]
    sender: Mapped[str]  # channel:account:user, order is kept per sender; the event's own id when it names nobody
    name: Mapped[str]  # the platform's word: user_send_text
    state: Mapped[str]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]  # when it may be claimed; a claim moves it by the lease
    attempts: Mapped[int]  # claims so far; fences the settling
    settled_at: Mapped[datetime | None]
    body: Mapped[bytes | None]  # cell under the installation's key
    error: Mapped[str | None]  # class and place of the last failure; no personal data


class SeenEvent(Base):
    """Event ids outlive their pruned rows by 200 days, so that an old signed event cannot be replayed."""

    __tablename__ = "seen_event"

    channel: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    seen_on: Mapped[date] = mapped_column(index=True)


class OutboundMessage(Base):
    """One message to one person, stored before it is sent. Its body is dropped once sent."""

    __tablename__ = "outbound_message"
    __table_args__ = (
        CheckConstraint("lane IN (0, 1, 2)", name="lane"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'skipped', 'unknown')", name="state"),
        CheckConstraint("price >= 0", name="price"),
        Index("ix_outbound_message_due", "lane", "due_at", "id", postgresql_where=OPEN_OUT, sqlite_where=OPEN_OUT),
        Index("ix_outbound_message_thread", "thread", "id", postgresql_where=OPEN_OUT, sqlite_where=OPEN_OUT),
        Index("ix_outbound_message_under_way", "due_at", postgresql_where=UNDER_WAY, sqlite_where=UNDER_WAY),
        Index("ix_outbound_message_lost", "state", "settled_at", "id", postgresql_where=LOST, sqlite_where=LOST),
        Index("ix_outbound_message_provider_id", "provider_id"),
        Index("ix_outbound_message_billed", "began_at", postgresql_where=BILLED, sqlite_where=BILLED),
        Index("ix_outbound_message_purse", "purse_id", "began_at", postgresql_where=SET_ASIDE, sqlite_where=SET_ASIDE),
        Index("ix_outbound_message_recipient_id", "recipient_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    lane: Mapped[int]  # 0 reply, 1 notice, 2 promotion
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    user_id: Mapped[str]
    thread: Mapped[
        str
    ]  # order is kept within it; promotions have a thread of their own, so a held one holds nothing up
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customer.id"), index=True
    )  # None: to staff or a stranger
    recipient_id: Mapped[int | None]  # campaign_recipient: text is made when sending begins
    body: Mapped[bytes | None]  # cell: JSON of text, buttons, image; under the customer's key, or the installation's
    state: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int]  # tries so far: a claim counts as one until it is held up
    fence: Mapped[int] = mapped_column(default=0, server_default="0")  # claims so far, never fewer: who begins, settles
    created_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    reason: Mapped[str | None]  # why skipped or failed: window, consent, person, content …
    error: Mapped[str | None]  # the platform's own code
    price: Mapped[int] = mapped_column(default=0, server_default="0")  # whole ₫ the platform asks for it; 0: free
    billed_in: Mapped[str | None]  # the month its price was taken from: 2026-11
    purpose: Mapped[str | None]  # what it is for, where a template may stand in: awarded, expiring, promotion …
    route: Mapped[str | None]  # the way it goes (channels.route), decided when sending begins
    template_id: Mapped[int | None]  # message_template
    tried: Mapped[str] = mapped_column(default="", server_default="")  # ways that certainly failed: "free,package"
    purse_id: Mapped[int | None]  # message_purse: money set aside for it and others, beside the month's


class EarlyReceipt(Base):
    """A receipt for a message nobody sent yet, as far as we know: its send is settled in a moment, or was another's."""

    __tablename__ = "early_receipt"

    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    provider_id: Mapped[str] = mapped_column(primary_key=True)
    delivered_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(index=True)


class PromotionSlot(Base):
    """The right to send one promotion to one customer on one shop day: the key is the daily cap."""

    __tablename__ = "promotion_slot"
    __table_args__ = (UniqueConstraint("customer_id", "shop_day", "n"), CheckConstraint("n = 1", name="one_a_day"))

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    shop_day: Mapped[date]
    n: Mapped[int]
    message_id: Mapped[int] = mapped_column(ForeignKey("outbound_message.id"), unique=True)


class Conversation(Base):
    """One customer's chat as the people of the shop see it: who answers there, and what still waits for a person."""

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint("state IN ('bot', 'waiting', 'taken')", name="state"),
        CheckConstraint("(taken_by IS NULL) = (state <> 'taken')", name="taken_by_somebody"),
        CheckConstraint("unanswered >= 0", name="unanswered"),
        Index("ix_conversation_newest", "last_at", "identity_id"),
        Index(
            "ix_conversation_with_people",
            "state",
            "last_at",
            "identity_id",
            postgresql_where=WITH_PEOPLE,
            sqlite_where=WITH_PEOPLE,
        ),
    )

    identity_id: Mapped[int] = mapped_column(ForeignKey("channel_identity.id"), primary_key=True, autoincrement=False)
    public_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)  # whose timeline holds its words
    earlier: Mapped[list[Any]]  # customers whose timelines hold what was said before the chat proved to be another's
    state: Mapped[str]  # bot: answered by itself; waiting: for a person; taken: a person answers, the bot keeps quiet
    since: Mapped[datetime]  # of the state
    taken_by: Mapped[str | None]  # staff:<public id>, key:<public id>, outside: in the platform's own inbox
    staff_at: Mapped[datetime | None]  # a person last did something here
    last_at: Mapped[datetime]  # the last message, but for notices and offers
    unanswered: Mapped[int]  # messages since it was with people, or since a person last answered


class BudgetMonth(Base):
    """What was spent on billed messages in one month of the shop; never more than its owner allowed at that moment."""

    __tablename__ = "budget_month"
    __table_args__ = (CheckConstraint("spent BETWEEN 0 AND ceiling", name="within_ceiling"),)

    month: Mapped[str] = mapped_column(primary_key=True)  # 2026-11
    ceiling: Mapped[int]  # whole ₫, as of the last message; at least what is spent already
    spent: Mapped[int]  # whole ₫


class Purse(Base):
    """Money set aside for some messages; what they cost is taken from it and from the month at once."""

    __tablename__ = "message_purse"
    __table_args__ = (CheckConstraint("ceiling >= 0 AND spent >= 0", name="amounts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ceiling: Mapped[int]  # whole ₫
    spent: Mapped[int]  # whole ₫
    refused_at: Mapped[datetime | None]  # since when a message waits because of it


class BudgetShare(Base):
    """The part of a month's spending that one account had."""

    __tablename__ = "budget_share"
    __table_args__ = (CheckConstraint("spent >= 0", name="spent"), CheckConstraint("messages >= 0", name="messages"))

    month: Mapped[str] = mapped_column(ForeignKey("budget_month.month"), primary_key=True)
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    spent: Mapped[int]  # whole ₫
    messages: Mapped[int]


class MessageTemplate(Base):
    """An approved template as the platform last told of it. One that is told of no more is `gone`, and stays."""

    __tablename__ = "message_template"
    __table_args__ = (
        UniqueConstraint("channel_account_id", "name", "locale"),
        CheckConstraint("price_user >= 0 AND price_phone >= 0", name="prices"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    name: Mapped[str]  # Zalo: its id; Messenger: its name
    title: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str]  # enabled, pending, rejected, disabled, gone
    tag: Mapped[str]  # transaction, care, promotion, utility
    parameters: Mapped[list[Any]]  # {name, is_required, shortest, longest} in the platform's order
    price_user: Mapped[int | None]  # whole ₫ to a chat; None: it cannot go that way, or nobody says
    price_phone: Mapped[int | None]  # whole ₫ to a phone
    quality: Mapped[str]  # HIGH, MEDIUM, LOW, or ""
    synced_at: Mapped[datetime]


class TemplateUse(Base):
    """The template the shop chose for one purpose at one account: without it, nothing for that purpose is billed."""

    __tablename__ = "template_use"
    __table_args__ = (UniqueConstraint("purpose", "channel_account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]  # awarded, adjusted, expiring, service, promotion
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    template_id: Mapped[int] = mapped_column(ForeignKey("message_template.id"))
    mapping: Mapped[dict[str, Any]]  # the platform's parameter: our placeholder
    by: Mapped[str]
    at: Mapped[datetime]


class PhoneCall(Base):
    """Somebody to be rung up, for no message reaches them; one open call for each person and kind."""

    __tablename__ = "phone_call"
    __table_args__ = (
        Index("ix_phone_call_customer_id", "customer_id", "kind"),
        Index(
            "uq_phone_call_open", "customer_id", "kind", unique=True, postgresql_where=UNCALLED, sqlite_where=UNCALLED
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]  # expiring, service, human
    reason: Mapped[str]  # why no message goes: window, person, ways, no_way …
    body: Mapped[bytes]  # cell under the customer's key: what to say
    asked_at: Mapped[datetime]
    until: Mapped[datetime]  # later a call has no point
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]  # staff:<public id>, key:<public id>


class RouteRefusal(Base):
    """The platform said that this person is not to be reached by this way: honoured as a refusal of their own."""

    __tablename__ = "route_refusal"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]  # the platform's own
    at: Mapped[datetime]


class TemplateDay(Base):
    """How many templates one account began to send on one day of the platform."""

    __tablename__ = "template_day"
    __table_args__ = (CheckConstraint("used >= 0", name="used"),)

    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int]
