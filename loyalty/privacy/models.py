"""What people asked through a platform's own settings."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

OPEN = text("state = 'received'")


class PlatformRequest(Base):
    """One person asked a platform to have their data deleted here. Who they are it tells only under its own name."""

    __tablename__ = "platform_request"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'erased', 'nobody')", name="state"),
        CheckConstraint("(state = 'received') = (settled_at IS NULL)", name="settled"),
        Index(
            "uq_platform_request_open", "channel", "person", unique=True, postgresql_where=OPEN, sqlite_where=OPEN
        ),  # asking again while it is open is the same request
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # what the person is given to look it up: letters and digits
    channel: Mapped[str]
    person: Mapped[str]  # keyed fingerprint of the platform's name for them
    name_there: Mapped[bytes]  # cell: that name, for whoever looks for them on the platform
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # whose chat bears that very name
    state: Mapped[str]  # received; erased; nobody: no data of theirs was found
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]  # as the audit names people
