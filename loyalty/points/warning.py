"""Who is about to lose a tier, when, and what would keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points import accounts, qualifying, reviews
from loyalty.points.accounts import Account
from loyalty.points.qualifying import Record
from loyalty.points.tiers import Amount
from loyalty.programme import versions
from loyalty.programme.document import Programme, Tier
from loyalty.purchases.stats import STATS

Tell = Callable[[Session, "Warned"], bool]  # whether there is a way to tell them


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a tier if nothing more is bought: the shop day it falls, to which, and what would keep it."""

    held: Tier
    falls_on: date
    left: Tier
    missing: Amount


@dataclass(frozen=True, slots=True)
class Warned:
    """Somebody to warn."""

    customer_id: int
    public_id: str
    outlook: Outlook


def outlook(
    programme: Programme, account: Account, record: Record, day: date, made_on: date | None = None
) -> Outlook | None:
    """The fall to come; None where a tier is never lost, or held by hand. `made_on`: shop day of the last step down."""
    held, qualification = programme.tier(account.tier), programme.qualification
    is_short = account.short_since is not None and record.amount(day) < held.spend
    short = account.short_since if is_short else record.first_short(held.spend, day)
    if short is None or qualification.downgrade == "never" or account.hand_tier == held.code:
        return None
    falls = reviews.falls_on(programme, record, short, made_on)
    counted = record.amount(falls)
    floor = max(programme.rank(programme.tier_for(counted).code), programme.rank(account.floor_on(falls) or ""))
    left = max(floor, programme.rank(held.code) - 1) if qualification.downgrade == "one_step" else floor
    missing = Amount(qualification.metric, held.spend - counted)
    return Outlook(held, falls, programme.tiers[left], missing)


def sweep(session: Session, tier: str, tell: Tell, *, now: datetime, after_id: int = 0, limit: int = 500) -> int | None:
    """Warn whoever of the next `limit` holders of a tier falls within the `warn_days` of the rules.

    Each person is told once of each day of falling; whom no chat reaches today is tried again tomorrow. Returns the id
    to go on after, None when nobody is left.
    """
    today = shop.of(session).day(now)
    programme = versions.at(session, today)
    held = accounts.holding(session, tier, after_id=after_id, limit=limit)
    ids = [account.customer_id for account in held]
    records = qualifying.of_many(session, programme.qualification, ids, today)
    warned = {row.customer_id: row.warned_for for row in session.connection().execute(_WARNED, {"ids": ids})}
    for account in held:
        found = _due(session, programme, account, records[account.customer_id], today)
        if found is None or warned[account.customer_id] == found.falls_on:
            continue
        if tell(session, Warned(account.customer_id, account.public_id, found)):
            session.connection().execute(_KEEP, {"of_customer": account.customer_id, "day": found.falls_on})
    return ids[-1] if len(held) == limit else None


def _due(session: Session, programme: Programme, account: Account, record: Record, today: date) -> Outlook | None:
    """The fall a customer is to be warned of today. Most are far from one, which one look ahead tells."""
    ahead = today + timedelta(days=programme.qualification.warn_days)
    if record.amount(ahead) >= programme.tier(account.tier).spend:
        return None
    found = outlook(programme, account, record, today, reviews.stepped_on(session, account))
    return found if found is not None and today < found.falls_on <= ahead else None


_WARNED = select(STATS.c.customer_id, STATS.c.warned_for).where(
    STATS.c.customer_id.in_(bindparam("ids", expanding=True))
)
_KEEP = update(STATS).where(STATS.c.customer_id == bindparam("of_customer")).values(warned_for=bindparam("day"))
