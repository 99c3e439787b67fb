"""Who is about to lose a tier, when, and what would keep it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points import accounts
from loyalty.points.accounts import Account
from loyalty.points.tiers import qualifying, reviews
from loyalty.points.tiers.holding import Amount
from loyalty.points.tiers.qualifying import Record
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
    """The fall to come; None where a tier is never lost. `made_on`: shop day of the last step down.

    What is held by hand alone ends with its last day, whatever the policy.
    """
    if account.hand_tier == account.tier and account.hand_until is not None:
        return _end_of_hand(programme, account, record, account.hand_until + timedelta(days=1))
    held, qualification = programme.tier(account.tier), programme.qualification
    is_short = account.short_since is not None and record.amount(day) < held.spend
    short = account.short_since if is_short else record.first_short(held.spend, day)
    if short is None or qualification.downgrade == "never":
        return None
    falls = reviews.falls_on(programme, record, short, made_on)
    counted = record.amount(falls)
    floor = max(programme.rank(programme.tier_for(counted).code), programme.rank(account.floor_on(falls) or ""))
    left = max(floor, programme.rank(held.code) - 1) if qualification.downgrade == "one_step" else floor
    missing = Amount(qualification.metric, held.spend - counted)
    return Outlook(held, falls, programme.tiers[left], missing)


def _end_of_hand(programme: Programme, account: Account, record: Record, ends: date) -> Outlook | None:
    held, counted = programme.tier(account.tier), record.amount(ends)
    left = reviews.without_hand(programme, account, programme.tier_for(counted).code)
    if left == held.code:
        return None
    missing = Amount(programme.qualification.metric, held.spend - counted)
    return Outlook(held, ends, programme.tier(left), missing)


def sweep(session: Session, tier: str, tell: Tell, *, now: datetime, after_id: int = 0, limit: int = 500) -> int | None:
    """Warn whoever of the next `limit` holders of a tier falls within the `warn_days` of the rules.

    Each person is told once of each day of falling; whom no chat reaches today is tried again tomorrow. The day is kept
    with their totals, for lists of who is about to fall. Returns the id to go on after, None when nobody is left.
    """
    today = shop.of(session).day(now)
    programme = versions.at(session, today)
    held = accounts.holding(session, tier, after_id=after_id, limit=limit)
    ids = [account.customer_id for account in held]
    falls = due(session, programme, held, today)
    kept = {row.customer_id: row for row in session.connection().execute(_KEPT, {"ids": ids})}
    for account in held:
        found = falls.get(account.customer_id)
        falls_on, before = found and found.falls_on, kept[account.customer_id]
        if falls_on != before.falls_on:
            session.connection().execute(_KEEP_DAY, {"of_customer": account.customer_id, "day": falls_on})
        if found is None or before.warned_for == falls_on:
            continue
        if tell(session, Warned(account.customer_id, account.public_id, found)):
            session.connection().execute(_KEEP_WARNED, {"of_customer": account.customer_id, "day": falls_on})
        accounts.forget(session, account.customer_id)
    return ids[-1] if len(held) == limit else None


def due(session: Session, programme: Programme, held: Sequence[Account], day: date) -> Mapping[int, Outlook]:
    """The falls within the days of warning, by customer, of those who hold a tier and are about to lose it."""
    ids = [account.customer_id for account in held]
    records = qualifying.of_many(session, programme.qualification, ids, day)
    found = ((each.customer_id, _due(session, programme, each, records[each.customer_id], day)) for each in held)
    return {customer_id: outlook for customer_id, outlook in found if outlook is not None}


def foresee(session: Session, tier: str, *, now: datetime, after_id: int = 0, limit: int = 500) -> int | None:
    """Only keep the day of falling of the next `limit` holders of a tier; nobody is told."""
    return sweep(session, tier, lambda _session, _warned: False, now=now, after_id=after_id, limit=limit)


def _due(session: Session, programme: Programme, account: Account, record: Record, today: date) -> Outlook | None:
    """The fall a customer is to be warned of today. Most are far from one, which one look ahead tells."""
    ahead = today + timedelta(days=programme.qualification.warn_days)
    if record.amount(ahead) >= programme.tier(account.tier).spend:
        return None
    found = outlook(programme, account, record, today, reviews.stepped_on(session, account))
    return found if found is not None and today < found.falls_on <= ahead else None


_KEPT = select(STATS.c.customer_id, STATS.c.falls_on, STATS.c.warned_for).where(
    STATS.c.customer_id.in_(bindparam("ids", expanding=True))
)
_OF_CUSTOMER = update(STATS).where(STATS.c.customer_id == bindparam("of_customer"))
_KEEP_DAY = _OF_CUSTOMER.values(falls_on=bindparam("day"))
_KEEP_WARNED = _OF_CUSTOMER.values(warned_for=bindparam("day"))
