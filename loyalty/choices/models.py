"""What the owner decides while the program runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class ShopChoice(Base):
    """One row. An empty cell means: as the environment says. While `stopped_at` is set, nothing leaves."""

    __tablename__ = "shop_choice"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("locale IN ('vi', 'en')", name="locale"),
        CheckConstraint("address IN ('ban', 'anh_chi')", name="address"),
        CheckConstraint("monthly_budget >= 0", name="monthly_budget"),
        CheckConstraint("(stopped_at IS NULL) = (stopped_by IS NULL)", name="stopped_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str | None]
    contact: Mapped[str | None]
    locale: Mapped[str | None]
    quiet_hours: Mapped[str | None]  # 21:00-08:00; "" for none
    monthly_budget: Mapped[int | None]  # whole ₫
    opening: Mapped[list[Any] | None]  # Monday first: a list of spans each, ["08:00-21:00"]; empty: nothing is known
    closed_days: Mapped[list[Any] | None]  # ISO days on which the weekly hours do not hold
    closed_text: Mapped[str | None]  # what the shop adds to «we are closed»
    address: Mapped[str | None]  # how Vietnamese sentences address customers
    offers_in_replies: Mapped[bool | None]  # whether an answer may end with the best unused offer; None: it may
    approval_people: Mapped[int | None]  # campaigns to more people wait for a second person; None: none does
    approval_cost: Mapped[int | None]  # likewise above so many whole ₫
    shop_holdout: Mapped[int | None]  # per cent of all customers who get no campaign at all
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]  # as the audit names people: staff:<public id>, cli
    stopped_reason: Mapped[str | None]


class ChoiceChange(Base):
    """One change of the row above: the fields it touched, before and after. It can be undone by its number."""

    __tablename__ = "choice_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime]
