"""Telling people something they did not just ask for: of their own points, or of the shop's work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.channels import accounts
from loyalty.customers import identities, profiles
from loyalty.customers.models import ChannelIdentity
from loyalty.db import new_public_id
from loyalty.messaging import outbox, phoning, routes, templates, ways
from loyalty.messaging.contents import MessageButton
from loyalty.messaging.outbox import BY_PHONE, Lane
from loyalty.messaging.ways import Purpose, Way

Render = Callable[[str], tuple[str, Sequence[MessageButton]]]
Facts = Callable[[str], Mapping[str, str]]


NO_WAY = "no_way"  # why staff ring up: no chat is open, and no way the shop pays for leads there


@dataclass(frozen=True, slots=True)
class Address:
    """Where a notice goes: a chat, or, with `user_id` none of a platform, the phone by that account."""

    channel_account_id: int
    user_id: str


def tell_customer(
    session: Session,
    customer_id: int,
    key: str,
    render: Render,
    *,
    kind: str = Purpose.NOTICE,
    facts: Facts = lambda locale: {},
    now: datetime,
) -> bool:
    """Queue a notice through the customer's best free channel, or by a template chosen for its `kind`; False: no way.

    Where there is none and the kind is worth it, staff are asked to ring the customer up (`phoning`).

    The best is the one whose window stays open longest. `render` and `facts` (what may stand in a template) get the
    locale. The same `key` again queues nothing.
    """
    chat = _address(session, customer_id, kind, now)
    if chat is None:
        if kind in phoning.KINDS:
            phoning.want(session, customer_id, kind, NO_WAY, render(shop.of(session).locale)[0], now=now)
        return False
    phoning.drop(session, customer_id, kind)
    locale = profiles.get(session, customer_id).locale or shop.of(session).locale
    text, buttons = render(locale)
    public_id = new_public_id()
    queued = outbox.enqueue(
        session,
        public_id=public_id,
        dedupe_key=key,
        lane=Lane.NOTICE,
        channel_account_id=chat.channel_account_id,
        user_id=chat.user_id,
        customer_id=customer_id,
        text=text,
        buttons=buttons,
        purpose=kind,
        facts=_facts(session, customer_id, facts, locale) if templates.is_used(session) else None,
        now=now,
    )
    if queued is not None:
        channel = accounts.get(session, chat.channel_account_id).kind
        data = {"channel": channel, "lane": "notice", "message": public_id}
        timeline.record(session, customer_id, "message_out", at=now, data=data, text=text)
    return True


def kind_of(session: Session, customer_id: int, wanted: str, otherwise: str) -> str:
    """`wanted` where a template of its own may reach this customer, else `otherwise`: what a joint notice goes as."""
    chosen = set(templates.choices(session, wanted))
    if not chosen:
        return otherwise
    chats = identities.of_customer(session, customer_id)
    is_reachable = not chosen.isdisjoint(chat.channel_account_id for chat in chats)
    return wanted if is_reachable or not templates.choices(session, otherwise) else otherwise


def _address(session: Session, customer_id: int, kind: str, now: datetime) -> Address | None:
    """The chat a free message reaches; else where a way the shop pays for leads, now or when its hours come."""
    if (chat := open_chat(session, customer_id, now=now)) is not None:
        return Address(chat.channel_account_id, chat.user_id)
    if not routes.may_be_billed(session):
        return None
    found = routes.of(session, customer_id, kind, now=now)
    waiting = (way for way in found if way.reason in ways.PASSING and way.reason != "stopped")
    way = ways.best(found) or next(waiting, None)
    return None if way is None else _address_of(session, customer_id, way)


def _address_of(session: Session, customer_id: int, way: Way) -> Address:
    user_id = way.chat.user_id or f"{BY_PHONE}{profiles.get(session, customer_id).public_id}"
    return Address(way.chat.account_id, user_id)


def _facts(session: Session, customer_id: int, facts: Facts, locale: str) -> Mapping[str, str]:
    """What may stand in any template, and what this notice adds."""
    customer = profiles.get(session, customer_id)
    common = {"name": profiles.name_of(session, customer) or "", "shop": shop.of(session).name}
    return common | dict(facts(locale))


def tell_chat(session: Session, channel_account_id: int, user_id: str, key: str, text: str, *, now: datetime) -> None:
    """Queue a notice to a chat of staff. The same `key` again queues nothing."""
    outbox.enqueue(
        session,
        dedupe_key=key,
        lane=Lane.NOTICE,
        channel_account_id=channel_account_id,
        user_id=user_id,
        customer_id=None,
        text=text,
        now=now,
    )


def open_chat(session: Session, customer_id: int, *, now: datetime) -> ChannelIdentity | None:
    """The chat a free message reaches now, and longest from now; None when no window is open."""
    chats = [chat for chat in identities.of_customer(session, customer_id) if chat.unreachable_at is None]
    ends = {
        chat.id: accounts.window_end(accounts.get(session, chat.channel_account_id), chat.last_interaction_at)
        for chat in chats
    }
    still_open = [chat for chat in chats if (ends[chat.id] or now) > now + timedelta(seconds=30)]
    return max(still_open, key=lambda chat: ends[chat.id] or now, default=None)
