"""Movements of points as their customer reads them, each with its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.commands import Chat, reward_words
from bots.texts import formats, text
from loyalty import entities, shop
from loyalty.points import occasions, origins, promises
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.origins import Origin
from loyalty.programme import versions
from loyalty.programme.document import in_locale
from loyalty.purchases import recording, returns
from loyalty.staff.models import Store

NAMED = 3  # bills behind one movement


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page of movements is told with. `origins` and `undone` by the id of the movement."""

    session: Session
    locale: str
    today: date
    origins: Mapping[int, Sequence[Origin]]
    undone: Mapping[int, LedgerEntry]  # what a reversal took back

    def day(self, on: date) -> str:
        return formats.day(on, self.locale, self.today)

    def say(self, key: str, **facts: str) -> str:
        return text(f"history.{key}", self.locale, **facts)


def rows(session: Session, chat: Chat, entries: Sequence[LedgerEntry]) -> list[str]:
    """`12/11 +25 · mua 200.000đ tại Mây Lê Lợi, hạng Bạc nhân 1,25`, in their order."""
    today, undone = shop.of(session).day(chat.now), _undone(session, entries)
    shown = Shown(session, chat.locale, today, origins.of(session, entries), undone)
    return [_row(shown, entry) for entry in entries]


def _undone(session: Session, entries: Sequence[LedgerEntry]) -> Mapping[int, LedgerEntry]:
    wanted = {entry.reverses_id: entry.id for entry in entries if entry.reverses_id is not None}
    found = session.scalars(select(LedgerEntry).where(LedgerEntry.id.in_(wanted))) if wanted else ()
    return {wanted[original.id]: original for original in found}


def _row(shown: Shown, entry: LedgerEntry) -> str:
    reason = REASONS[EntryKind(entry.kind)](shown, entry)
    return shown.say(
        "row", day=shown.day(entry.posted_on), points=formats.signed(entry.points, shown.locale), reason=reason
    )


def _bought(shown: Shown, entry: LedgerEntry) -> str:
    assert entry.purchase_id is not None, "points are earned by a purchase"
    purchase = recording.get(shown.session, entry.purchase_id)
    rules = versions.at(shown.session, purchase.purchased_on)
    tier, store = rules.tier(entry.tier or ""), entities.get_one(shown.session, Store, purchase.store_id).name
    reason = shown.say("bought", amount=formats.money(purchase.total, shown.locale), store=store)
    if tier.multiplier != 1:
        name = rules.tier_name(tier.code, shown.locale)
        reason += shown.say("times", tier=name, times=formats.multiplier(tier.multiplier, shown.locale))
    if entry.points:
        return reason
    lot = promises.of_entries(shown.session, [entry.id]).get(entry.id)
    if (promised := promises.waiting(lot)) is not None:
        return reason + shown.say("promised", points=formats.points(promised.points, shown.locale))
    return reason if lot is not None else reason + shown.say("carried")


def _undoing(shown: Shown, entry: LedgerEntry) -> str:
    if (done := returns.of_entry(shown.session, entry.reverses_id)) is not None:
        return shown.say("return_undone", amount=formats.money(done.amount, shown.locale))
    if entry.purchase_id is not None:
        purchase = recording.get(shown.session, entry.purchase_id)
        amount = formats.money(purchase.total, shown.locale)
        return shown.say("undone", amount=amount, day=shown.day(purchase.purchased_on))
    original = shown.undone[entry.id]
    if original.kind == EntryKind.BONUS:
        return shown.say("gift_undone", name=_gift(shown, original))
    if original.kind == EntryKind.ADJUST:
        return shown.say("adjustment_undone", points=formats.signed(original.points, shown.locale))
    return reward_words.reason(shown.session, entry, shown.locale) or shown.say("given_back")


def _returned(shown: Shown, entry: LedgerEntry) -> str:
    done = returns.of_entry(shown.session, entry.id)
    assert done is not None, "every such movement was made by a return"
    purchase = recording.get(shown.session, done.purchase_id)
    return shown.say("returned", amount=formats.money(done.amount, shown.locale), day=shown.day(purchase.purchased_on))


def _adjusted(shown: Shown, entry: LedgerEntry) -> str:
    if entry.programme is None:
        return shown.say("brought")
    return shown.say("given" if entry.points > 0 else "taken")


def _gift(shown: Shown, entry: LedgerEntry) -> str:
    """What the rule that gave it is called."""
    gift = occasions.of_entries(shown.session, [entry.id])[entry.id]
    return in_locale(occasions.rule_names(shown.session, gift, entry), shown.locale)


def _used(shown: Shown, entry: LedgerEntry) -> str:
    if entry.purchase_id is not None:
        purchase = recording.get(shown.session, entry.purchase_id)
        return shown.say(
            "paid", amount=formats.money(purchase.total, shown.locale), day=shown.day(purchase.purchased_on)
        )
    return reward_words.reason(shown.session, entry, shown.locale) or shown.say("used")


def _expired(shown: Shown, entry: LedgerEntry) -> str:
    return shown.say("expired", origins=_of(shown, entry))


def _released(shown: Shown, entry: LedgerEntry) -> str:
    return shown.say("released", origins=_of(shown, entry))


def _of(shown: Shown, entry: LedgerEntry) -> str:
    """`đơn 22/11/2025`, `đơn 12/11 (20), đơn 03/11 (5)`."""
    found = shown.origins.get(entry.id, ())
    names = [shown.say("of_bill" if each.is_bill else "of_gift", day=shown.day(each.on)) for each in found]
    if len(found) > 1:
        names = [f"{name} ({each.points})" for name, each in zip(names, found, strict=True)]
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (shown.say("more", count=str(more)) if more > 0 else "")


REASONS: Mapping[EntryKind, Callable[[Shown, LedgerEntry], str]] = {
    EntryKind.EARN: _bought,
    EntryKind.REVERSE: _undoing,
    EntryKind.ADJUST: _adjusted,
    EntryKind.BONUS: _gift,
    EntryKind.BURN: _used,
    EntryKind.EXPIRE: _expired,
    EntryKind.RELEASE: _released,
    EntryKind.RETURN: _returned,
}
