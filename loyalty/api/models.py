"""Answers kept so that a repeated request gets the first one again."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class IdempotencyRecord(Base):
    """The first answer to one `Idempotency-Key` of one key holder, for 24 hours.

    It is written in the transaction of the effect it answers for: both are there, or neither.
    """

    __tablename__ = "idempotency_record"
    __table_args__ = (UniqueConstraint("api_key_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str]
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    key: Mapped[str]
    request_hash: Mapped[bytes]  # keyed hash of method, address and body
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes]  # cell: the answer's bytes
    expires_at: Mapped[datetime] = mapped_column(index=True)
