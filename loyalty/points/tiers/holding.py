"""Which tier is held: up at once with a purchase, down at once only when the bill that gave it is undone.

By the calendar alone a tier falls only at a review: `reviews`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.points.accounts import Account
from loyalty.points.models import TierReason
from loyalty.points.tiers import qualifying
from loyalty.points.tiers.changes import FALLS, HISTORY
from loyalty.programme.document import Programme, Tier
from loyalty.purchases import stats as totals
from loyalty.purchases.stats import HAPPENED, PURCHASES


class Amount(NamedTuple):
    """Whole ₫, points or orders, as `metric` says."""

    metric: str
    number: int


class Progress(NamedTuple):
    """The tier that comes next, and what is still missing in the window: whole ₫, points or orders."""

    tier: Tier
    missing: int


@dataclass(frozen=True, slots=True)
class Gift:
    """A purchase that raised its customer from one tier to another, and whether it still stands."""

    before: str
    after: str
    stands: bool


def held_at(session: Session, account: Account, programme: Programme, instant: datetime) -> Tier:
    """The tier whose multiplier a bill of that instant gets.

    Since `tier_since` it is the one held now. An earlier instant finds the one the latest bill, review or hand up to it
    left behind, and before all of them the lowest: a bill that comes late changes nobody's rating but its own.
    """
    if instant >= account.tier_since:
        return programme.tier(account.tier)
    asked = {"customer_id": account.customer_id, "instant": instant}
    found = [row for query in _BEFORE if (row := session.connection().execute(query, asked).one_or_none())]
    return programme.tier(max(found, key=lambda row: row.at).tier) if found else programme.tiers[0]


def counted(session: Session, account: Account, programme: Programme, day: date) -> int:
    """What counts for a tier on a shop day the totals are true for; no query where they hold it already."""
    if qualifying.is_kept(programme.qualification):
        return account.totals.spent_12m
    return qualifying.of_one(session, programme.qualification, account.customer_id, day).amount(day)


def counted_with(
    session: Session, account: Account, programme: Programme, day: date, bought: tuple[date, int, int]
) -> int:
    """The same with a bill that is in the totals and not yet written: its shop day, whole ₫ and points."""
    if qualifying.is_kept(programme.qualification):
        return account.totals.spent_12m
    on, total, points = bought
    amounts = {"spend": total, "points": points, "orders": 1}
    record = qualifying.of_one(session, programme.qualification, account.customer_id, day)
    return record.plus(on, amounts[programme.qualification.metric]).amount(day)


def rise(account: Account, programme: Programme, amount: int, *, since: datetime) -> Account:
    """The account in the tier an amount qualifies for, if that is a higher one, held from `since` on."""
    reached = programme.tier_for(amount)
    if programme.rank(reached.code) <= programme.rank(account.tier):
        return account
    return replace(account, tier=reached.code, tier_since=since)


def fall(session: Session, account: Account, programme: Programme, *, now: datetime) -> Account:
    """The account after one of its purchases was undone: without the tier, if that purchase gave it.

    What a purchase gave and a review took since is not given by it any more. Nobody falls below what was set by hand,
    but when that ends, neither is this tier there to come back to.
    """
    today = shop.of(session).day(now)
    amount, gifts = counted(session, account, programme, today), _gifts(session, account, programme)
    left = what_stays(programme, account.tier, amount, gifts)
    if account.hand_over is not None:
        account = replace(account, hand_over=what_stays(programme, account.hand_over, amount, gifts))
    floor = account.floor_on(today)
    if floor is not None and programme.rank(left) < programme.rank(floor) <= programme.rank(account.tier):
        left = floor
    return account if left == account.tier else replace(account, tier=left, tier_since=now)


def fall_short(session: Session, account: Account, programme: Programme, before: int, *, now: datetime) -> Account:
    """The account after goods came back, where tiers fall with them at once; `before` they did so much counted.

    Only what qualified before and does not any more is lost; a tier that waits for its review anyway stays until then,
    and so does one set by hand.
    """
    today, held = shop.of(session).day(now), programme.rank(account.tier)
    left = programme.rank(programme.tier_for(counted(session, account, programme, today)).code)
    if programme.rank(programme.tier_for(before).code) < held or left >= held:
        return account
    floor = account.floor_on(today)
    tier = programme.tiers[max(left, min(held, programme.rank(floor)) if floor else 0)].code
    return account if tier == account.tier else replace(account, tier=tier, tier_since=now)


def _gifts(session: Session, account: Account, programme: Programme) -> list[Gift]:
    """The purchases that gave what the customer has had ever since, newest first."""
    asked = {"customer_id": account.customer_id}
    lost = [(programme.rank(row.to_tier), row.at) for row in session.connection().execute(_LOST, asked)]
    return [
        Gift(row.tier_before, row.tier_after, row.stands)
        for row in session.connection().execute(_GIFTS, asked)
        if not any(at >= row.recorded_at and rank < programme.rank(row.tier_after) for rank, at in lost)
    ]


def what_stays(programme: Programme, tier: str, spent: int, gifts: Sequence[Gift]) -> str:
    """The tier left when some of the purchases that gave tiers (`gifts`, newest first) are undone.

    A tier stays while what counts (`spent`) qualifies for it, while a purchase that gave it stands, and where no
    purchase gave it; else the customer is back where the purchase found them, where the same is asked again.
    """
    earned, held = programme.tier_for(spent), tier
    while programme.rank(tier) > programme.rank(earned.code):
        givers = [gift for gift in gifts if gift.after == tier]
        if not givers or any(gift.stands for gift in givers):
            return tier
        if programme.rank(givers[0].before) >= programme.rank(tier):  # newer rules turned the two around
            return earned.code
        tier = givers[0].before
    return held if tier == held else earned.code


def progress(session: Session, programme: Programme, stats: CustomerStats, day: date) -> Progress | None:
    """What is missing to the next tier on a shop day; None in the highest."""
    if programme.rank(stats.tier) == len(programme.tiers) - 1:
        return None
    amount = standing(session, programme, stats, day)
    for tier in programme.tiers[programme.rank(stats.tier) + 1 :]:
        if tier.spend > amount:
            return Progress(tier, tier.spend - amount)
    return None


def standing(session: Session, programme: Programme, stats: CustomerStats, day: date) -> int:
    """What counts for a customer's tier on a shop day."""
    if qualifying.is_kept(programme.qualification):
        return totals.rolled(session, stats.customer_id, totals.of_row(stats), day).spent_12m
    return qualifying.of_one(session, programme.qualification, stats.customer_id, day).amount(day)


def _latest(query: Select[Any], *order: Any) -> Select[Any]:
    return query.order_by(*order).limit(1)


BESIDES = (TierReason.MANUAL, TierReason.RETURN, TierReason.RETURN_UNDONE)
_OF_CUSTOMER = PURCHASES.c.customer_id == bindparam("customer_id")
_STEPS = HISTORY.c.customer_id == bindparam("customer_id")
_BEFORE = (
    _latest(
        select(PURCHASES.c.tier_after.label("tier"), PURCHASES.c.purchased_at.label("at")).where(
            _OF_CUSTOMER, HAPPENED, PURCHASES.c.purchased_at <= bindparam("instant")
        ),
        PURCHASES.c.purchased_at.desc(),
        PURCHASES.c.id.desc(),
    ),
    _latest(
        select(HISTORY.c.to_tier.label("tier"), HISTORY.c.at).where(
            _STEPS, HISTORY.c.reason.in_([*FALLS, *BESIDES]), HISTORY.c.at <= bindparam("instant")
        ),
        HISTORY.c.at.desc(),
        HISTORY.c.id.desc(),
    ),
)
_GIFTS = (
    select(PURCHASES.c.tier_before, PURCHASES.c.tier_after, PURCHASES.c.recorded_at, HAPPENED.label("stands"))
    .where(_OF_CUSTOMER, PURCHASES.c.tier_before != PURCHASES.c.tier_after)
    .order_by(PURCHASES.c.id.desc())
)
_LOST = select(HISTORY.c.to_tier, HISTORY.c.at).where(_STEPS, HISTORY.c.reason.in_(FALLS))
