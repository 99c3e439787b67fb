"""The accounts a shop speaks through, and the tokens that let us."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class ChannelAccount(Base):
    """One Zalo OA or Facebook page. `stopped_reason` says why nothing leaves through it until a person mends it."""

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("kind", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # the channel's folder: zalo, messenger
    external_id: Mapped[str]  # OA id or page id, text: beyond 2^53
    window_seconds: Mapped[int]  # free answers are possible for so long after the person's last interaction
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_reason: Mapped[str | None]
    bills_package: Mapped[bool] = mapped_column(default=False, server_default=false())  # Zalo: billed after free hours
    has_human_agent: Mapped[bool] = mapped_column(default=False, server_default=false())  # Messenger's feature, granted


class ChannelToken(Base):
    """The rotating token pair of an account, refreshed under a lease that is committed before the call."""

    __tablename__ = "channel_token"

    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    access: Mapped[bytes]  # cell
    refresh: Mapped[bytes]  # cell
    previous_refresh: Mapped[bytes | None]  # cell, kept for forensics
    first_pair: Mapped[str]  # keyed fingerprint of the pair from the settings; another pair there is a new grant
    version: Mapped[int]  # +1 with every new pair
    state: Mapped[str]  # ok, needs_consent
    expires_at: Mapped[datetime]
    refreshing_by: Mapped[str | None]
    refreshing_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]
