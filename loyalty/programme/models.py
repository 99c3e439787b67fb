"""The versions of the rules of points."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class ProgrammeVersion(Base):
    """One version of the rules, a TOML document in force from a shop day on, for purchases of that day and later."""

    __tablename__ = "programme_version"

    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    effective_from: Mapped[date] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    author: Mapped[str | None]  # staff:<public id>, cli; None: the software brought it
    note: Mapped[str | None]


class WithdrawnVersion(Base):
    """A version that was taken back before its day. It keeps its number; its day is free again."""

    __tablename__ = "withdrawn_version"

    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    effective_from: Mapped[date]
    created_at: Mapped[datetime]
    author: Mapped[str | None]
    note: Mapped[str | None]
    withdrawn_at: Mapped[datetime]
    withdrawn_by: Mapped[str]


class ProgrammeDraft(Base):
    """The one document the shop works on, and how far its simulation has come. It changes nothing until activated."""

    __tablename__ = "programme_draft"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]  # as the audit names people
    step: Mapped[int]  # counts every change of the row: who works on an older one is refused
    tally: Mapped[dict[str, Any] | None]  # of its simulation; None: nobody asked for one
