"""Pictures the shop uploaded, and what the platforms call those that were sent up to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

WANTED = text("state = 'wanted'")


class Picture(Base):
    """A picture as we made it anew of an upload. Its bytes never change: whoever has its address may keep it."""

    __tablename__ = "picture"
    __table_args__ = (
        CheckConstraint("mime IN ('image/png', 'image/jpeg')", name="mime"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the bytes, 64 hex digits
    mime: Mapped[str]
    width: Mapped[int]  # px
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)  # read only by whoever shows or sends it
    kept_at: Mapped[datetime]  # when it was last uploaded


class PictureUpload(Base):
    """One picture at one account's platform: wanted, then ready under the platform's name for it, or refused."""

    __tablename__ = "picture_upload"
    __table_args__ = (
        CheckConstraint("state IN ('wanted', 'ready', 'refused')", name="state"),
        CheckConstraint("(state = 'ready') = (name IS NOT NULL)", name="name"),
        Index("ix_picture_upload_wanted", "due_at", postgresql_where=WANTED, sqlite_where=WANTED),
    )

    picture_id: Mapped[int] = mapped_column(
        ForeignKey("picture.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    channel_account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str]
    name: Mapped[str | None]  # the platform's own: an attachment id
    due_at: Mapped[datetime]  # wanted: when to try; ready: until when the name is good; refused: when to ask again
    attempts: Mapped[int]
    error: Mapped[str | None]  # the platform's code of the last failure
