"""Who holds which tier: how many, who is about to lose one, who is about to reach the next, whom a hand holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.points import accounts
from loyalty.points.tiers import qualifying, warning
from loyalty.points.tiers.holding import Amount
from loyalty.points.tiers.warning import Outlook
from loyalty.programme import versions
from loyalty.programme.document import Programme, Tier
from loyalty.purchases.stats import STATS

NEAR = 80  # per cent of what the next tier asks for
CANDIDATES = 200  # of each tier, looked at for those near the next


@dataclass(frozen=True, slots=True)
class Falling:
    """Somebody about to lose a tier, and whether they know."""

    customer_id: int
    outlook: Outlook
    was_told: bool


@dataclass(frozen=True, slots=True)
class Rising:
    """Somebody about to reach the next tier."""

    customer_id: int
    held: Tier
    next: Tier
    missing: Amount


@dataclass(frozen=True, slots=True)
class ByHand:
    """Somebody held in a tier (its code) by hand."""

    customer_id: int
    tier: str
    until: date


def count(session: Session) -> Mapping[str, int]:
    """How many hold each tier (by code), of those who are not erased."""
    query = select(STATS.c.tier, func.count().label("number")).where(STATS.c.erased_at.is_(None)).group_by(STATS.c.tier)
    return {row.tier: row.number for row in session.connection().execute(query)}


def list_falling(session: Session, day: date, *, limit: int = 50) -> Sequence[Falling]:
    """Who loses a tier within the days of warning of the rules, the soonest first; looked at anew on a shop day.

    Found among those the last night foresaw: whoever bought enough since is left out.
    """
    programme = versions.at(session, day)
    query = select(STATS.c.customer_id, STATS.c.warned_for).where(
        STATS.c.falls_on.is_not(None), STATS.c.erased_at.is_(None)
    )
    query = query.order_by(STATS.c.falls_on, STATS.c.customer_id).limit(limit)
    told = {row.customer_id: row.warned_for for row in session.connection().execute(query)}
    found = warning.due(session, programme, accounts.look_many(session, list(told)), day)
    falling = [Falling(each, outlook, told[each] == outlook.falls_on) for each, outlook in found.items()]
    return sorted(falling, key=lambda each: (each.outlook.falls_on, each.customer_id))


def list_rising(session: Session, day: date, *, limit: int = 50) -> Sequence[Rising]:
    """Who has most of what the next tier asks for, the least missing (of it) first."""
    programme = versions.at(session, day)
    found: list[Rising] = []
    for held in programme.tiers[:-1]:
        found += _near(session, programme, held, day)
    return sorted(found, key=lambda each: (each.missing.number / each.next.spend, each.customer_id))[:limit]


def list_by_hand(session: Session, *, limit: int = 50) -> Sequence[ByHand]:
    """Whom a hand holds in a tier, those that end first at the beginning."""
    query = select(STATS.c.customer_id, STATS.c.hand_tier, STATS.c.hand_until).where(
        STATS.c.hand_tier.is_not(None), STATS.c.erased_at.is_(None)
    )
    query = query.order_by(STATS.c.hand_until, STATS.c.customer_id).limit(limit)
    return [ByHand(*row) for row in session.connection().execute(query)]


def _near(session: Session, programme: Programme, held: Tier, day: date) -> Sequence[Rising]:
    following = programme.tiers[programme.rank(held.code) + 1]
    least = following.spend * NEAR // 100
    ids = qualifying.nearest(session, programme.qualification, held.code, least, day, limit=CANDIDATES)
    records = qualifying.of_many(session, programme.qualification, ids, day)
    counted = ((each, records[each].amount(day)) for each in ids)
    metric = programme.qualification.metric
    return [
        Rising(each, held, following, Amount(metric, following.spend - number))
        for each, number in counted
        if least <= number < following.spend
    ]
