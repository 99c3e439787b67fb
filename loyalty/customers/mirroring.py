"""Our tags on people at an account whose owner wished for it: what is to be put there, and taken away again.

Nothing is ever read from there: what people of the shop tag at the platform comes by its events, and only where that is
wished for as well; the events our own calls raise are none of theirs. Only what this program put there is taken away,
also once the owner wishes for it no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.activity.models import Activity
from loyalty.channels.models import ChannelAccount, MirroredTag
from loyalty.customers.models import ChannelIdentity, CustomerTag

AGAIN = timedelta(days=1)  # after a refusal that time may mend
LOOKS_EVERY = timedelta(hours=1)  # at everybody, whatever happened
APART = timedelta(minutes=1)  # at most, of the platform's clock and ours
TURNED = ("tagged", "untagged", "erased")
MOVED = ("followed", "linked", "detached")  # which matters of somebody who has tags


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at everybody of an account that found nothing due: what was wished for then, and up to where one knows."""

    wished: bool
    at: datetime
    position: int  # of the timeline


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


def is_quiet(session: Session, account: ChannelAccount, seen: Seen, *, now: datetime) -> bool:
    """Whether nothing can be due since: no other wish, no tag nor chat that changed. A look at the timeline's end."""
    if seen.wished != account.mirrors_tags or now >= seen.at + LOOKS_EVERY:
        return False
    has_tags = sa.exists().where(CustomerTag.customer_id == Activity.customer_id)
    concerns = Activity.kind.in_(TURNED) | (Activity.kind.in_(MOVED) & has_tags)
    happened = sa.select(Activity.id).where(Activity.id > seen.position, concerns).limit(1)
    return session.scalar(happened) is None


def is_echo(session: Session, account: ChannelAccount, user_id: str, tag: str, *, is_given: bool, at: datetime) -> bool:
    """Whether what the platform tells at `at` is what we did there ourselves, or are about to do."""
    ours = session.get(MirroredTag, (account.id, user_id, tag), populate_existing=True)
    if ours is None or ours.error is not None:
        return False
    if ours.is_there != is_given:
        return ours.is_there and not account.mirrors_tags
    return at <= ours.at + APART


def settle(session: Session, account_id: int, change: Change, *, now: datetime) -> None:
    """The platform did it. Of a tag the customer still has here, one remembers that it was us who took it away."""
    still = sa.select(MirroredTag.tag).where(*_one(account_id, change), _is_had())
    if change.is_wanted or session.scalar(still):
        _keep(session, account_id, change, is_there=change.is_wanted, error=None, now=now)
    else:
        session.execute(sa.delete(MirroredTag).where(*_one(account_id, change)))


def forget(session: Session, account_id: int, user_id: str) -> None:
    """Of somebody forgotten only what is still to be taken away there is known."""
    mine = (MirroredTag.channel_account_id == account_id, MirroredTag.user_id == user_id)
    session.execute(sa.delete(MirroredTag).where(*mine, ~MirroredTag.is_there))


def refuse(session: Session, account_id: int, change: Change, code: str, *, is_theirs: bool, now: datetime) -> None:
    """The platform would not. What it cannot take from somebody we forgot, as they or the tag are not there any more
    (`is_theirs`), is forgotten too; whatever else keeps it from us passes, so it is remembered as a tag of ours.
    """
    known = sa.exists().where(
        ChannelIdentity.channel_account_id == account_id, ChannelIdentity.user_id == change.user_id
    )
    if change.is_wanted or not is_theirs or session.scalar(sa.select(known)):
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
        MirroredTag.is_there | (MirroredTag.error.is_not(None) & (MirroredTag.at > now - AGAIN)),
    )
    return (
        sa.select(ChannelIdentity.user_id, CustomerTag.tag)
        .join(CustomerTag, CustomerTag.customer_id == ChannelIdentity.customer_id)
        .where(ChannelIdentity.channel_account_id == account.id, ChannelIdentity.follows, ~settled)
        .order_by(ChannelIdentity.id, CustomerTag.tag)
    )


def _gone(account: ChannelAccount, now: datetime) -> sa.Select[str, str]:
    """Tags of ours there that nobody wants there any more."""
    is_unwanted = ~_is_had() if account.mirrors_tags else sa.true()
    is_time = MirroredTag.error.is_(None) | (MirroredTag.at <= now - AGAIN)
    return (
        sa.select(MirroredTag.user_id, MirroredTag.tag)
        .where(MirroredTag.channel_account_id == account.id, MirroredTag.is_there, is_time, is_unwanted)
        .order_by(MirroredTag.user_id, MirroredTag.tag)
    )


def _is_had() -> sa.ColumnElement[bool]:
    """Whether the customer a tag there is of has it here."""
    return sa.exists().where(
        ChannelIdentity.channel_account_id == MirroredTag.channel_account_id,
        ChannelIdentity.user_id == MirroredTag.user_id,
        ChannelIdentity.customer_id == CustomerTag.customer_id,
        CustomerTag.tag == MirroredTag.tag,
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
