"""What was bought, and what of it came back."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, SmallInteger, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

STANDS = text("state = 'standing'")
NUMBERED = text("reference IS NOT NULL")
GONE = text("state <> 'recorded'")


def is_gone(row: type["Purchase"]) -> ColumnElement[bool]:
    """`GONE` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state != literal_column("'recorded'")


class Purchase(Base):
    """One bill. `receipt_key` is unique while the bill stands; an undone bill gives its number back.

    A bill all of which came back is `returned`: it counts as no order and keeps its number.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("state IN ('recorded', 'undone', 'returned')", name="state"),
        CheckConstraint("returned BETWEEN 0 AND total AND (state = 'returned') = (returned = total)", name="returned"),
        CheckConstraint("total > 0 AND eligible >= 0 AND discount >= 0", name="amounts"),
        CheckConstraint("paid_amount BETWEEN 0 AND total AND (paid_amount = 0) = (paid_points = 0)", name="paid"),
        Index("ix_purchase_customer_id_purchased_on", "customer_id", "purchased_on"),
        Index("ix_purchase_purchased_on", "purchased_on"),
        Index("ix_purchase_staff_id_recorded_at", "staff_id", "recorded_at"),
        Index("ix_purchase_gone", "id", postgresql_where=GONE, sqlite_where=GONE),
        Index("ix_purchase_reference", "reference", postgresql_where=NUMBERED, sqlite_where=NUMBERED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # the event or request that recorded it
    receipt_key: Mapped[str | None] = mapped_column(unique=True)  # source | store | period | number
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    source: Mapped[str]  # counter, till's or web shop's name
    reference: Mapped[str | None]  # the receipt's number, as normalised
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    total: Mapped[int]  # whole ₫ paid
    discount: Mapped[int]  # whole ₫ taken off before that
    eligible: Mapped[int]  # whole ₫ that earn
    state: Mapped[str]
    made_customer: Mapped[bool]  # this award created its customer; undone together
    purchased_at: Mapped[datetime]
    purchased_on: Mapped[date]  # the shop's day
    recorded_at: Mapped[datetime]
    tier_before: Mapped[str]
    tier_after: Mapped[str]
    returned: Mapped[int] = mapped_column(server_default="0")  # whole ₫ of the total that came back
    paid_amount: Mapped[int] = mapped_column(server_default="0")  # whole ₫ of the total paid with points
    paid_points: Mapped[int] = mapped_column(server_default="0")  # whole points that paid it

    @property
    def left(self) -> int:
        """Whole ₫ that can still come back."""
        return self.total - self.returned


class PurchaseLine(Base):
    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND unit_price >= 0 AND discount >= 0", name="amounts"),
        CheckConstraint("returned_quantity BETWEEN 0 AND quantity", name="returned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    position: Mapped[int]
    sku: Mapped[str | None]
    name: Mapped[str]
    category: Mapped[str | None]
    quantity: Mapped[int]
    unit_price: Mapped[int]  # whole ₫
    discount: Mapped[int]  # whole ₫ off the line
    returned_quantity: Mapped[int] = mapped_column(server_default="0")  # pieces that came back

    @property
    def left(self) -> int:
        """Pieces that can still come back."""
        return self.quantity - self.returned_quantity


class PurchaseReturn(Base):
    """Goods of one bill that came back, and what the bill gave for them. An undone return gives its reference back."""

    __tablename__ = "purchase_return"
    __table_args__ = (
        CheckConstraint("state IN ('standing', 'undone')", name="state"),
        CheckConstraint("amount > 0 AND points >= 0 AND shortfall >= 0 AND paid_back >= 0", name="amounts"),
        Index(
            "uq_purchase_return_reference",
            "purchase_id",
            "reference",
            unique=True,
            postgresql_where=STANDS,
            sqlite_where=STANDS,
        ),
        Index("ix_purchase_return_returned_on", "returned_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # the event or request that recorded it
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)  # the movement it made
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))  # where they were taken back
    reference: Mapped[str | None]  # the number of the return slip, as normalised
    amount: Mapped[int]  # whole ₫ of the bill's total
    points: Mapped[int]  # whole points taken back, out of the bill's lot before others
    shortfall: Mapped[int]  # whole points the bill no longer stands for that had been used, all returns so far
    paid_back: Mapped[int] = mapped_column(server_default="0")  # whole points the bill was paid with, given back
    state: Mapped[str]
    actor: Mapped[str]  # staff:<public id>, key:<public id>, cli, demo
    tier_before: Mapped[str]
    tier_after: Mapped[str]
    returned_at: Mapped[datetime]
    returned_on: Mapped[date]  # the shop's day


class PurchaseReturnLine(Base):
    """Pieces of one line that came back."""

    __tablename__ = "purchase_return_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    return_id: Mapped[int] = mapped_column(ForeignKey("purchase_return.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"), primary_key=True, index=True)
    quantity: Mapped[int]


class ShopHour(Base):
    """How much everybody did in each hour of the day."""

    __tablename__ = "shop_hour"

    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    events: Mapped[int]
