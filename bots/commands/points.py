"""What one has, and how it came about."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command, people, reward_words, tier_words
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.points import ledger, lots
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.programme import versions
from loyalty.purchases import recording
from loyalty.purchases.models import Purchase
from loyalty.staff.models import Store

ROWS = 10  # movements shown
RECENT = timedelta(days=30)
MOST_RECENT = 500  # movements added up; nobody shops that often
REASONS = {
    EntryKind.BURN: "history.used",
    EntryKind.EXPIRE: "history.expired",
    EntryKind.RELEASE: "history.released",
    EntryKind.REVERSE: "history.given_back",
}


@command("điểm", "points", for_=CUSTOMER, help="điểm", loose=True)
def show_points(session: Session, chat: Chat, asked: str) -> Reply:
    """Balance and tier, what is missing to the next, and what expires next; asked of the tier, what is behind it."""
    if asked:
        return tier_words.answer(session, chat, asked)
    customer = profiles.get(session, chat.person.customer_id)
    lines = [_standing(session, chat, customer.id), _next_steps(session, chat, customer.id)]
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
    lines = [text("history.title", chat.locale), *_rows(session, chat, entries), _balance(session, chat, customer_id)]
    return Reply("\n".join(lines), buttons(chat.locale, "points", "code"))


def _standing(session: Session, chat: Chat, customer_id: int) -> str:
    """`Bạn có 320 điểm · hạng Bạc.`"""
    stats = session.get_one(CustomerStats, customer_id)
    tier = people.tier_name(session, stats.tier, chat.locale, chat.now)
    return text("points.balance", chat.locale, points=formats.points(stats.points, chat.locale), tier=tier)


def _next_steps(session: Session, chat: Chat, customer_id: int) -> str:
    today = shop.of(session).day(chat.now)
    parts = [people.next_tier(session, customer_id, chat.locale, chat.now)]
    if (soon := lots.next_expiring(session, customer_id, today)) is not None:
        points, on = formats.points(soon.points, chat.locale), formats.day(soon.on, chat.locale, today)
        parts.append(text("points.expiring", chat.locale, points=points, day=on))
    return " ".join(filter(None, parts))


def _explain(session: Session, chat: Chat, customer_id: int) -> Reply:
    since = shop.of(session).day(chat.now) - RECENT
    newest = ledger.list_newest(session, customer_id, limit=MOST_RECENT)
    recent = [entry for entry in newest if entry.posted_on > since]
    gained, lost = (sum(entry.points for entry in recent if (entry.points > 0) is up) for up in (True, False))
    facts = {"gained": formats.points(gained, chat.locale), "lost": formats.points(-lost, chat.locale)}
    key = "why.both" if lost else "why.gained" if recent else "why.none"
    lines = [text(key, chat.locale, **facts), *_rows(session, chat, recent[:ROWS])]
    return Reply("\n".join([*lines, text("why.wrong", chat.locale)]), buttons(chat.locale, "points", "history"))


def _balance(session: Session, chat: Chat, customer_id: int) -> str:
    points = ledger.balance(session, customer_id)
    return text("history.balance", chat.locale, points=formats.points(points, chat.locale))


def _rows(session: Session, chat: Chat, entries: Sequence[LedgerEntry]) -> list[str]:
    return [_row(session, chat, entry) for entry in entries]


def _row(session: Session, chat: Chat, entry: LedgerEntry) -> str:
    """`12/11 +25 · mua 200.000đ tại Mây Lê Lợi, hạng Bạc nhân 1,25`."""
    on = formats.day(entry.posted_on, chat.locale, shop.of(session).day(chat.now))
    reason = reward_words.reason(session, entry, chat.locale)
    reason = reason or text(REASONS.get(EntryKind(entry.kind), "history.other"), chat.locale)
    if entry.purchase_id is not None and entry.kind != EntryKind.RELEASE:
        reason = _reason(session, chat, entry, recording.get(session, entry.purchase_id))
    return text("history.row", chat.locale, day=on, points=formats.signed(entry.points, chat.locale), reason=reason)


def _reason(session: Session, chat: Chat, entry: LedgerEntry, purchase: Purchase) -> str:
    facts = {
        "amount": formats.money(purchase.total, chat.locale),
        "store": session.get_one(Store, purchase.store_id).name,
        "day": formats.day(purchase.purchased_on, chat.locale, shop.of(session).day(chat.now)),
    }
    if entry.kind == EntryKind.REVERSE:
        return text("history.undone", chat.locale, **facts)
    rules = versions.at(session, purchase.purchased_on)
    tier = rules.tier(entry.tier or "")
    reason = text("history.bought", chat.locale, **facts)
    if tier.multiplier != 1:
        name = rules.tier_name(tier.code, chat.locale)
        times = formats.multiplier(tier.multiplier, chat.locale)
        reason += text("history.times", chat.locale, tier=name, times=times)
    return reason if entry.points else reason + text("history.carried", chat.locale)
