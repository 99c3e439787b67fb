"""What is worth a second look at the counter, and what later days are compared with."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

OPEN = text("state = 'open'")


def is_open(row: type["Finding"]) -> ColumnElement[bool]:
    """`OPEN` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state == literal_column("'open'")


class Finding(Base):
    """Something a member of staff did on one shop day that an owner should look at. It accuses nobody."""

    __tablename__ = "watch_finding"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'explained', 'confirmed')", name="state"),
        UniqueConstraint("pattern", "staff_id", "subject", "day"),
        Index("ix_watch_finding_open", "id", postgresql_where=OPEN, sqlite_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern: Mapped[str]  # a file of `watch/patterns`
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    subject: Mapped[str]  # the customer's public id, "" where it is about the day as a whole
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    day: Mapped[date]  # the shop's
    entries: Mapped[list[Any]]  # numbers of the ledger entries behind it, in their order
    facts: Mapped[dict[str, Any]]  # whole numbers its sentence names; no personal data
    score: Mapped[int]  # how unlikely by chance: 40 is one in ten thousand, 100 the most
    state: Mapped[str]
    note: Mapped[bytes | None]  # what the owner wrote, a cell under the installation's key
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    judged_at: Mapped[datetime | None]
    found_at: Mapped[datetime]


class StaffDay(Base):
    """One person's shop day in numbers: what other days, and colleagues, are compared with."""

    __tablename__ = "watch_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    amounts: Mapped[list[Any]]  # whole ₫ of each bill of theirs that stood at the end of the day
    counts: Mapped[dict[str, Any]]  # by pattern: [how many, of how many]
