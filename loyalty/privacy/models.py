"""What people ask about their own data, here or in a platform's settings, until it is done or refused."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

RECEIVED = text("state = 'received'")
OPEN = text("state = 'open'")


def is_open(row: type["PrivacyRequest"]) -> ColumnElement[bool]:
    """`OPEN` of one row, its value written out: SQLite uses a partial index only where the words are the same."""
    return row.state == literal_column("'open'")


class PrivacyRequest(Base):
    """One request of a person about their data. Its row outlives the data: proof that it was asked, and when done."""

    __tablename__ = "privacy_request"
    __table_args__ = (
        CheckConstraint("kind IN ('copy', 'correct', 'erase')", name="kind"),
        CheckConstraint("state IN ('open', 'done', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by"),
        Index("ix_privacy_request_customer_id", "customer_id", "id"),
        Index("ix_privacy_request_open", "due_on", "id", postgresql_where=OPEN, sqlite_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # the event, form or call that asked
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    state: Mapped[str]
    words: Mapped[bytes | None]  # cell under the customer's key: what is to be corrected
    source: Mapped[str]  # zalo, messenger, console, api
    asked_by: Mapped[str]  # customer, staff:<public id>, key:<public id>
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]  # the shop day by whose end the person must have heard: two working days
    due_on: Mapped[date]  # by whose end it must be done
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]  # customer (did it themselves), staff:<public id>, key:<public id>
    reason: Mapped[bytes | None]  # cell under the installation's key: why it was refused, or what staff noted


class PlatformRequest(Base):
    """One person asked a platform to have their data deleted here. Who they are it tells only under its own name."""

    __tablename__ = "platform_request"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'erased', 'nobody')", name="state"),
        CheckConstraint("(state = 'received') = (settled_at IS NULL)", name="settled"),
        Index(
            "uq_platform_request_open",
            "channel",
            "person",
            unique=True,
            postgresql_where=RECEIVED,
            sqlite_where=RECEIVED,
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
