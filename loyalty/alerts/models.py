"""What the owner must be told."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Alert(Base):
    """One open alert per kind and subject; raising it again only counts."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "uq_alert_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # token_lost, channel_stopped, event_parked, staff_bound, code_guessing …
    subject: Mapped[str]  # what it is about; no personal data
    detail: Mapped[str]
    times: Mapped[int]
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    told_at: Mapped[datetime | None]  # when a chat message to the owners was queued
    closed_at: Mapped[datetime | None]
