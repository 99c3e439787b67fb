"""What points are exchanged for, and who exchanged them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

OPEN = text("state = 'held'")
FREE = text("redemption_id IS NULL")


def is_open(row: type["Redemption"]) -> ColumnElement[bool]:
    """`OPEN` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state == literal_column("'held'")


class Kind(StrEnum):
    PRODUCT = "product"  # something handed over
    AMOUNT = "amount"  # `value` ₫ off a bill
    PERCENT = "percent"  # `value` percent off a bill
    CODE = "code"  # a code of somebody else's, out of the reward's own list


class State(StrEnum):
    REQUESTED = "requested"  # written down, nothing taken yet
    HELD = "held"  # paid for and kept aside
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Reward(Base):
    """One line of the catalogue. Its number is what customers type (`đổi 3`) and is never another reward's."""

    __tablename__ = "reward"
    __table_args__ = (
        CheckConstraint("kind IN ('product', 'amount', 'percent', 'code')", name="kind"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("cost >= 0 AND value >= 0", name="money"),
        CheckConstraint("kind <> 'percent' OR value BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("spent >= 0 AND (budget IS NULL OR spent <= budget)", name="budget"),
        CheckConstraint("valid_days BETWEEN 0 AND 1000", name="valid_days"),
        CheckConstraint("minimum_bill >= 0", name="minimum_bill"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[dict[str, Any]]  # by locale
    about: Mapped[dict[str, Any]]  # by locale, may be empty
    kind: Mapped[str]
    price: Mapped[int]  # whole points; 0: made for a campaign, which gives it, and offered to nobody
    value: Mapped[int]  # what it is worth to the customer: whole ₫, of `percent` the percent; 0: not told
    minimum_bill: Mapped[int]  # whole ₫ of the bill it can be used with, or more; 0: any, or none
    cost: Mapped[int]  # what one costs the shop, whole ₫
    stock: Mapped[int | None]  # how many can still be promised; None: no end
    held: Mapped[int]  # promised and not handed over yet
    budget: Mapped[int | None]  # ₫ it may cost in all; None: no end
    spent: Mapped[int]  # ₫ of what is promised and handed over
    per_person: Mapped[int | None]  # how many one person may have in all
    per_month: Mapped[int | None]  # and in a calendar month
    minimum_balance: Mapped[int]  # points one must have to be offered it
    tiers: Mapped[list[Any]]  # codes of those who may; none: everybody
    stores: Mapped[list[Any]]  # codes of the stores that hand it over; none: all
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"))
    visible_from: Mapped[datetime | None]
    visible_until: Mapped[datetime | None]  # the first instant it is not
    weekdays: Mapped[list[Any]]  # 0 is Monday; none: every day
    hours: Mapped[str | None]  # "14:00-17:00" of the shop's day, [start, end)
    valid_days: Mapped[int]  # a code holds through the end of this many days after the day it was given
    returns_points: Mapped[bool]  # a code nobody used in time gives the points back
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))  # its photo
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Redemption(Base):
    """Points exchanged for a reward, from the wish to the hand-over. `/huy` knows it by the number of its burn.

    One of price 0 is a gift: a campaign's voucher, which no points were burned for.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'held', 'fulfilled', 'cancelled', 'expired')", name="state"),
        CheckConstraint(
            "CASE WHEN price = 0 THEN entry_id IS NULL ELSE (state = 'requested') = (entry_id IS NULL) END",
            name="burned",
        ),
        CheckConstraint("state <> 'fulfilled' OR fulfilled_at IS NOT NULL", name="fulfilled_at"),
        CheckConstraint("(state IN ('cancelled', 'expired')) = (ended_at IS NOT NULL)", name="ended_at"),
        Index("ix_redemption_customer_id_id", "customer_id", "id"),
        Index("ix_redemption_reward_id_id", "reward_id", "id"),
        Index("ix_redemption_open", "valid_on", "id", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_redemption_fulfilled_at", "fulfilled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)  # keyed
    code: Mapped[bytes]  # cell under the installation's key, to be shown again
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)  # the burn
    returned_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)  # what gave it back
    state: Mapped[str]
    price: Mapped[int]  # whole points, as it was then; 0: a gift
    cost: Mapped[int]  # whole ₫, as it was then
    actor: Mapped[str]  # customer, staff:<public id>, key:<public id>, demo
    requested_at: Mapped[datetime]
    requested_on: Mapped[date]  # the shop's day
    valid_on: Mapped[date]  # the last shop day of the code
    fulfilled_at: Mapped[datetime | None]  # kept when it is cancelled afterwards
    fulfilled_by: Mapped[str | None]  # an actor
    fulfilled_key: Mapped[str | None]  # the event or form that did it
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id"))  # where it was handed over
    ended_at: Mapped[datetime | None]  # cancelled or expired
    ended_key: Mapped[str | None]  # the event or form that did it


class VoucherCode(Base):
    """A code of somebody else's, or a generated one, waiting for whoever takes it: the good of a `code` reward."""

    __tablename__ = "voucher_code"
    __table_args__ = (
        UniqueConstraint("reward_id", "code_hash"),
        Index("ix_voucher_code_free", "reward_id", "id", postgresql_where=FREE, sqlite_where=FREE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))
    code_hash: Mapped[bytes]  # keyed
    code: Mapped[bytes]  # cell under the installation's key
    redemption_id: Mapped[int | None] = mapped_column(ForeignKey("redemption.id"), unique=True)
    added_at: Mapped[datetime]


class RewardWish(Base):
    """Somebody who wants to be told when a reward is there again."""

    __tablename__ = "reward_wish"

    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, index=True)
    asked_at: Mapped[datetime]


class RedemptionMiss(Base):
    """A right-looking code that is nobody's, typed by somebody who serves."""

    __tablename__ = "redemption_miss"
    __table_args__ = (Index("ix_redemption_miss_actor_at", "actor", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    at: Mapped[datetime]
