"""Who brought whom."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class State(StrEnum):
    OPEN = "open"  # the friend has bought nothing yet
    WAITING = "waiting"  # their first bill has to outlive its days
    PAID = "paid"
    CANCELLED = "cancelled"
    TAKEN_BACK = "taken_back"  # the bill went after it was paid


class ReferralCode(Base):
    """What a customer's friends type, and what their link ends in. It never changes."""

    __tablename__ = "referral_code"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]


class Referral(Base):
    """A friend and the one customer who brought them. `points` are what was paid, of whom."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'waiting', 'paid', 'cancelled', 'taken_back')", name="state"),
        CheckConstraint("referrer_id <> friend_id", name="two_people"),
        CheckConstraint("(state = 'cancelled') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("(paid_at IS NOT NULL) = (state IN ('paid', 'taken_back'))", name="paid_at"),
        Index("ix_referral_state_id", "state", "id"),
        Index("ix_referral_referrer_id_id", "referrer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    friend_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    state: Mapped[str]  # State
    how: Mapped[str]  # link, typed, counter
    actor: Mapped[str]  # customer, staff:<public id>
    brought_at: Mapped[datetime]
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"), index=True)  # the friend's first bill
    due_on: Mapped[date | None]  # the first shop day it may be paid on
    paid_at: Mapped[datetime | None]
    referrer_points: Mapped[int] = mapped_column(server_default="0")
    friend_points: Mapped[int] = mapped_column(server_default="0")
    missing_points: Mapped[int] = mapped_column(server_default="0")  # due back, and spent by then
    reason: Mapped[str | None]  # why it was cancelled: returned, not_new, same_person, own_staff, no_points, withdrawn
    ended_at: Mapped[datetime | None]  # cancelled or taken back

    @property
    def slot(self) -> str:
        """What makes its points once."""
        return f"referral|{self.public_id}"
