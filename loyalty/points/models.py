"""The ledger of points and the lots they lie in."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class EntryKind(StrEnum):
    EARN = "earn"
    REVERSE = "reverse"
    ADJUST = "adjust"  # given or taken by hand, or brought along; no purchase
    BURN = "burn"  # exchanged
    EXPIRE = "expire"  # nobody used them in time
    RELEASE = "release"  # what an earning promised may be used from now on
    BONUS = "bonus"  # given on an occasion without a bill: joining, a birthday, a friend brought, an event
    RETURN = "return"  # goods came back, and with them what their part of the bill had given


class LedgerEntry(Base):
    """One movement of points. Rows are only ever added: a mistake is reversed by another row.

    Its id is the number staff type (`/huy 1042`). The chain is a hash over this row (not its id) and the one before.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("customer_id", "seq"),
        CheckConstraint("points <> 0 OR kind IN ('earn', 'reverse', 'return')", name="points_nonzero"),
        CheckConstraint("balance_after >= 0 OR points >= 0 OR kind = 'return'", name="balance_floor"),
        Index("ix_ledger_entry_purchase_id", "purchase_id"),
        Index("ix_ledger_entry_posted_on", "posted_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    seq: Mapped[int]  # 1, 2, 3 … per customer
    kind: Mapped[str]  # EntryKind
    points: Mapped[int]  # whole points, signed
    balance_after: Mapped[int]  # below 0 only by goods that came back
    carry_change: Mapped[int]  # ₫ this entry added to the carry, signed
    carry: Mapped[int]  # ₫ left over after this entry, may be negative
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"))
    programme: Mapped[int | None] = mapped_column(ForeignKey("programme_version.version"))
    tier: Mapped[str | None]  # the tier whose multiplier applied
    credit: Mapped[int]  # ₫ after the multiplier, before the carry
    actor: Mapped[str]  # staff:<public id>, key:<public id>, cli, demo
    posted_at: Mapped[datetime]
    posted_on: Mapped[date]  # the shop's day
    chain: Mapped[bytes]


class Lot(Base):
    """The points of one earning, until they are spent, expire or their earning is undone.

    A promised lot is no part of the balance before its release.
    """

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("points > 0 AND remaining BETWEEN 0 AND points", name="remaining"),
        Index("ix_lot_customer_id_expires_on", "customer_id", "expires_on"),
        Index("ix_lot_expires_on_customer_id", "expires_on", "customer_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    points: Mapped[int]
    remaining: Mapped[int]
    expires_on: Mapped[date]  # usable through the end of this shop day
    closed_at: Mapped[datetime | None]  # undone
    promised: Mapped[bool] = mapped_column(server_default=false())  # its earning gave a promise, not points
    available_on: Mapped[date | None]  # the shop day a promise is kept; None: when somebody says so
    release_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))  # the movement that kept it
    moves: Mapped[bool] = mapped_column(server_default=false())  # its end moves with what its customer does


class LotSpend(Base):
    """Points a movement took from a lot, or gave back to it (negative). Rows are only ever added.

    A lot's points less these are what remains of it: where every point went, and where it came from.
    """

    __tablename__ = "lot_spend"
    __table_args__ = (
        CheckConstraint("points <> 0", name="nonzero"),
        Index("ix_lot_spend_lot_id", "lot_id"),
        Index("ix_lot_spend_customer_id", "customer_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.entry_id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    points: Mapped[int]


class TierReason(StrEnum):
    """Why a tier is another one, or is held by another right."""

    RISE = "rise"  # a purchase reached it
    REVIEW = "review"  # the window no longer qualifies for it
    UNDO = "undo"  # the purchase that gave it was undone
    RETURN = "return"  # goods came back, where the rules let a tier go with them
    RETURN_UNDONE = "return_undone"
    MANUAL = "manual"  # set by hand, held at least until a day
    MANUAL_END = "manual_end"  # what was set by hand ended, or was taken back
    KEPT = "kept"  # held already when this history began


class TierChange(Base):
    """One step of a customer's tiers, each beginning where the one before it ended. Rows are only ever added."""

    __tablename__ = "tier_history"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('rise', 'review', 'undo', 'return', 'return_undone', 'manual', 'manual_end', 'kept')",
            name="reason",
        ),
        CheckConstraint("from_tier <> to_tier OR reason IN ('manual', 'manual_end')", name="moves"),
        CheckConstraint("(reason = 'manual') = (until IS NOT NULL)", name="until"),
        Index("ix_tier_history_customer_id_id", "customer_id", "id"),
        Index("ix_tier_history_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    from_tier: Mapped[str]
    to_tier: Mapped[str]
    reason: Mapped[str]  # TierReason
    programme: Mapped[int | None]  # the version of the rules it was decided by
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"))  # that gave it, or was undone
    actor: Mapped[str]  # staff:<public id>, key:<public id>, clock, cli
    key: Mapped[str | None] = mapped_column(unique=True)  # the event or form that set it by hand
    until: Mapped[date | None]  # the last day of a tier set by hand
    words: Mapped[bytes | None]  # why, by whoever set it: a cell under the customer's key
    at: Mapped[datetime]


class RuleAward(Base):
    """What one rule gave with a bill or on an occasion, or took back with its undoing (negated). Only ever added."""

    __tablename__ = "rule_award"
    __table_args__ = (Index("ix_rule_award_customer_id_code", "customer_id", "code"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    given_on: Mapped[date]  # the shop day of the bill
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id"))  # None: there was no bill
    step: Mapped[str]  # excluded, line, bill, bonus
    amount: Mapped[int]  # ₫ it added to what earns, signed
    points: Mapped[int]  # of a bonus
    capped: Mapped[bool]  # it would have been more


class RuleTotal(Base):
    """How much was given to everybody together under one cap in one period: points of a bonus, ₫ of a multiplier."""

    __tablename__ = "rule_total"

    slot: Mapped[str] = mapped_column(primary_key=True)  # `day|happy-hour|2026-12-01`
    given: Mapped[int]


class AwardFact(Base):
    """What rules asked of a person when a bill was recorded, which nobody could find out afterwards."""

    __tablename__ = "award_fact"

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    segments: Mapped[list[Any]]  # those the rules name and the person belonged to, as the rules name them
    birthday: Mapped[list[Any]]  # day, week, month: which of them the bill fell into
    had: Mapped[list[Any]]  # codes of bonuses that are given once a year and had been


class OccasionGift(Base):
    """What one rule gave a person on an occasion without a bill. Only ever added: an undone one is not given again."""

    __tablename__ = "occasion_gift"
    __table_args__ = (
        UniqueConstraint("customer_id", "code", "slot"),
        Index("ix_occasion_gift_slot", "slot"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))  # the record it was given to first
    code: Mapped[str]  # of the rule
    scope: Mapped[str]  # joining, birthday, referral, event
    slot: Mapped[str]  # what makes it once: `joining`, `birthday|2026`, `event|follow|A17`, `referral|<public id>`
    happened_on: Mapped[date]  # the shop day the rules looked at
