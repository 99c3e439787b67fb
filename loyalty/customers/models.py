"""Customers, the accounts they write from, what they agreed to, and the totals rules ask for."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

JOINED, NOT_JOINED = text("joined_at IS NOT NULL"), text("joined_at IS NULL")
AGREED = text("promotion")
FALLS = text("falls_on IS NOT NULL")
UNCLOSED = text("state <> 'closed'")
STANDING = text("taken_back_at IS NULL")
NEWCOMER = text("source <> 'import' AND erased_at IS NULL")
MOVED = text("moved_to_id IS NOT NULL")
WELCOME = text("welcome_due")
REFUSING = text("refused <> ''")


def is_unclosed(row: type["Case"]) -> ColumnElement[bool]:
    """`UNCLOSED` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state != literal_column("'closed'")


def agreed_to_promotion() -> ColumnElement[bool]:
    """`AGREED` of a row of channel_identity, in the very words of its index too."""
    return literal_column("channel_identity.promotion", Boolean())


def is_refusing(row: type["CustomerStats"]) -> ColumnElement[bool]:
    """`REFUSING` of one row, likewise."""
    return row.refused != literal_column("''")


def is_newcomer(row: type["Customer"]) -> ColumnElement[bool]:
    """`NEWCOMER` of one row, likewise: came by themselves, not with a list, and is still there."""
    return and_(row.source != literal_column("'import'"), row.erased_at.is_(None))


class Customer(Base):
    """Anyone who buys or writes. Personal columns are cells under the customer's own key."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("bucket BETWEEN 0 AND 65535", name="bucket"),
        CheckConstraint("phone_proof IN ('claimed', 'shared', 'staff')", name="phone_proof"),
        CheckConstraint("(phone IS NULL) = (phone_key IS NULL)", name="phone_and_key"),
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_and_key"),
        Index("ix_customer_created_at", "created_at", postgresql_where=NEWCOMER, sqlite_where=NEWCOMER),
        Index("ix_customer_joined_at", "joined_at", postgresql_where=NEWCOMER, sqlite_where=NEWCOMER),
        Index("ix_customer_member", "id", postgresql_where=JOINED, sqlite_where=JOINED),
        Index("ix_customer_prospect", "id", postgresql_where=NOT_JOINED, sqlite_where=NOT_JOINED),
        Index("ix_customer_moved_to_id", "moved_to_id", postgresql_where=MOVED, sqlite_where=MOVED),
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
    birthday: Mapped[bytes | None]  # `1990-11-20`, or without the year `--11-20`
    birthday_told_at: Mapped[datetime | None]  # when it was given last
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]  # a member from then on
    erased_at: Mapped[datetime | None]  # nothing personal is left here
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # erased: its chat proved to be theirs
    demo: Mapped[bool]


class CustomerStats(Base):
    """Totals in clear, kept in the transaction that changes them. This row is the customer's lock."""

    __tablename__ = "customer_stats"
    __table_args__ = (
        CheckConstraint("points_pending >= 0", name="points_pending_floor"),
        Index("ix_customer_stats_next_change_on", "next_change_on", "customer_id"),
        Index("ix_customer_stats_tier", "tier", "customer_id"),
        Index("ix_customer_stats_spent_12m", "spent_12m"),
        Index("ix_customer_stats_last_purchase_at", "last_purchase_at", "customer_id"),
        Index(
            "ix_customer_stats_falls_on",
            "falls_on",
            "customer_id",
            postgresql_where=FALLS,
            sqlite_where=FALLS,
        ),
        Index("ix_customer_stats_birthday", "birthday", "customer_id"),
        Index("ix_customer_stats_welcome", "customer_id", postgresql_where=WELCOME, sqlite_where=WELCOME),
        Index("ix_customer_stats_refusing", "customer_id", postgresql_where=REFUSING, sqlite_where=REFUSING),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    # points: the end of the ledger chain
    points: Mapped[int]  # balance, whole points; below 0 is owed for goods that came back
    carry: Mapped[int]  # ₫ left over, may be negative
    ledger_seq: Mapped[int]  # entries so far
    ledger_chain: Mapped[bytes]  # hash of the last one
    points_pending: Mapped[int] = mapped_column(server_default="0")  # promised, no part of the balance yet
    next_change_on: Mapped[date | None]  # no lot expires, and no promise falls due, before this shop day
    consent_seq: Mapped[int]
    consent_chain: Mapped[bytes]
    tier: Mapped[str]  # code of the tier held
    tier_since: Mapped[datetime]
    short_since: Mapped[date | None]  # the shop day of the review that first found the window too small for the tier
    stepped_at: Mapped[datetime | None]  # the last fall by one step; while it is `tier_since` there is no other
    hand_tier: Mapped[str | None]  # set by hand: no less than this is held through `hand_until`
    hand_until: Mapped[date | None]
    hand_over: Mapped[str | None]  # the tier that would be held without it
    falls_on: Mapped[date | None]  # as of last night: the near day the tier is lost on, if nothing more is bought
    warned_for: Mapped[date | None]  # the day of a fall the customer was warned of
    # purchases that count
    orders: Mapped[int]
    spent: Mapped[int]  # whole ₫, all time
    spent_12m: Mapped[int]  # whole ₫, purchases of the last 12 months
    rolled_on: Mapped[date]  # the shop day spent_12m is true for
    first_purchase_at: Mapped[datetime | None]
    last_purchase_at: Mapped[datetime | None]
    # 1 to 5 against the shop's own quintiles, as of last night or the last purchase; None: never bought
    rfm_r: Mapped[int | None] = mapped_column(SmallInteger)  # recency: 5 bought last
    rfm_f: Mapped[int | None] = mapped_column(SmallInteger)  # frequency: orders
    rfm_m: Mapped[int | None] = mapped_column(SmallInteger)  # money: ₫ of twelve months
    # what segments ask of the person
    joined_at: Mapped[datetime | None]
    has_phone: Mapped[bool]
    consent_promotion: Mapped[bool]  # on at least one channel
    refused: Mapped[str] = mapped_column(
        server_default=""
    )  # purposes switched off that need no yes, "," around each: ",care,evaluation,"
    channels: Mapped[str]  # kinds one can be reached by, sorted, "," around each: ",messenger,zalo,"
    last_interaction_at: Mapped[datetime | None]  # newest of the chats
    birthday: Mapped[int | None]  # month and day, 1120 for 20 November
    birthday_from: Mapped[date | None]  # the shop day from which that one counts: no year has two
    welcome_due: Mapped[bool] = mapped_column(server_default=false())  # joined, and no gift for it was looked for yet
    birthday_asked_on: Mapped[date | None]  # the shop day the bot last asked for it
    offer_shown_on: Mapped[date | None]  # the shop day an offer last stood under an answer
    erased_at: Mapped[datetime | None]  # counts nowhere any more


class NameToken(Base):
    """Keyed tokens of the folded name: a search narrows by them and checks after decryption."""

    __tablename__ = "name_token"
    __table_args__ = (Index("ix_name_token_token_customer_id", "token", "customer_id"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    token: Mapped[int] = mapped_column(primary_key=True)


class CustomerTag(Base):
    """A word staff or systems marked somebody with, in clear: rules ask for it."""

    __tablename__ = "customer_tag"
    __table_args__ = (Index("ix_customer_tag_tag_customer_id", "tag", "customer_id"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)  # as `tags.written` makes it
    author: Mapped[str]  # staff:<public id>, key:<public id>, demo
    at: Mapped[datetime]


class ChannelIdentity(Base):
    """One account of a person at one channel account. PSIDs and Zalo ids are per page and OA."""

    __tablename__ = "channel_identity"
    __table_args__ = (
        UniqueConstraint("channel_account_id", "user_id"),
        CheckConstraint("proof IN ('none', 'claimed', 'shared', 'staff')", name="proof"),
        Index("ix_channel_identity_account", "channel_account_id", "customer_id"),
        Index(
            "ix_channel_identity_promotion",
            "customer_id",
            postgresql_where=AGREED,
            sqlite_where=AGREED,
        ),
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
        CheckConstraint(
            "purpose IN ('programme', 'promotion', 'care', 'evaluation', 'personalisation')", name="purpose"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    seq: Mapped[int]
    public_id: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]  # programme, promotion, care, evaluation, personalisation: see `consents.Purpose`
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
    kind: Mapped[str]  # promotion_consent, birthday, erasure, rewards_listed
    data: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Note(Base):
    """Something staff wrote about a customer. Taken back, nobody reads it any more, unless it is put back."""

    __tablename__ = "note"
    __table_args__ = (
        Index("ix_note_customer_id_id", "customer_id", "id", postgresql_where=STANDING, sqlite_where=STANDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)  # the number staff type
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # the event or form that wrote it
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    words: Mapped[bytes]  # cell under the customer's key
    author: Mapped[str]  # staff:<public id>, key:<public id>, demo
    source: Mapped[str]  # zalo, messenger, console, api, demo
    at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


class Case(Base):
    """A complaint, a piece of feedback or a request, until somebody has closed it. Its id is its number."""

    __tablename__ = "customer_case"
    __table_args__ = (
        CheckConstraint("kind IN ('complaint', 'feedback', 'request')", name="kind"),
        CheckConstraint("state IN ('open', 'answered', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        Index("ix_customer_case_customer_id_id", "customer_id", "id"),
        Index("ix_customer_case_unclosed", "customer_id", "kind", postgresql_where=UNCLOSED, sqlite_where=UNCLOSED),
        Index("ix_customer_case_due", "state", "due_on", "id"),
        Index("ix_customer_case_owner", "owner_id", "state", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    identity_id: Mapped[int | None] = mapped_column(
        ForeignKey("channel_identity.id"), index=True
    )  # the chat it is from
    kind: Mapped[str]  # complaint, feedback, request
    state: Mapped[str]  # open, answered, closed
    words: Mapped[bytes]  # cell under the customer's key
    source: Mapped[str]  # zalo, messenger, console, api, demo
    opened_by: Mapped[str]  # customer, staff:<public id>, key:<public id>, demo
    opened_at: Mapped[datetime]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who sees to it; None: nobody yet
    due_on: Mapped[date]  # the shop's day by whose end it should be answered
    closed_at: Mapped[datetime | None]


class CaseStep(Base):
    """One thing that was done about a case. Only ever added."""

    __tablename__ = "case_step"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('opened', 'added', 'assigned', 'moved', 'kind', 'answered', 'closed', 'reopened')", name="kind"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # the event or form that did it
    case_id: Mapped[int] = mapped_column(ForeignKey("customer_case.id"), index=True)
    kind: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]  # owner (public id), due_on, kind, before and after; nothing personal
    words: Mapped[bytes | None]  # cell under the customer's key
