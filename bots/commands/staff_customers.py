"""Looking customers up, adding them, and proving a chat to be theirs."""

from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, at_sale, buttons, command, joining, people, staff_notes
from bots.commands.faults import Link, Newcomer, PhoneKnown, read_link, read_newcomer
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import adding, codes, linking, profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.customers.traits import interests
from loyalty.messaging import notices
from loyalty.messaging.contents import MessageButton
from loyalty.points.counter.orders import MemberCodeUnknown, OwnAccount
from loyalty.purchases import habits, products
from loyalty.staff import audit
from loyalty.staff.permissions import Right
from loyalty.typed import award, phones
from loyalty.typed.award import Person

FAVOURITES = 2  # products named
LIKED = 4  # interests named


@command("tra", "find", for_=STAFF, right=Right.FIND, help="/tra 0912345678", reads=award.parse_person)
def find(session: Session, chat: Chat, person: Person) -> Reply:
    """`/tra 0912345678` (or a member code) tells who it is. Raises NobodyThere, MemberCodeUnknown."""
    customer = people.get(session, person, now=chat.now)
    audit.record_by(session, chat.author, "find", f"customer:{customer.public_id}", now=chat.now)
    stats = session.get_one(CustomerStats, customer.id)
    lines = [_who(session, chat, customer, stats), _visits(session, chat.locale, stats, chat.now)]
    if favourites := products.list_favourites(session, customer.id, limit=FAVOURITES):
        lines.append(text("find.favourites", chat.locale, products=", ".join(map(formats.name, favourites))))
    if liked := [each.shown for each in interests.list_of(session, customer.id, limit=LIKED)]:
        lines.append(text("find.interests", chat.locale, words=", ".join(map(formats.name, liked))))
    if held := at_sale.codes(session, chat.locale, customer, chat.now):
        lines.append(text("find.offers", chat.locale, offers=", ".join(held)))
    if stats.points_pending:
        lines.append(text("find.pending", chat.locale, points=formats.points(stats.points_pending, chat.locale)))
    if said := at_sale.birthday_words(session, chat.locale, customer, chat.now):
        lines.append(people.capital(said) + ".")
    return Reply("\n".join([*lines, *staff_notes.about(session, chat, customer)]))


@command("thêm", "add", for_=STAFF, right=Right.ADD_CUSTOMER, help="/them 0912345678 Nguyễn Văn A", reads=read_newcomer)
def add(session: Session, chat: Chat, newcomer: Newcomer) -> Reply:
    """`/them 0912345678 Nguyễn Văn A` makes a member. Raises PhoneKnown."""
    phone, name = newcomer
    try:
        customer = profiles.create(session, source="staff", name=name, phone=phone, joined=True, now=chat.now)
    except profiles.PhoneTaken as taken:
        raise PhoneKnown(phone, taken.customer_id) from taken
    audit.record_by(session, chat.author, "add_customer", f"customer:{customer.public_id}", now=chat.now)
    who = people.label(session, customer, chat.locale)
    return Reply(text("add.done", chat.locale, who=who, phone=phones.national(phone)))


@command("bỏ thêm", "unadd", for_=STAFF, right=Right.ADD_CUSTOMER, help="/bothem 0912345678", reads=award.parse_person)
def take_back(session: Session, chat: Chat, person: Person) -> Reply:
    """`/bothem 0912345678`: whom staff added by mistake is gone. Raises NobodyThere, NotAllowed, CustomerInUse."""
    customer = people.get(session, person, now=chat.now)
    who = people.label(session, customer, chat.locale)  # nobody has a name afterwards
    adding.take_back(session, customer, by=chat.member, author=chat.author, now=chat.now)
    return Reply(text("add.taken_back", chat.locale, who=who))


@command("gán", "link", for_=STAFF, right=Right.LINK, help="/gan 0912345678 M7K2QD", reads=read_link)
def link(session: Session, chat: Chat, line: Link) -> Reply:
    """`/gan 0912345678 M7K2QD`: the chat that showed this code is proven to be the phone's customer.

    Raises MemberCodeUnknown, OwnAccount, TwoHistories, PhoneBusy.
    """
    phone, typed = line
    code = codes.find_by_code(session, typed, now=chat.now)
    identity = session.get(ChannelIdentity, code.identity_id) if code is not None and code.identity_id else None
    if identity is None:
        raise MemberCodeUnknown(typed)
    if people.is_own_chat(session, chat.member, identity):
        raise OwnAccount
    proof = linking.prove_phone(session, identity, phone, proof="staff", now=chat.now)
    if proof.joined:
        joining.agree_to_programme(session, chat, identity, words=None)
    joining.tell_detached(session, chat, phone, proof.detached)
    customer = profiles.get(session, proof.customer_id)
    _tell_linked(session, chat, customer, phone)
    audit.record_by(session, chat.author, "link", f"customer:{customer.public_id}", now=chat.now)
    return Reply(text("link.done", chat.locale, who=people.label(session, customer, chat.locale)))


def _who(session: Session, chat: Chat, customer: Customer, stats: CustomerStats) -> str:
    on = shop.of(session).day(customer.created_at)
    facts = {
        "who": people.label(session, customer, chat.locale),
        "tier": people.tier_name(session, stats.tier, chat.locale, chat.now),
        "points": formats.points(stats.points, chat.locale),
        "since": formats.month(on, chat.locale),
    }
    return text("find.who", chat.locale, **facts)


def _visits(session: Session, locale: str, stats: CustomerStats, now: datetime) -> str:
    """`Đến 14 lần, gần nhất 12/11 (9 ngày trước, thường cách 7 ngày)`."""
    if not stats.orders or stats.last_purchase_at is None:
        return text("find.no_visits", locale)
    day = shop.of(session).day
    last, today = day(stats.last_purchase_at), day(now)
    ago = _days(max(0, (today - last).days), locale)
    usual = habits.of_customer(session, stats.customer_id, now=now).gap_days
    if usual is not None:
        gap = text("find.gap", locale, days=at_sale.count(usual, locale))
        ago = f"{ago}, {gap}"
    spent = formats.money(stats.spent, locale)
    return text("find.visits", locale, orders=stats.orders, last=formats.day(last, locale, today), ago=ago, spent=spent)


def _days(days: int, locale: str) -> str:
    return text("find.today", locale) if days == 0 else text("find.ago", locale, days=at_sale.count(days, locale))


def _tell_linked(session: Session, chat: Chat, customer: Customer, phone: str) -> None:
    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        return text("link.notice", locale, phone=phones.mask(phone)), buttons(locale, "points")

    notices.tell_customer(session, customer.id, f"linked:{chat.event_key}", render, now=chat.now)
