"""The one timeline: a row for whatever happens to a customer."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Activity(Base):
    """Something that happened to a customer. `data` holds no personal data; words people wrote are sealed in `body`."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_customer_id_id", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]  # message_in, message_out, followed, joined, purchase, points, tier, consent, linked, note …
    at: Mapped[datetime]
    on: Mapped[date]  # the shop's day
    data: Mapped[dict[str, Any]]
    body: Mapped[bytes | None]  # cell under the customer's key
