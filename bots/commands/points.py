"""What one has, and how it came about."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command, movements, people, tier_words
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.points import ledger, lots

ROWS = 10  # movements shown
EXPIRY = "expiry"  # asked of the points, not of the tier
RECENT = timedelta(days=30)
MOST_RECENT = 500  # movements added up; nobody shops that often


@command("điểm", "points", for_=CUSTOMER, help="điểm", loose=True)
def show_points(session: Session, chat: Chat, asked: str) -> Reply:
    """Balance and tier, what is missing to the next, and what expires next; asked of the tier, what is behind it."""
    if asked and asked != EXPIRY:
        return tier_words.answer(session, chat, asked)
    customer = profiles.get(session, chat.person.customer_id)
    lines = [_standing(session, chat, customer.id), _next_steps(session, chat, customer.id)]
    lines += _pending(session, chat, customer.id)
    if customer.joined_at is None:
        lines.append(text("points.not_joined", chat.locale))
        return Reply("\n".join(filter(None, lines)), buttons(chat.locale, "contact", "help"))
    return Reply("\n".join(filter(None, lines)), buttons(chat.locale, "rewards", "history"))


@command("lịch sử", "history", for_=CUSTOMER, help="lịch sử", loose=True)
def show_history(session: Session, chat: Chat, why: str) -> Reply:
    """The last movements, each with its reason; asked why there are so few, first the sums of the last 30 days."""
    customer_id = chat.person.customer_id
    if why:
        return _explain(session, chat, customer_id)
    entries = ledger.list_newest(session, customer_id, limit=ROWS)
    if not entries:
        return Reply(text("history.none", chat.locale), buttons(chat.locale, "points", "code"))
    lines = [text("history.title", chat.locale), *movements.rows(session, chat, entries)]
    lines += [_balance(session, chat, customer_id), *_pending(session, chat, customer_id)]
    return Reply("\n".join(lines), buttons(chat.locale, "points", "code"))


def _standing(session: Session, chat: Chat, customer_id: int) -> str:
    """`Bạn có 320 điểm · hạng Bạc.`"""
    stats = session.get_one(CustomerStats, customer_id)
    tier = people.tier_name(session, stats.tier, chat.locale, chat.now)
    if stats.points < 0:
        return text("points.owed", chat.locale, points=formats.points(-stats.points, chat.locale), tier=tier)
    return text("points.balance", chat.locale, points=formats.points(stats.points, chat.locale), tier=tier)


def _next_steps(session: Session, chat: Chat, customer_id: int) -> str:
    today = shop.of(session).day(chat.now)
    parts = [people.next_tier(session, customer_id, chat.locale, chat.now)]
    if (soon := lots.next_expiring(session, customer_id, today)) is not None:
        points, on = formats.points(soon.points, chat.locale), formats.day(soon.on, chat.locale, today)
        parts.append(text("points.expiring", chat.locale, points=points, day=on))
    return " ".join(filter(None, parts))


def _pending(session: Session, chat: Chat, customer_id: int) -> Iterator[str]:
    """`25 điểm đang chờ, dùng được từ 29/11.`, a line for each day."""
    today = shop.of(session).day(chat.now)
    for promised in lots.pending(session, customer_id):
        points = formats.points(promised.points, chat.locale)
        if promised.on is None:
            yield text("points.pending", chat.locale, points=points)
        else:
            yield text(
                "points.pending_until", chat.locale, points=points, day=formats.day(promised.on, chat.locale, today)
            )


def _explain(session: Session, chat: Chat, customer_id: int) -> Reply:
    since = shop.of(session).day(chat.now) - RECENT
    newest = ledger.list_newest(session, customer_id, limit=MOST_RECENT)
    recent = [entry for entry in newest if entry.posted_on > since]
    gained, lost = (sum(entry.points for entry in recent if (entry.points > 0) is up) for up in (True, False))
    facts = {"gained": formats.points(gained, chat.locale), "lost": formats.points(-lost, chat.locale)}
    key = "why.both" if lost else "why.gained" if recent else "why.none"
    lines = [text(key, chat.locale, **facts), *movements.rows(session, chat, recent[:ROWS])]
    return Reply("\n".join([*lines, text("why.wrong", chat.locale)]), buttons(chat.locale, "points", "history"))


def _balance(session: Session, chat: Chat, customer_id: int) -> str:
    points = ledger.balance(session, customer_id)
    return text("history.balance", chat.locale, points=formats.points(points, chat.locale))
