"""The words of `points.telling`: what customers and staff read in their chats of awards, returns and approvals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bots import asking
from bots.commands import buttons, people, receipts
from bots.texts import formats, text
from loyalty import entities, shop
from loyalty.customers import consents, profiles
from loyalty.customers.models import CustomerStats
from loyalty.messaging import notices
from loyalty.messaging.contents import MessageButton
from loyalty.messaging.ways import Purpose
from loyalty.points.accrual import Award
from loyalty.points.adjusting import Adjustment
from loyalty.points.lots import Expiring
from loyalty.points.returns.returning import Returned
from loyalty.points.returns.reversal import Reversal
from loyalty.points.telling import Notice
from loyalty.purchases import returns
from loyalty.staff.models import Store

KINDS: Mapping[str, str] = {"tier_set": "tier_up", "tier_ended": "tier_fell"}  # sentences a template may stand in for
wanted, decided = asking.wanted, asking.decided


def awarded(session: Session, done: Award, *, now: datetime) -> bool:
    """Tell the customer of an award through their best free channel; whether there is one."""
    store = entities.get_one(session, Store, done.purchase.store_id).name

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        customer = profiles.get(session, done.purchase.customer_id)
        facts = {"amount": formats.money(done.purchase.total, locale), "store": store}
        lines = [receipts.given(session, "notice", locale, done, now, **facts)]
        if done.purchase.paid_points:
            lines.append(receipts.paid("notice.paid", locale, done))
        if done.tier_rose:
            tier = people.tier_name(session, done.purchase.tier_after, locale, now)
            lines.append(text("notice.tier_rose", locale, tier=tier))
        standing = receipts.standing(session, locale, customer, now)
        to_come = people.next_tier(session, customer.id, locale, now)
        lines.append(text("notice.balance", locale, next=f" {to_come}", **standing).strip())
        return "\n".join([*lines, text("notice.see", locale)]), buttons(locale, "history")

    def facts(locale: str) -> dict[str, str]:
        given = {
            "points": formats.points(done.entry.points, locale),
            "amount": formats.money(done.purchase.total, locale),
            "store": store,
        }
        return given | standing_facts(session, done.purchase.customer_id, locale, now)

    key, customer_id = f"awarded:{done.entry.id}", done.purchase.customer_id
    kind = notices.kind_of(session, customer_id, "tier_up", "awarded") if done.tier_rose else "awarded"
    return notices.tell_customer(session, customer_id, key, render, kind=kind, facts=facts, now=now)


def returned(session: Session, done: Returned, *, now: datetime) -> bool:
    """Tell the customer what goods of theirs came back and what that took; whether there is a way to."""
    customer_id = done.entry.customer_id

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        customer = profiles.get(session, customer_id)
        facts = {
            "amount": formats.money(done.done.amount, locale),
            "total": formats.money(done.purchase.total, locale),
            "at": formats.moment(done.purchase.purchased_at, locale, shop.of(session), now),
            "points": formats.points(-done.entry.points, locale),
        }
        key = "notice.returned" if done.entry.points else "notice.returned_nothing"
        standing = receipts.standing(session, locale, customer, now)
        lines = [text(key, locale, **facts), text("notice.balance", locale, next="", **standing).strip()]
        return "\n".join([*lines, text("notice.see", locale)]), buttons(locale, "history")

    facts = _moved(session, customer_id, done.entry.points, now)
    key = f"returned:{done.entry.id}"
    return notices.tell_customer(session, customer_id, key, render, kind="adjusted", facts=facts, now=now)


def undone(session: Session, undone: Reversal, *, now: datetime) -> bool:
    """Tell the customer that a bill, a return or an adjustment was taken back; whether there is a way to."""
    customer_id = undone.entry.customer_id

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        customer = profiles.get(session, customer_id)
        lines = [_what_is_undone(session, undone, locale, now)]
        lines.append(
            text("notice.balance", locale, next="", **receipts.standing(session, locale, customer, now)).strip()
        )
        return "\n".join([*lines, text("notice.see", locale)]), buttons(locale, "history")

    facts = _moved(session, customer_id, undone.entry.points, now)
    key = f"undone:{undone.entry.id}"
    return notices.tell_customer(session, customer_id, key, render, kind="adjusted", facts=facts, now=now)


def _what_is_undone(session: Session, undone: Reversal, locale: str, now: datetime) -> str:
    purchase = undone.purchase
    if purchase is None:
        return text("notice.movement_undone", locale, points=formats.signed(undone.original.points, locale))
    done = returns.of_entry(session, undone.original.id)
    facts = {
        "amount": formats.money(done.amount if done is not None else purchase.total, locale),
        "at": formats.moment(purchase.purchased_at, locale, shop.of(session), now),
        "points": formats.points(abs(undone.entry.points), locale),
    }
    return text("notice.undone" if done is None else "notice.return_undone", locale, **facts)


def adjusted(session: Session, done: Adjustment, *, now: datetime) -> bool:
    """Tell the customer that points were given or taken by hand; whether there is a way to."""
    customer_id = done.entry.customer_id

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        customer = profiles.get(session, customer_id)
        standing = receipts.standing(session, locale, customer, now)
        lines = [
            text("notice.adjusted", locale, points=formats.signed(done.entry.points, locale)),
            text("notice.balance", locale, next="", **standing).strip(),
            text("notice.see", locale),
        ]
        return "\n".join(lines), buttons(locale, "history")

    facts = _moved(session, customer_id, done.entry.points, now)
    key = f"adjusted:{done.entry.id}"
    return notices.tell_customer(session, customer_id, key, render, kind="adjusted", facts=facts, now=now)


def tell(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Tell a customer the sentence of this name, and where to see it; whether there is a way to."""

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        facts = formats.facts(notice.facts, locale, shop.of(session).day(now))
        lines = [text(f"notice.{notice.name}", locale, **facts), text("notice.see", locale)]
        return "\n".join(lines), buttons(locale, "history")

    def facts(locale: str) -> dict[str, str]:
        told = formats.facts(notice.facts, locale, shop.of(session).day(now))
        return standing_facts(session, notice.customer_id, locale, now) | told

    kind = KINDS.get(notice.name, Purpose.NOTICE)
    return notices.tell_customer(session, notice.customer_id, notice.key, render, kind=kind, facts=facts, now=now)


def expiring(session: Session, customer_id: int, ends: Sequence[Expiring], day: date, *, now: datetime) -> bool:
    """Tell the customer which points end when, once a day; whether there is a way to and they did not refuse it."""
    if not consents.allows(session, customer_id, consents.Purpose.CARE):
        return False
    today = shop.of(session).day(now)

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        lines = [_ending(each, locale, today) for each in ends]
        return "\n".join([*lines, text("notice.expiring_see", locale)]), buttons(locale, "rewards", "points")

    def facts(locale: str) -> dict[str, str]:
        first = ends[0]
        ending = {"points": formats.points(first.points, locale), "day": formats.day(first.on, locale, today)}
        return standing_facts(session, customer_id, locale, now) | ending

    key = f"expiring:{customer_id}:{day}"
    return notices.tell_customer(session, customer_id, key, render, kind="expiring", facts=facts, now=now)


def standing_facts(session: Session, customer_id: int, locale: str, now: datetime) -> dict[str, str]:
    """What every template of points may say, beside the name: balance, tier, today."""
    stats, place = session.get_one(CustomerStats, customer_id), shop.of(session)
    return {
        "balance": formats.points(stats.points, locale),
        "tier": people.tier_name(session, stats.tier, locale, now),
        "day": f"{place.day(now):%d/%m/%Y}",
    }


def _moved(session: Session, customer_id: int, points: int, now: datetime) -> Callable[[str], dict[str, str]]:
    """What the template for corrected points says of one movement, by locale."""
    return lambda locale: {
        "points": formats.signed(points, locale),
        **standing_facts(session, customer_id, locale, now),
    }


def _ending(each: Expiring, locale: str, today: date) -> str:
    """`40 điểm của bạn hết hạn ngày 15/12. Còn 30 ngày.`"""
    left = (each.on - today).days
    key = {0: "notice.expiring_today", 1: "notice.expiring_tomorrow"}.get(left, "notice.expiring")
    points, on = formats.points(each.points, locale), formats.day(each.on, locale, today)
    return text(key, locale, points=points, day=on, days=left)
