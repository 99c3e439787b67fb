"""Rotating token pairs in the database: one refresher at a time, by a lease committed before the call."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.channels.models import ChannelAccount, ChannelToken
from loyalty.db import keyring

LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Pair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime  # of the access token


def grant(session: Session, account_id: int, pair: Pair, *, now: datetime) -> None:
    """Take the pair from the settings, once: a pair different from the one first seen is a new grant, the same is not.

    A stored pair that has rotated since stays.
    """
    session.get_one(ChannelAccount, account_id, with_for_update=True)  # two first starts: one waits
    mark = keyring(session).look_up("token pair", f"{pair.access}|{pair.refresh}").hex()
    row = _lock(session, account_id)
    if row is not None and row.first_pair == mark:
        return
    if row is None:
        row = ChannelToken(channel_account_id=account_id, version=0, access=b"", refresh=b"")
        session.add(row)
    row.first_pair = mark
    _put(session, row, pair, now=now)


def regrant(session: Session, account_id: int, pair: Pair, *, now: datetime) -> None:
    """Take the pair of a new consent in place of whatever is stored.

    The pair in the settings, if they have one, stays the one first seen: it does not come back at the next start.
    """
    session.get_one(ChannelAccount, account_id, with_for_update=True)
    row = _lock(session, account_id)
    if row is None:
        row = ChannelToken(channel_account_id=account_id, version=0, access=b"", refresh=b"", first_pair="")
        session.add(row)
    else:
        row.previous_refresh = row.refresh
    _put(session, row, pair, now=now)


def find(session: Session, account_id: int) -> tuple[Pair, str] | None:
    """The stored pair and its state (ok, needs_consent); None when there never was one."""
    row = session.get(ChannelToken, account_id, populate_existing=True)
    return None if row is None else (_open(session, row), row.state)


def lease(session: Session, account_id: int, refused: str, owner: str, *, now: datetime) -> Pair | None:
    """Become the one who refreshes: the pair to spend. None: somebody else is at it, or already done.

    `refused` is the access token that was turned down or grew old; when the stored one differs, there is nothing to do.
    """
    row = _lock(session, account_id)
    if row is None or row.state != "ok":
        return None
    pair = _open(session, row)
    if pair.access != refused or (row.refreshing_until is not None and row.refreshing_until > now):
        return None
    row.refreshing_by, row.refreshing_until = owner, now + LEASE
    return pair


def replace(session: Session, account_id: int, pair: Pair, *, spent: str = "", now: datetime) -> None:
    """The new pair, stored before its first use; ends the lease.

    Let go when `spent`, the refresh token it came for, is not the stored one any more: somebody consented meanwhile.
    """
    row = _lock(session, account_id)
    assert row is not None
    if spent and _open(session, row).refresh != spent:
        return
    row.previous_refresh = row.refresh  # the same cell: it opens as `refresh`
    _put(session, row, pair, now=now)


def release(session: Session, account_id: int, *, lost: bool, spent: str = "") -> bool:
    """End the lease without a new pair; `lost`: only a new consent helps. False when there was one, see `replace`."""
    row = _lock(session, account_id)
    assert row is not None
    if spent and _open(session, row).refresh != spent:
        return False
    row.refreshing_by = row.refreshing_until = None
    if lost:
        row.state = "needs_consent"
    return True


def lose(session: Session, account_id: int, *, as_of: datetime) -> bool:
    """The grant was taken back at that instant: only a new consent helps. False when the stored pair is newer."""
    row = _lock(session, account_id)
    if row is None or row.updated_at > as_of:
        return False
    row.state = "needs_consent"
    row.refreshing_by = row.refreshing_until = None
    return True


def _lock(session: Session, account_id: int) -> ChannelToken | None:
    query = sa.select(ChannelToken).filter_by(channel_account_id=account_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _open(session: Session, row: ChannelToken) -> Pair:
    keys = keyring(session)
    access = keys.open(row.access, _place("access", row.channel_account_id)).decode()
    refresh = keys.open(row.refresh, _place("refresh", row.channel_account_id)).decode()
    return Pair(access, refresh, row.expires_at)


def _put(session: Session, row: ChannelToken, pair: Pair, *, now: datetime) -> None:
    keys = keyring(session)
    row.access = keys.seal(pair.access.encode(), _place("access", row.channel_account_id))
    row.refresh = keys.seal(pair.refresh.encode(), _place("refresh", row.channel_account_id))
    row.expires_at, row.updated_at, row.state = pair.expires_at, now, "ok"
    row.version += 1
    row.refreshing_by = row.refreshing_until = None
    session.flush()


def _place(column: str, account_id: int) -> bytes:
    return crypto.aad("channel_token", column, str(account_id))
