"""Our tags on people at an account whose owner wished for it: what is to be put there, and taken away again.

Nothing is ever read from there: what people of the shop tag at the platform comes by its events, and only where that is
wished for as well. Only what this program put there is taken away, also once the owner wishes for it no more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.channels.models import ChannelAccount, MirroredTag
from loyalty.customers.models import ChannelIdentity, CustomerTag

AGAIN = timedelta(days=1)  # after a refusal that time may mend


class Change(NamedTuple):
    """One tag of one person to be put there, or taken away."""

    user_id: str
    tag: str
    is_wanted: bool


def due(session: Session, account: ChannelAccount, *, now: datetime, limit: int) -> Sequence[Change]:
    """The next changes at this account, what is to go first. A refused one is due again a day later."""
    gone = [Change(row[0], row[1], is_wanted=False) for row in session.execute(_gone(account, now).limit(limit))]
    if not account.mirrors_tags or len(gone) == limit:
        return gone
    new = session.execute(_new(account, now).limit(limit - len(gone)))
    return [*gone, *(Change(row[0], row[1], is_wanted=True) for row in new)]


def settle(session: Session, account_id: int, change: Change, *, now: datetime) -> None:
    """The platform did it."""
    if change.is_wanted:
        _keep(session, account_id, change, is_there=True, error=None, now=now)
    else:
        session.execute(sa.delete(MirroredTag).where(*_one(account_id, change)))


def refuse(session: Session, account_id: int, change: Change, code: str, *, now: datetime) -> None:
    """The platform would not, for this person. What cannot be taken away from somebody we forgot is forgotten too."""
    known = sa.exists().where(
        ChannelIdentity.channel_account_id == account_id, ChannelIdentity.user_id == change.user_id
    )
    if change.is_wanted or session.scalar(sa.select(known)):
        _keep(session, account_id, change, is_there=not change.is_wanted, error=code, now=now)
    else:
        session.execute(sa.delete(MirroredTag).where(*_one(account_id, change)))


def standing(session: Session, account_id: int) -> tuple[int, int]:
    """How many tags of ours are there, and how many were refused last time."""
    refused = sa.func.count(MirroredTag.error)
    there = sa.func.count().filter(MirroredTag.is_there)
    row = session.execute(sa.select(there, refused).where(MirroredTag.channel_account_id == account_id)).one()
    return row[0], row[1]


def _new(account: ChannelAccount, now: datetime) -> sa.Select[str, str]:
    """Tags of followers that are not there yet."""
    settled = sa.exists().where(
        MirroredTag.channel_account_id == account.id,
        MirroredTag.user_id == ChannelIdentity.user_id,
        MirroredTag.tag == CustomerTag.tag,
        MirroredTag.is_there | (MirroredTag.at > now - AGAIN),
    )
    return (
        sa.select(ChannelIdentity.user_id, CustomerTag.tag)
        .join(CustomerTag, CustomerTag.customer_id == ChannelIdentity.customer_id)
        .where(ChannelIdentity.channel_account_id == account.id, ChannelIdentity.follows, ~settled)
        .order_by(ChannelIdentity.id, CustomerTag.tag)
    )


def _gone(account: ChannelAccount, now: datetime) -> sa.Select[str, str]:
    """Tags of ours there that nobody wants there any more."""
    wanted = sa.exists().where(
        ChannelIdentity.channel_account_id == account.id,
        ChannelIdentity.user_id == MirroredTag.user_id,
        ChannelIdentity.customer_id == CustomerTag.customer_id,
        CustomerTag.tag == MirroredTag.tag,
    )
    is_unwanted = ~wanted if account.mirrors_tags else sa.true()
    is_time = MirroredTag.error.is_(None) | (MirroredTag.at <= now - AGAIN)
    return (
        sa.select(MirroredTag.user_id, MirroredTag.tag)
        .where(MirroredTag.channel_account_id == account.id, MirroredTag.is_there, is_time, is_unwanted)
        .order_by(MirroredTag.user_id, MirroredTag.tag)
    )


def _keep(
    session: Session, account_id: int, change: Change, *, is_there: bool, error: str | None, now: datetime
) -> None:
    told = {"is_there": is_there, "error": error, "at": now}
    key = {"channel_account_id": account_id, "user_id": change.user_id, "tag": change.tag}
    put = upsert.insert(session, MirroredTag).values(**key, **told)
    session.execute(put.on_conflict_do_update(index_elements=list(key), set_=told))


def _one(account_id: int, change: Change) -> Sequence[sa.ColumnElement[bool]]:
    return (
        MirroredTag.channel_account_id == account_id,
        MirroredTag.user_id == change.user_id,
        MirroredTag.tag == change.tag,
    )
