"""What staff read of an award or an adjustment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands import people
from bots.texts import formats, text
from loyalty import entities, shop
from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.points.accrual import Award
from loyalty.points.adjusting import Adjustment
from loyalty.points.rating import explaining
from loyalty.programme import versions
from loyalty.staff import accounts

GIVEN = {
    "award": ("award.given", "award.nothing", "award.pending", "award.pending_until"),
    "notice": ("notice.given", "notice.nothing", "notice.pending", "notice.pending_until"),
}


def awarded(session: Session, locale: str, done: Award, *, now: datetime, also: Sequence[str] = ()) -> str:
    """For staff: what was given to whom, lines that help `also`, what they have now; the last ends with the undo."""
    customer = profiles.get(session, done.purchase.customer_id)
    who = people.label(session, customer, locale)
    if done.customer_is_new:
        who = text("award.newcomer", locale, who=who)
    lines = [given(session, "award", locale, done, now, who=who, bill=bill(session, done, locale))]
    if done.purchase.paid_points:
        lines.append(paid("award.paid", locale, done))
    if explained := _explained(session, done, locale):
        lines.append(explained)
    if done.tier_rose:
        lines.append(_risen(session, locale, done, customer, now))
    if done.promised is not None and done.promised.on is None:
        lines.append(text("award.release", locale, number=done.entry.id))
    lines += also
    lines.append(text("award.balance", locale, number=done.entry.id, **standing(session, locale, customer, now)))
    return "\n".join(lines)


def given(session: Session, place: str, locale: str, done: Award, now: datetime, **facts: str) -> str:
    """What a bill gave and from when on it may be used: a sentence of a `place` (award, notice), with its own facts."""
    some, nothing, pending, until = GIVEN[place]
    facts["points"] = formats.points(done.points, locale)
    if done.promised is None:
        return text(some if done.points else nothing, locale, **facts)
    if done.promised.on is None:
        return text(pending, locale, **facts)
    return text(until, locale, day=formats.day(done.promised.on, locale, shop.of(session).day(now)), **facts)


def paid(key: str, locale: str, done: Award) -> str:
    """What points paid of a bill."""
    amount, points = done.purchase.paid_amount, done.purchase.paid_points
    rest = formats.money(done.purchase.total - amount, locale)
    shown = {"points": formats.points(points, locale), "amount": formats.money(amount, locale), "rest": rest}
    return text(key, locale, **shown)


def repeated(session: Session, locale: str, done: Award, *, now: datetime) -> str:
    """For staff: the bill was counted before, and nothing happened now."""
    here, purchase = shop.of(session), done.purchase
    facts = {
        "bill": purchase.reference or formats.money(purchase.total, locale),
        "at": formats.moment(purchase.purchased_at, locale, here, now),
        "points": formats.signed(done.points, locale),
        "number": done.entry.id,
    }
    if purchase.staff_id is None:
        return text("award.repeated", locale, **facts)
    staff = accounts.name_of(session, accounts.get(session, purchase.staff_id))
    return text("award.repeated_by", locale, staff=staff, **facts)


def adjusted(session: Session, locale: str, done: Adjustment, *, now: datetime) -> str:
    """For staff: what was given or taken by hand, what they have now, how to undo it."""
    customer = profiles.get(session, done.entry.customer_id)
    key = "adjust.given" if done.entry.points > 0 else "adjust.taken"
    points, who = formats.points(abs(done.entry.points), locale), people.label(session, customer, locale)
    facts = {"number": done.entry.id, **standing(session, locale, customer, now)}
    return "\n".join([text(key, locale, points=points, who=who), text("award.balance", locale, **facts)])


def bill(session: Session, done: Award, locale: str) -> str:
    """`đơn 200.000đ × 1,25, HD123`."""
    rules = versions.at(session, done.purchase.purchased_on)
    multiplier = rules.tier(done.entry.tier or "").multiplier
    shown = text("award.bill", locale, amount=formats.money(done.purchase.total, locale))
    if multiplier != 1:
        shown += f" × {formats.multiplier(multiplier, locale)}"
    return f"{shown}, {done.purchase.reference}" if done.purchase.reference else shown


def _explained(session: Session, done: Award, locale: str) -> str:
    """`×2 Sinh nhật, rồi ×1,25 hạng Bạc, +50 Lần đầu`; empty when the tier's multiplier says it all."""
    rules = versions.at(session, done.purchase.purchased_on)
    return explaining.of_entry(session, done.entry, rules, locale, paid=done.purchase.paid_amount)


def standing(session: Session, locale: str, customer: Customer, now: datetime) -> dict[str, str]:
    """Name, balance and tier, for a sentence."""
    stats = entities.get_one(session, CustomerStats, customer.id)
    return {
        "name": people.short(session, customer, locale),
        "balance": formats.points(stats.points, locale),
        "tier": people.tier_name(session, stats.tier, locale, now),
    }


def _risen(session: Session, locale: str, done: Award, customer: Customer, now: datetime) -> str:
    tier = people.tier_name(session, done.purchase.tier_after, locale, now)
    return text("award.tier_rose", locale, name=people.short(session, customer, locale), tier=tier)
