"""Wrapped keys: the installation's, and one for every customer."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class CryptoKey(Base):
    """An installation key wrapped by a root key: purpose `data` (seals cells and customer keys) or `index`."""

    __tablename__ = "crypto_key"
    __table_args__ = (UniqueConstraint("purpose", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    version: Mapped[int]
    wrapped: Mapped[bytes]
    root: Mapped[str]  # fingerprint of the root key that opens it
    created_at: Mapped[datetime]


class CustomerKey(Base):
    """The wrapped key of one customer: the one table a data backup leaves out."""

    __tablename__ = "customer_key"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    wrapped: Mapped[bytes]
