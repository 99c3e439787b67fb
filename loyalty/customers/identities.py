"""The chats of a customer, and the totals that follow from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import entities
from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount
from loyalty.customers import mirroring, profiles
from loyalty.customers.models import ChannelIdentity, CustomerStats
from loyalty.db import new_public_id


@dataclass(frozen=True, slots=True)
class Summary:
    """What `customer_stats` says of all the chats of a customer."""

    channels: str
    consent_promotion: bool
    last_interaction_at: datetime | None


def find(session: Session, channel_account_id: int, user_id: str) -> ChannelIdentity | None:
    return entities.first(session, _FIND, {"account": channel_account_id, "user": user_id})


def of_customer(session: Session, customer_id: int) -> Sequence[ChannelIdentity]:
    """The customer's chats as they are now, first seen first."""
    return entities.every(session, _OF_CUSTOMER, {"customer": customer_id}, fresh=True)


def arrive(
    session: Session,
    account: ChannelAccount,
    user_id: str,
    *,
    source: str,
    now: datetime,
    name: str | None = None,
    ref: str | None = None,
) -> tuple[ChannelIdentity, bool]:
    """The chat of a person, and whether it is new: then a prospect was made for it, with `ref` the link they came by.

    However many events of a new person are worked on at once, one customer comes of them. Arriving alone is no
    interaction: call `touch` for a message, `followed` for a follow.
    """
    if known := find(session, account.id, user_id):
        return known, False
    try:
        with session.begin_nested():
            return _admit(session, account, user_id, source, now, name, ref), True
    except IntegrityError:
        known = find(session, account.id, user_id)
        if known is None:
            raise
        return known, False


def hold(session: Session, identity: ChannelIdentity) -> CustomerStats:
    """Lock the customer a chat belongs to, and read the chat's row again; its totals."""
    while True:
        stats = profiles.lock(session, identity.customer_id)
        entities.first(session, _AGAIN, {"chat": identity.id}, fresh=True)
        if identity.customer_id == stats.customer_id:  # else it proved to be another customer's meanwhile
            return stats


def touch(session: Session, identity: ChannelIdentity, *, now: datetime) -> CustomerStats:
    """The person wrote, tapped or followed: the platform's window opens. Events may come late and out of order.

    Returns the customer's totals, locked.
    """
    stats = hold(session, identity)
    entities.put(session, identity, last_interaction_at=max(identity.last_interaction_at or now, now))
    if identity.unreachable_at is None:  # the chats that can be reached are those of before
        entities.put(session, stats, last_interaction_at=max(stats.last_interaction_at or now, now))
        return stats
    identity.unreachable_at = None
    summarise(session, stats)
    return stats


def followed(session: Session, identity: ChannelIdentity, *, now: datetime) -> None:
    """Whether it opens the window is the platform's matter: then call `touch` too. Following twice is one."""
    stats = hold(session, identity)
    identity.unreachable_at = None
    summarise(session, stats)
    _set_follows(session, identity, True, now)


def unfollowed(session: Session, identity: ChannelIdentity, *, now: datetime) -> None:
    """They may still be written to within an open window, so the channel stays in the totals."""
    hold(session, identity)
    _set_follows(session, identity, False, now)


def mark_unreachable(session: Session, identity: ChannelIdentity, *, now: datetime) -> None:
    """The platform said that nothing reaches this person until they write or follow again."""
    stats = hold(session, identity)
    identity.unreachable_at = identity.unreachable_at or now
    summarise(session, stats)


def newest_accounts(session: Session, customer_id: int) -> dict[str, str]:
    """By kind of channel: the account this customer wrote to last."""
    query = (
        select(ChannelAccount.kind, ChannelAccount.external_id)
        .join(ChannelIdentity, ChannelIdentity.channel_account_id == ChannelAccount.id)
        .where(ChannelIdentity.customer_id == customer_id, ChannelIdentity.last_interaction_at.is_not(None))
        .order_by(ChannelIdentity.last_interaction_at, ChannelIdentity.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def forget(session: Session, stats: CustomerStats, *, now: datetime) -> None:
    """Nothing tells any more which accounts the chats of a locked customer were: who writes there next is new."""
    for chat in of_customer(session, stats.customer_id):
        mirroring.forget(session, chat.channel_account_id, chat.user_id)
        chat.user_id, chat.promotion, chat.follows, chat.proof = f"erased:{new_public_id()}", False, False, "none"
        chat.unreachable_at, chat.last_interaction_at, chat.profile_due_at = now, None, None
    summarise(session, stats)


def summarise(session: Session, stats: CustomerStats) -> None:
    """Bring the totals in line with the chats; under the customer's lock, after whatever changed a chat."""
    session.flush()
    chats = session.execute(
        select(
            ChannelAccount.kind,
            ChannelIdentity.promotion,
            ChannelIdentity.unreachable_at,
            ChannelIdentity.last_interaction_at,
        )
        .join(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .where(ChannelIdentity.customer_id == stats.customer_id)
    )
    total = summary(chats)
    stats.channels, stats.consent_promotion = total.channels, total.consent_promotion
    stats.last_interaction_at = total.last_interaction_at
    session.flush()


def summary(chats: Iterable[Row[*tuple[Any, ...]]]) -> Summary:
    """The totals of these chats: ",messenger,zalo," of those that can be reached, "" for none."""
    known = list(chats)
    kinds = sorted({chat.kind for chat in known if chat.unreachable_at is None})
    return Summary(
        channels=f",{','.join(kinds)}," if kinds else "",
        consent_promotion=any(chat.promotion for chat in known),
        last_interaction_at=max((chat.last_interaction_at for chat in known if chat.last_interaction_at), default=None),
    )


def _admit(
    session: Session,
    account: ChannelAccount,
    user_id: str,
    source: str,
    now: datetime,
    name: str | None,
    ref: str | None,
) -> ChannelIdentity:
    """A new person: customer, chat, totals. Raises IntegrityError when somebody else admitted them first."""
    customer = profiles.create(session, source=source, now=now, name=name, source_ref=ref)
    identity = ChannelIdentity(
        customer_id=customer.id,
        channel_account_id=account.id,
        user_id=user_id,
        proof="none",
        promotion=False,
        follows=False,
        first_seen_at=now,
        profile_due_at=now if customer.name is None else None,
        profile_tries=0,
        misses=0,
    )
    session.add(identity)
    summarise(session, profiles.lock(session, customer.id))
    return identity


_FIND = select(ChannelIdentity).where(
    ChannelIdentity.channel_account_id == bindparam("account"), ChannelIdentity.user_id == bindparam("user")
)
_AGAIN = select(ChannelIdentity).where(ChannelIdentity.id == bindparam("chat"))
_OF_CUSTOMER = (
    select(ChannelIdentity).where(ChannelIdentity.customer_id == bindparam("customer")).order_by(ChannelIdentity.id)
)


def _set_follows(session: Session, identity: ChannelIdentity, follows: bool, now: datetime) -> None:
    """Platforms deliver out of order: a word older than one we have changes nothing, the same again neither."""
    kind = "followed" if follows else "unfollowed"
    channel = accounts.get(session, identity.channel_account_id).kind
    newest = _newest_word(session, identity.customer_id, channel)
    if newest is not None and (newest.at > now or (newest.at == now and newest.kind == kind)):
        return
    identity.follows = follows
    session.flush()
    timeline.record(session, identity.customer_id, kind, at=now, data={"channel": channel})


def _newest_word(session: Session, customer_id: int, channel: str) -> Activity | None:
    """Of following and leaving, what happened last."""
    told = select(Activity).where(Activity.customer_id == customer_id, Activity.kind.in_(("followed", "unfollowed")))
    rows = session.scalars(told.order_by(Activity.at.desc(), Activity.id.desc()).limit(20))
    return next((row for row in rows if row.data.get("channel") == channel), None)
