"""Customers as staff read of them, and as staff name them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands.faults import NobodyThere
from bots.texts import formats, has, text
from loyalty import entities
from loyalty.channels import accounts
from loyalty.customers import identities, profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.points.counter import orders
from loyalty.points.tiers import holding
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.shop import of as shop_of
from loyalty.staff import binding
from loyalty.staff.binding import StaffChat
from loyalty.staff.models import Role, StaffMember
from loyalty.typed import phones
from loyalty.typed.award import Person
from loyalty.typed.money import format_points


def get(session: Session, person: Person, *, now: datetime) -> Customer:
    """Who is meant. Raises MemberCodeUnknown, NobodyThere."""
    customer = orders.find(session, person, now=now)
    if customer is None:
        assert person.phone is not None
        raise NobodyThere(person.phone)
    return customer


def is_own_chat(session: Session, member: StaffMember, identity: ChannelIdentity) -> bool:
    """Whether this customer's chat is one the member of staff works from."""
    return any(
        (chat.account.id, chat.user_id) == (identity.channel_account_id, identity.user_id)
        for chat in binding.chats_of_member(session, member.id)
    )


def open_chats(session: Session, roles: Collection[Role], *, now: datetime) -> list[StaffChat]:
    """The chats of people with one of these roles that a free message reaches now."""
    return [chat for chat in binding.chats_of(session, roles) if is_open(chat, now)]


def is_open(chat: StaffChat, now: datetime) -> bool:
    """Whether a free message reaches this chat of staff."""
    return (accounts.window_end(chat.account, chat.last_interaction_at) or now) > now


def label(session: Session, customer: Customer, locale: str) -> str:
    """`Lan (0912 ••• 678, khách Zalo)`; while the phone is only claimed, the chat is named: `khách Zalo: Lan`."""
    name, phone, chat = _shown_name(session, customer), _shown_phone(session, customer), _best_chat(session, customer)
    is_claimed = customer.phone_proof == "claimed" and chat is not None
    head = (phone if is_claimed else name or phone) or text("person.customer", locale)
    details = [phone] if phone and head != phone else []
    if chat is not None:
        channel = channel_name(session, chat, locale)
        named = name or text("person.unnamed", locale)
        key = "person.claimed" if is_claimed else "person.channel"
        details.append(text(key, locale, channel=channel, name=named))
    return f"{head} ({', '.join(details)})" if details else head


def short(session: Session, customer: Customer, locale: str) -> str:
    """`Lan` at the beginning of a sentence, or a word for somebody whose name is not known."""
    return _shown_name(session, customer) or text("person.somebody", locale)


def tier_name(session: Session, code: str, locale: str, now: datetime) -> str:
    return rules(session, now).tier_name(code, locale)


def next_tier(session: Session, customer_id: int, locale: str, now: datetime) -> str:
    """`Mua thêm 1.450.000đ là lên Vàng.`; "" in the highest tier."""
    programme_now = rules(session, now)
    stats = entities.get_one(session, CustomerStats, customer_id)
    step = holding.progress(session, programme_now, stats, shop_of(session).day(now))
    if step is None:
        return ""
    name = programme_now.tier_name(step.tier.code, locale)
    said = capital(more(holding.Amount(programme_now.qualification.metric, step.missing), locale))
    return text("points.next_tier", locale, more=said, tier=name)


def more(amount: holding.Amount, locale: str) -> str:
    """What is still to do, within a sentence: `mua thêm 350.000đ`, `tích thêm 120 điểm`, `mua thêm 3 đơn`."""
    shown = formats.money(amount.number, locale) if amount.metric == "spend" else format_points(amount.number, locale)
    return text(f"tier.more_{amount.metric}", locale, amount=shown)


def capital(words: str) -> str:
    """Words at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def rules(session: Session, now: datetime) -> Programme:
    """The programme in force today."""
    return versions.at(session, shop_of(session).day(now))


def channel_name(session: Session, identity: ChannelIdentity, locale: str) -> str:
    """`Zalo`: what people call the channel of a chat."""
    kind = accounts.get(session, identity.channel_account_id).kind
    return text(f"channel.{kind}", locale) if has(f"channel.{kind}") else kind.capitalize()


def _best_chat(session: Session, customer: Customer) -> ChannelIdentity | None:
    """The chat that claimed the phone, else the newest to have written."""
    chats = identities.of_customer(session, customer.id)
    claimed = [chat for chat in chats if chat.proof == "claimed"]
    newest = max(chats, key=lambda chat: chat.last_interaction_at or chat.first_seen_at, default=None)
    return claimed[0] if claimed else newest


def _shown_name(session: Session, customer: Customer) -> str | None:
    name = profiles.name_of(session, customer)
    return formats.name(name) if name else None


def _shown_phone(session: Session, customer: Customer) -> str | None:
    phone = profiles.phone_of(session, customer)
    return phones.mask(phone) if phone else None
