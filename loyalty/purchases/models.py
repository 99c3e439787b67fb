"""What was bought."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Purchase(Base):
    """One bill. `receipt_key` is unique while the bill stands; an undone bill gives its number back."""

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("state IN ('recorded', 'undone')", name="state"),
        CheckConstraint("total > 0 AND eligible >= 0 AND discount >= 0", name="amounts"),
        Index("ix_purchase_customer_id_purchased_on", "customer_id", "purchased_on"),
        Index("ix_purchase_purchased_on", "purchased_on"),
        Index("ix_purchase_staff_id_recorded_at", "staff_id", "recorded_at"),
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


class PurchaseLine(Base):
    __tablename__ = "purchase_line"
    __table_args__ = (CheckConstraint("quantity > 0 AND unit_price >= 0 AND discount >= 0", name="amounts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    position: Mapped[int]
    sku: Mapped[str | None]
    name: Mapped[str]
    category: Mapped[str | None]
    quantity: Mapped[int]
    unit_price: Mapped[int]  # whole ₫
    discount: Mapped[int]  # whole ₫ off the line
