"""Customers, the accounts they write from, what they agreed to, and the totals rules ask for."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Customer(Base):
    """Anyone who buys or writes. Personal columns are cells under the customer's own key."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("bucket BETWEEN 0 AND 65535", name="bucket"),
        CheckConstraint("phone_proof IN ('claimed', 'shared', 'staff')", name="phone_proof"),
        CheckConstraint("(phone IS NULL) = (phone_key IS NULL)", name="phone_and_key"),
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_and_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    bucket: Mapped[int]  # random from birth: splits campaigns the same way everywhere
    source: Mapped[str]  # first touch: zalo, messenger, staff, api, import, demo
    source_ref: Mapped[str | None]  # the link or store they came by
    locale: Mapped[str | None]
    name: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    phone_key: Mapped[bytes | None] = mapped_column(unique=True)  # keyed look-up of the E.164 form
    phone_proof: Mapped[
        str | None
    ]  # claimed, shared (by the platform), staff; None: given at the counter, never proven
    email: Mapped[bytes | None]
    email_key: Mapped[bytes | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]  # a member from then on
    erased_at: Mapped[datetime | None]  # nothing personal is left here
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # erased: its chat proved to be theirs
    demo: Mapped[bool]


class CustomerStats(Base):
    """Totals in clear, kept in the transaction that changes them. This row is the customer's lock."""

    __tablename__ = "customer_stats"
    __table_args__ = (
        CheckConstraint("points >= 0", name="points_floor"),
        Index("ix_customer_stats_tier", "tier"),
        Index("ix_customer_stats_spent_12m", "spent_12m"),
        Index("ix_customer_stats_last_purchase_at", "last_purchase_at"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    # points: the end of the ledger chain
    points: Mapped[int]  # balance, whole points
    carry: Mapped[int]  # ₫ left over, may be negative
    ledger_seq: Mapped[int]  # entries so far
    ledger_chain: Mapped[bytes]  # hash of the last one
    consent_seq: Mapped[int]
    consent_chain: Mapped[bytes]
    tier: Mapped[str]  # code of the tier held
    tier_since: Mapped[datetime]
    # purchases that count
    orders: Mapped[int]
    spent: Mapped[int]  # whole ₫, all time
    spent_12m: Mapped[int]  # whole ₫, purchases of the last 12 months
    rolled_on: Mapped[date]  # the shop day spent_12m is true for
    first_purchase_at: Mapped[datetime | None]
    last_purchase_at: Mapped[datetime | None]
    # what segments ask of the person
    joined_at: Mapped[datetime | None]
    has_phone: Mapped[bool]
    consent_promotion: Mapped[bool]  # on at least one channel
    channels: Mapped[str]  # kinds one can be reached by, sorted, "," around each: ",messenger,zalo,"
    last_interaction_at: Mapped[datetime | None]  # newest of the chats
    erased_at: Mapped[datetime | None]  # counts nowhere any more


class NameToken(Base):
    """Keyed tokens of the folded name: a search narrows by them and checks after decryption."""

    __tablename__ = "name_token"
    __table_args__ = (Index("ix_name_token_token_customer_id", "token", "customer_id"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    token: Mapped[int] = mapped_column(primary_key=True)


class ChannelIdentity(Base):
    """One account of a person at one channel account. PSIDs and Zalo ids are per page and OA."""

    __tablename__ = "channel_identity"
    __table_args__ = (
        UniqueConstraint("channel_account_id", "user_id"),
        CheckConstraint("proof IN ('none', 'claimed', 'shared', 'staff')", name="proof"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    user_id: Mapped[str]
    proof: Mapped[str]  # how we know it is this customer: none, claimed, shared, staff
    promotion: Mapped[bool]  # the newest consent_event for promotion on this channel account says yes
    follows: Mapped[bool]
    unreachable_at: Mapped[
        datetime | None
    ]  # the platform said this person cannot be reached; cleared when they write or follow
    first_seen_at: Mapped[datetime]
    last_interaction_at: Mapped[datetime | None]  # opens the platform's window
    profile_due_at: Mapped[datetime | None]  # when to ask the platform for the name; None: done or given up
    profile_tries: Mapped[int]
    menu_shown_at: Mapped[datetime | None]  # unknown words: the menu, then a short line, then a person
    misses: Mapped[int]


class MemberCode(Base):
    """What a customer shows at the counter: valid 5 minutes, kept as a keyed hash."""

    __tablename__ = "member_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("channel_identity.id"))  # the chat that asked for it
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class ConsentEvent(Base):
    """One yes or no to one purpose on one channel account. Only ever added; one hash chain per customer."""

    __tablename__ = "consent_event"
    __table_args__ = (
        UniqueConstraint("customer_id", "seq"),
        CheckConstraint("purpose IN ('programme', 'promotion')", name="purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    seq: Mapped[int]
    public_id: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]  # programme: to run points; promotion: to receive offers
    granted: Mapped[bool]
    channel_account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id"))
    text_version: Mapped[str]  # which wording was agreed to: name and hash of the text shown
    locale: Mapped[str]
    event_key: Mapped[str] = mapped_column(unique=True)  # zalo:<oa>:<event id>, or the demo's or API's own key
    proof: Mapped[bytes | None]  # cell: the words the person sent
    at: Mapped[datetime]
    chain: Mapped[bytes]


class Question(Base):
    """Something the bot asked and waits for, per chat; «đồng ý» and «không» answer the newest open one."""

    __tablename__ = "question"
    __table_args__ = (
        Index(
            "ix_question_open",
            "identity_id",
            "id",
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("channel_identity.id"))
    kind: Mapped[str]  # promotion_consent
    data: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
