"""Numbers that cost a scan, kept so that no page has to wait for one."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class SegmentPortrait(Base):
    """What the people of a segment are like as of `taken_at`: `portraits.Portrait`, sums only, nobody's name.

    `asked_at`: it is to be taken anew, by a worker.
    """

    __tablename__ = "segment_portrait"

    segment_id: Mapped[int] = mapped_column(
        ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    facts: Mapped[dict[str, Any] | None]  # None: none was taken yet
    taken_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]


class ShopPortrait(Base):
    """The same of the whole shop, and every month there was: what segments and years are compared with."""

    __tablename__ = "shop_portrait"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[dict[str, Any]]
    taken_at: Mapped[datetime]


class FieldCounts(Base):
    """How many people have each field as of `taken_at`, see `field_counts`; `asked_at`: a worker is to count anew."""

    __tablename__ = "field_counts"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[dict[str, Any] | None]  # None: none was taken yet
    taken_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
