"""Saved choices of customers."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Segment(Base):
    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    rules: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
