"""Saved choices of customers."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Segment(Base):
    """`size` people belonged at `counted_at`. One that was removed stays for the campaigns that went to it."""

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    rules: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    size: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class SegmentEdition(Base):
    """What a segment was before a change."""

    __tablename__ = "segment_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    rules: Mapped[dict[str, Any]]
    size: Mapped[int | None]
    replaced_at: Mapped[datetime]
