"""A shop's own fields of customers, and what stands in them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

HAS_NUMBER, HAS_WORD, HAS_DAY = (text(f"{name} IS NOT NULL") for name in ("number", "word", "day"))
WANTED = text("refused_at IS NULL")
ONE_OF_FOUR = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in ("number", "word", "day", "cell"))


class CustomField(Base):
    """A field the owner defined. Its key stays its own for good, so that rules keep their meaning."""

    __tablename__ = "custom_field"
    __table_args__ = (
        CheckConstraint("kind IN ('text', 'number', 'money', 'date', 'flag', 'choice')", name="kind"),
        CheckConstraint("purpose IN ('promotion', 'care', 'evaluation', 'personalisation')", name="purpose"),
        CheckConstraint("months BETWEEN 1 AND 240", name="months"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str]
    purpose: Mapped[str]  # what for: one of the four people agree to or refuse
    months: Mapped[int]  # a value is forgotten so long after it was given
    personal: Mapped[bool]  # sealed under the person's own key; rules may ask only whether there is one
    choices: Mapped[list[Any]]  # what one of a list may be, in its order
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # nothing is written into it any more


class CustomValue(Base):
    """What somebody has in a field: one of number, word and day, or a cell under their own key."""

    __tablename__ = "custom_value"
    __table_args__ = (
        CheckConstraint(f"{ONE_OF_FOUR} = 1", name="one"),
        Index(
            *("ix_custom_value_number", "field_id", "number", "customer_id"),
            sqlite_where=HAS_NUMBER,
            postgresql_where=HAS_NUMBER,
        ),
        Index(
            *("ix_custom_value_word", "field_id", "word", "customer_id"),
            sqlite_where=HAS_WORD,
            postgresql_where=HAS_WORD,
        ),
        Index(
            *("ix_custom_value_day", "field_id", "day", "customer_id"),
            sqlite_where=HAS_DAY,
            postgresql_where=HAS_DAY,
        ),
        Index("ix_custom_value_at", "field_id", "at"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_field.id"), primary_key=True)
    number: Mapped[int | None]  # whole; ₫; 1 is yes, 0 no
    word: Mapped[str | None]
    day: Mapped[date | None]
    cell: Mapped[bytes | None]  # of a personal field: the JSON of the value
    source: Mapped[str]  # console, api, import, zalo, messenger, demo
    author: Mapped[str]  # who wrote it: staff:<public id>, key:<public id>, customer, demo
    at: Mapped[datetime]  # when it was given


class Interest(Base):
    """Something a person is interested in: bought `times` (bills with it), told by them or for them, or refused."""

    __tablename__ = "customer_interest"
    __table_args__ = (
        CheckConstraint("kind IN ('category', 'product', 'told')", name="kind"),
        CheckConstraint("times >= 0", name="times"),
        Index("ix_customer_interest_word", "word", "customer_id", sqlite_where=WANTED, postgresql_where=WANTED),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)  # in small letters: what rules ask for
    shown: Mapped[str]  # as it stands on the bill, or as it was told
    kind: Mapped[str]
    times: Mapped[int]  # standing bills with it
    last_on: Mapped[date | None]  # the shop day of the last of them
    told_at: Mapped[datetime | None]
    source: Mapped[str | None]  # of what was told: zalo, messenger, console, api, demo
    author: Mapped[str | None]  # customer, staff:<public id>, key:<public id>, demo
    refused_at: Mapped[datetime | None]  # they said it is none: whatever they buy, it is not shown nor used


class CustomerHour(Base):
    """The hour of day somebody is best written to, as of last night, and how many events of their own it rests on."""

    __tablename__ = "customer_hour"
    __table_args__ = (CheckConstraint("hour BETWEEN 0 AND 23 AND events > 0", name="hour"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(SmallInteger)  # by the shop's clock
    events: Mapped[int]
