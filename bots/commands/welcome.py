"""The first words to somebody, and the words when none of theirs were understood."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import Chat, Reply, buttons
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.messaging.conversations import WAITING

FORGET = timedelta(minutes=10)  # after this long an unknown word gets the menu again
OFFERED = ("points", "rewards", "code", "help")
INSTEAD = ("agent", "points", "rewards", "code")  # of an answer we do not have


def greet(session: Session, chat: Chat, answer: Reply | None = None) -> Reply:
    """The welcome: who we are, what is kept and why; with the answer to a first message, in one message."""
    customer = profiles.get(session, chat.person.customer_id)
    known = profiles.name_of(session, customer)
    who = formats.name(known) if known else text("welcome.you", chat.locale)
    hello = text("welcome.hello", chat.locale, who=who, shop=shop.of(session).name)
    told = kept(session, chat.locale)
    if answer is not None:
        return replace(answer, text=f"{hello}\n{told}\n\n{answer.text}")
    if customer.joined_at is not None:
        return Reply(f"{hello}\n{told}", buttons(chat.locale, *OFFERED))
    invitation = text("welcome.invite", chat.locale)
    return Reply(f"{hello}\n{invitation}\n{told}", buttons(chat.locale, "contact", "help"))


def kept(session: Session, locale: str) -> str:
    """What the shop keeps of a person and why: what joining agrees to."""
    here = shop.of(session)
    return text("welcome.kept", locale, shop=here.name, link=f"{here.base_url}/privacy/")


def version(name: str, wording: str) -> str:
    """Which wording somebody agreed to: its name and a short hash of what was shown."""
    return f"{name}:{hashlib.sha256(wording.encode()).hexdigest()[:12]}"


def puzzled(session: Session, chat: Chat, *, lead: str = "unknown.menu") -> Reply:
    """Words nobody understands: the menu, within ten minutes one short line, then the offer of a person."""
    if chat.thread is not None and chat.thread.state == WAITING:
        return Reply(text("person.kept", chat.locale, shop=shop.of(session).name))
    misses = _count_miss(session, chat)
    if misses == 1:
        return Reply(text(lead, chat.locale, shop=shop.of(session).name), buttons(chat.locale, *INSTEAD))
    if misses == 2:
        return Reply(text("unknown.again", chat.locale), buttons(chat.locale, "help", "agent"))
    return Reply(text("unknown.person", chat.locale, shop=shop.of(session).name), buttons(chat.locale, "agent", "help"))


def _count_miss(session: Session, chat: Chat) -> int:
    person = chat.person
    if person.menu_shown_at is None or chat.now - person.menu_shown_at >= FORGET:
        person.menu_shown_at, person.misses = chat.now, 0
    person.misses += 1
    session.flush()
    return person.misses
