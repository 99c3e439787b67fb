"""One line more under an answer, at a good moment: the best offer one has not used, or the question for a birthday.

Never to somebody at work, while something is asked or a person of the shop is wanted, and only where the answer itself
is about points.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, asked, birthday, buttons, get
from bots.texts import formats, text
from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers import cases, consents, identities, profiles, questions
from loyalty.customers.consents import Purpose
from loyalty.customers.models import CustomerStats
from loyalty.messaging import conversations
from loyalty.messaging.contents import MessageButton
from loyalty.messaging.models import PromotionSlot
from loyalty.rewards import catalogue, codes, redemptions, visibility, vouchers
from loyalty.rewards.models import Redemption

UNDER = frozenset({"points", "history", "statement", "code", "birthday"})  # the commands whose answers bear a line more
MOST_BUTTONS = 5  # Zalo's limit: https://developers.zalo.me/docs, message with buttons, read Nov 2026
ASK_AGAIN = timedelta(days=90)
ORDERS_FIRST = 2  # bills before anybody is asked for a birthday


def under(session: Session, chat: Chat, key: str, reply: Reply) -> Reply:
    """The answer of the command `key`, with one line more where there is a good one."""
    if key not in UNDER or chat.identity is None or chat.staff is not None or len(reply.buttons) >= MOST_BUTTONS:
        return reply
    if chat.thread is None or chat.thread.state != conversations.BOT:
        return reply
    if asked.newest(session, chat.person.id, now=chat.now) is not None:
        return reply
    stats = session.get_one(CustomerStats, chat.person.customer_id)
    return _question(session, chat, key, stats, reply) or _offer(session, chat, stats, reply) or reply


def _question(session: Session, chat: Chat, key: str, stats: CustomerStats, reply: Reply) -> Reply | None:
    """Once in 90 days, after the second bill, where a birthday brings something; it is never needed."""
    today = shop.of(session).day(chat.now)
    if key == "birthday" or stats.birthday is not None or stats.joined_at is None or stats.orders < ORDERS_FIRST:
        return None
    if stats.birthday_asked_on is not None and today < stats.birthday_asked_on + ASK_AGAIN:
        return None
    if not consents.is_on(stats, Purpose.CARE) or not birthday.brings_points(session, chat):
        return None
    identities.hold(session, chat.person).birthday_asked_on = today
    questions.ask(session, chat.person, birthday.ASKED, {}, now=chat.now)
    line = text("more.birthday", chat.locale)
    return replace(reply, text=f"{reply.text}\n{line}")


def _offer(session: Session, chat: Chat, stats: CustomerStats, reply: Reply) -> Reply | None:
    """At most once a day, only with a yes to offers, and not on a day that has had its offer already."""
    today = shop.of(session).day(chat.now)
    if not shop.of(session).offers_in_replies or not chat.person.promotion or stats.offer_shown_on == today:
        return None
    had_one = exists().where(PromotionSlot.customer_id == stats.customer_id, PromotionSlot.shop_day == today)
    if session.scalar(select(had_one)) or cases.open_complaint(session, stats.customer_id) is not None:
        return None
    if (best := _held(session, chat) or _affordable(session, chat, stats)) is None:
        return None
    line, button, shown = best
    profiles.lock(session, stats.customer_id).offer_shown_on = today
    facts = {"channel": chat.account.kind} | shown
    timeline.record(session, stats.customer_id, "offer_shown", at=chat.now, data=facts)
    return replace(reply, text=f"{reply.text}\n{line}", buttons=(button, *reply.buttons))


Best = tuple[str, MessageButton, dict[str, str]]


def _held(session: Session, chat: Chat) -> Best | None:
    """What one has in hand already, the one that ends first."""
    customer_id, today = chat.person.customer_id, shop.of(session).day(chat.now)
    held = [(each, codes.write(redemptions.code_of(session, each))) for each in _open(session, chat)]
    held += vouchers.list_valid(session, customer_id, today=today)
    if not held:
        return None
    first, code = min(held, key=lambda each: (each[0].valid_on, each[0].id))
    reward = catalogue.get(session, first.reward_id)
    facts = {"code": code, "reward": catalogue.name_of(reward, chat.locale)}
    line = text("more.held", chat.locale, day=formats.day(first.valid_on, chat.locale, today), **facts)
    return line, buttons(chat.locale, "offers")[0], {"redemption": first.public_id}


def _open(session: Session, chat: Chat) -> list[Redemption]:
    return list(redemptions.list_open(session, chat.person.customer_id, now=chat.now))


def _affordable(session: Session, chat: Chat, stats: CustomerStats) -> Best | None:
    """The dearest reward the points are enough for, unless one does not want to be chosen for."""
    if not consents.is_on(stats, Purpose.PERSONALISATION):
        return None
    ready = [each.reward for each in visibility.choices(session, stats, now=chat.now) if each.obstacle is None]
    if not ready:
        return None
    best = max(ready, key=lambda reward: (reward.price, -reward.number))
    facts = {"reward": catalogue.name_of(best, chat.locale), "points": formats.points(best.price, chat.locale)}
    title = text("rewards.button", chat.locale, number=best.number)
    button = MessageButton(title, f"{get(CUSTOMER, 'redeem').word(chat.locale)} {best.number}")
    return text("more.affordable", chat.locale, **facts), button, {"reward": best.public_id}
