"""Which tier is held: up at once with a purchase, down at once only when the bill that gave it is undone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.points.accounts import Account
from loyalty.programme.document import Programme, Tier
from loyalty.purchases.stats import HAPPENED, PURCHASES

_OF_CUSTOMER = PURCHASES.c.customer_id == bindparam("customer_id")
_BEFORE = (
    select(PURCHASES.c.tier_after)
    .where(_OF_CUSTOMER, HAPPENED, PURCHASES.c.purchased_at <= bindparam("instant"))
    .order_by(PURCHASES.c.purchased_at.desc(), PURCHASES.c.id.desc())
    .limit(1)
)
_GIFTS = (
    select(PURCHASES.c.tier_before, PURCHASES.c.tier_after, HAPPENED.label("stands"))
    .where(_OF_CUSTOMER, PURCHASES.c.tier_before != PURCHASES.c.tier_after)
    .order_by(PURCHASES.c.id.desc())
)


class Progress(NamedTuple):
    """The tier that comes next, and the whole ₫ still missing in the 12 months."""

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

    Since `tier_since` it is the one held now. An earlier instant finds the one the latest bill up to it left behind,
    and before the first bill the lowest: a bill that comes late changes nobody's rating but its own.
    """
    if instant >= account.tier_since:
        return programme.tier(account.tier)
    before = session.connection().scalar(_BEFORE, {"customer_id": account.customer_id, "instant": instant})
    return programme.tiers[0] if before is None else programme.tier(before)


def rise(account: Account, programme: Programme, *, since: datetime) -> Account:
    """The account in the tier its 12 months qualify for, if that is a higher one, held from `since` on."""
    reached = programme.tier_for(account.totals.spent_12m)
    if programme.rank(reached.code) <= programme.rank(account.tier):
        return account
    return replace(account, tier=reached.code, tier_since=since)


def fall(session: Session, account: Account, programme: Programme, *, now: datetime) -> Account:
    """The account after one of its purchases was undone: without the tier, if that purchase gave it."""
    rows = session.connection().execute(_GIFTS, {"customer_id": account.customer_id})
    left = what_stays(programme, account.tier, account.totals.spent_12m, [Gift(*row) for row in rows])
    return account if left == account.tier else replace(account, tier=left, tier_since=now)


def fall_short(before: Account, after: Account, programme: Programme, *, now: datetime) -> Account:
    """The account after goods came back, where tiers fall with them at once: `before` and `after` they did.

    Only what qualified before and does not any more is lost; a tier that waits for its review anyway stays until then.
    """
    held = programme.rank(after.tier)
    earned, left = (programme.tier_for(account.totals.spent_12m) for account in (before, after))
    if programme.rank(earned.code) < held or programme.rank(left.code) >= held:
        return after
    return replace(after, tier=left.code, tier_since=now)


def what_stays(programme: Programme, tier: str, spent: int, gifts: Sequence[Gift]) -> str:
    """The tier left when some of the purchases that gave tiers (`gifts`, newest first) are undone.

    A tier stays while the spend qualifies for it, while a purchase that gave it stands, and where no purchase gave it;
    else the customer is back where the purchase found them, where the same is asked again.
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


def progress(programme: Programme, stats: CustomerStats) -> Progress | None:
    """What is missing to the next tier; None in the highest."""
    for tier in programme.tiers[programme.rank(stats.tier) + 1 :]:
        if tier.spend > stats.spent_12m:
            return Progress(tier, tier.spend - stats.spent_12m)
    return None
