"""What the installation knows of itself."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Installation(Base):
    """One row. In a demo shop everybody created is a demo person and may be removed without a trace."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demo: Mapped[bool]


class DemoFarewell(Base):
    """One row: somebody asked for the demo to be taken away. A silent owner is taken over after its lease."""

    __tablename__ = "demo_farewell"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_by: Mapped[str]  # as the audit names people
    asked_at: Mapped[datetime]
    rows_found: Mapped[int]  # to be removed, counted when the work began
    rows_gone: Mapped[int]
    owner: Mapped[str | None]  # who works on it
    due_at: Mapped[datetime]  # when somebody (else) may take it up; each step moves it
    error: Mapped[str | None]  # why the last round ended early
    finished_at: Mapped[datetime | None]
