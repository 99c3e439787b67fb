"""Sentences in the shop's own words, and every change of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class TextOverride(Base):
    """One sentence in one language in the shop's own words. Without a row the sentence is ours."""

    __tablename__ = "text_override"
    __table_args__ = (
        CheckConstraint("locale IN ('vi', 'en')", name="locale"),
        CheckConstraint("length(wording) BETWEEN 1 AND 2000", name="wording"),
    )

    key: Mapped[str] = mapped_column(String(120), primary_key=True)  # points.balance
    locale: Mapped[str] = mapped_column(String(2), primary_key=True)
    wording: Mapped[str]
    by: Mapped[str]  # as the audit names people: staff:<public id>, cli
    at: Mapped[datetime]


class TextChange(Base):
    """One change of a sentence; None is our own wording. It can be undone by its number."""

    __tablename__ = "text_change"
    __table_args__ = (CheckConstraint("locale IN ('vi', 'en')", name="locale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), index=True)
    locale: Mapped[str] = mapped_column(String(2))
    before: Mapped[str | None]
    after: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[datetime]
