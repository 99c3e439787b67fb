"""What the pages show of conversations: a row of the list, a line of the thread, the person beside it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from loyalty.channels import accounts
from loyalty.channels.route import Route
from loyalty.console import persons
from loyalty.console.conversations.here import EVENTS, GONE, MARKS, OFFER, REASONS, SPEAKERS, TURNS
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.errors import NotFound
from loyalty.messaging import answering, threads
from loyalty.messaging.conversations import TAKEN
from loyalty.messaging.models import Conversation
from loyalty.messaging.threads import Message
from loyalty.staff import accounts as staff
from loyalty.staff.permissions import Right

MARKED = 12  # of our newest messages the marks are brought up to date
SNIPPET = 90  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the list. `by` is who has taken it, in words; "" nobody."""

    public_id: str
    person: Person
    channel: str
    state: str
    since: datetime
    by: str
    is_mine: bool
    unanswered: int
    last_at: datetime
    snippet: str
    is_ours: bool  # the last words are the shop's


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a thread: `side` is in, out, or turn (nobody said it)."""

    id: int
    side: str
    day: date
    at: datetime
    text: str
    is_quiet: bool  # no words of a person: a picture, something erased
    who: str
    icon: str  # of the mark, or of the turn
    mark: str
    reason: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Side:
    """The customer beside the thread, and whether and until when they can be answered."""

    person: Person
    channel: str
    last_purchase_at: datetime | None
    locale: str
    closes_at: datetime | None
    can_answer: bool
    is_late: bool  # it goes as a person's own words, for the free time is over
    price: int  # whole ₫ of an answer sent now
    is_unreachable: bool
    is_stopped: bool  # nothing leaves through this channel at the moment


def rows(desk: Desk, found: Sequence[Conversation]) -> list[Row]:
    """The list, with as many queries as for one, but for the names of colleagues."""
    session = desk.session
    chats = _chats(desk, found)
    customers = [session.get_one(Customer, chat.customer_id) for chat in chats.values()]
    people = dict(zip([customer.id for customer in customers], persons.show_all(session, customers), strict=True))
    last = threads.last_of(session, found)
    return [_row(desk, thread, chats[thread.identity_id], people, last) for thread in found]


def lines(desk: Desk, messages: Iterable[Message]) -> list[Line]:
    """The thread as it is shown, oldest first."""
    names: dict[str, str] = {}
    return [_line(desk, message, names) for message in messages]


def side(desk: Desk, thread: Conversation) -> Side:
    session = desk.session
    identity = session.get_one(ChannelIdentity, thread.identity_id)
    account = accounts.get(session, identity.channel_account_id)
    customer = session.get_one(Customer, identity.customer_id)
    way = answering.find_way(session, identity, now=desk.now)
    closes = accounts.window_end(account, identity.last_interaction_at)
    is_open = closes is not None and desk.now < closes and identity.unreachable_at is None
    return Side(
        person=persons.show_all(session, [customer])[0],
        channel=account.kind,
        last_purchase_at=session.get_one(CustomerStats, customer.id).last_purchase_at,
        locale=customer.locale or desk.shop.locale,
        is_late=way is not None and way.route is Route.HUMAN,
        closes_at=way.until if way is not None else closes,
        can_answer=way is not None or is_open,
        price=way.price if way is not None else 0,
        is_unreachable=identity.unreachable_at is not None,
        is_stopped=account.stopped_at is not None,
    )


def who(desk: Desk, actor: str) -> str:
    """Who an actor is, in words: a colleague's name, «Bạn», the bot, a connected system."""
    kind, _, public_id = actor.partition(":")
    if kind != "staff":
        return SPEAKERS[kind].in_(desk.locale) if kind in SPEAKERS else ""
    if public_id == desk.member.public_id:
        return desk.t("Bạn", "You")
    try:
        return staff.name_of(desk.session, staff.get_public(desk.session, public_id))
    except NotFound:
        return desk.t("Nhân viên", "A colleague")


def stamp(thread: Conversation, side: Side, marks: Sequence[Line]) -> str:
    """Changes when anything on the page but new messages does."""
    facts = (thread.state, thread.taken_by, thread.unanswered, side.can_answer, side.is_late, side.is_stopped)
    told = repr((*facts, [(line.id, line.mark) for line in marks]))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _chats(desk: Desk, found: Sequence[Conversation]) -> Mapping[int, ChannelIdentity]:
    ids = [thread.identity_id for thread in found]
    query = (
        select(ChannelIdentity, Customer)
        .join(Customer, Customer.id == ChannelIdentity.customer_id)
        .where(ChannelIdentity.id.in_(ids))
    )
    return {chat.id: chat for chat, _customer in desk.session.execute(query)}  # the customers are at hand from then on


def _row(
    desk: Desk,
    thread: Conversation,
    chat: ChannelIdentity,
    people: Mapping[int, Person],
    last: Mapping[int, Message],
) -> Row:
    message = last.get(thread.identity_id)
    return Row(
        public_id=thread.public_id,
        person=people[chat.customer_id],
        channel=accounts.get(desk.session, chat.channel_account_id).kind,
        state=thread.state,
        since=thread.since,
        by=who(desk, thread.taken_by or "") if thread.state == TAKEN else "",
        is_mine=thread.taken_by == desk.author.actor,
        unanswered=thread.unanswered,
        last_at=thread.last_at,
        snippet=_snippet(desk, message) if message is not None else "",
        is_ours=message is not None and bool(message.by),
    )


def _snippet(desk: Desk, message: Message) -> str:
    words = " ".join(_words(desk, message)[0].split())
    return words if len(words) <= SNIPPET else words[: SNIPPET - 1] + "…"


def _line(desk: Desk, message: Message, names: dict[str, str]) -> Line:
    if message.by not in names:
        names[message.by] = who(desk, message.by)
    text, is_quiet = _words(desk, message)
    is_turn = message.kind in TURNS
    icon, mark = _mark(desk, message)
    return Line(
        id=message.id,
        side="turn" if is_turn else "out" if message.by else "in",
        day=desk.shop.day(message.at),
        at=message.at,
        text=TURNS[message.kind][1].in_(desk.locale, who=names[message.by] or "?") if is_turn else text,
        is_quiet=is_quiet,
        who=names[message.by],
        icon=TURNS[message.kind][0] if is_turn else icon,
        mark=mark,
        reason=REASONS[message.reason].in_(desk.locale) if message.reason and message.reason in REASONS else "",
        is_bad=message.mark in (threads.Mark.FAILED, threads.Mark.SKIPPED, threads.Mark.UNKNOWN),
    )


def _words(desk: Desk, message: Message) -> tuple[str, bool]:
    """What was said, phones masked for whoever may not see them; or what stands for it, which is quiet."""
    if message.text:
        return (message.text if desk.may(Right.REVEAL) else threads.mask_phones(message.text)), False
    if message.kind == threads.OFFERS:
        return OFFER.in_(desk.locale), True
    return EVENTS.get(message.event, GONE).in_(desk.locale), True


def _mark(desk: Desk, message: Message) -> tuple[str, str]:
    if message.mark is None:
        return "", ""
    icon, word = MARKS[message.mark]
    return icon, word.in_(desk.locale)
