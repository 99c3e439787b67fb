"""The accounts a shop speaks through, and the tokens that let us."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
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
    mirrors_tags: Mapped[bool] = mapped_column(default=False, server_default=false())  # our tags are put there too
    takes_tags: Mapped[bool] = mapped_column(default=False, server_default=false())  # tags given there hold here


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


class ChannelOutage(Base):
    """A platform that does not answer. There is a row only while calls fail, and it goes with the first answer."""

    __tablename__ = "channel_outage"
    __table_args__ = (CheckConstraint("failures > 0", name="failures"), CheckConstraint("probes >= 0", name="probes"))

    channel_account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id"), primary_key=True, autoincrement=False
    )
    failures: Mapped[int]  # calls in a row without an answer
    since: Mapped[datetime]  # the first of them
    probes: Mapped[int]  # tries since nothing else leaves
    probe_at: Mapped[datetime | None]  # when one message may try again; None while there are too few failures


class ChannelCalls(Base):
    """What all processes together took of an account's calls in its newest window."""

    __tablename__ = "channel_calls"
    __table_args__ = (CheckConstraint("taken >= 0", name="taken"),)

    channel_account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int]  # of the window, since 1970
    taken: Mapped[int]


class ChannelFigure(Base):
    """The newest word of a platform about an account: a quota, a template's state. Nothing personal."""

    __tablename__ = "channel_figure"

    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)  # quota:templates_day, template:250001:status
    value: Mapped[dict[str, Any]]  # as `channels.figures` says
    at: Mapped[datetime]  # when it was so, by the platform


class MirroredTag(Base):
    """A tag this program put on somebody at an account: what it may take away again, or was refused."""

    __tablename__ = "mirrored_tag"

    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    is_there: Mapped[bool]
    at: Mapped[datetime]  # of the last answer
    error: Mapped[str | None]  # the platform's own code, where it refused what was asked last


class ChannelDoor(Base):
    """The account a link into a chat opens, where it is another than that of the settings."""

    __tablename__ = "channel_door"

    kind: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)  # a store's code; "" for the whole shop
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))


class GrantRequest(Base):
    """A consent under way: somebody of the shop was sent to the platform and is awaited back within minutes."""

    __tablename__ = "grant_request"

    mark: Mapped[str] = mapped_column(primary_key=True)  # keyed hash of the `state` that comes back
    kind: Mapped[str]
    wanted: Mapped[str | None]  # the account it must be for; None: any
    verifier: Mapped[bytes]  # cell: the secret the code is exchanged with
    browser: Mapped[str | None]  # keyed hash of the cookie of the browser it began in; None: begun in a terminal
    asked_by: Mapped[str]  # as the audit names people: staff:<public id>, cli
    source: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]  # a code came back with it: it serves once
    external_id: Mapped[str | None]  # which account consented, once it has
    fault: Mapped[str | None]  # why it came to nothing
