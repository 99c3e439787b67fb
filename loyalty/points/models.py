"""The ledger of points and the lots they lie in."""

from datetime import date, datetime
from enum import StrEnum

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


class RuleAward(Base):
    """What one rule of the programme gave with a bill, or took back with its undoing (negated). Only ever added."""

    __tablename__ = "rule_award"
    __table_args__ = (Index("ix_rule_award_customer_id_code", "customer_id", "code"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    given_on: Mapped[date]  # the shop day of the bill
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    step: Mapped[str]  # excluded, line, bill, bonus
    amount: Mapped[int]  # ₫ it added to what earns, signed
    points: Mapped[int]  # of a bonus
    capped: Mapped[bool]  # it would have been more


class RuleTotal(Base):
    """How much was given to everybody together under one cap in one period: points of a bonus, ₫ of a multiplier."""

    __tablename__ = "rule_total"

    slot: Mapped[str] = mapped_column(primary_key=True)  # `day|happy-hour|2026-12-01`
    given: Mapped[int]
