"""Tiers set by hand: no less than that tier is held through a last day, whatever was bought."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.errors import Conflict, RuleViolation
from loyalty.points import accounts
from loyalty.points.accounts import Account
from loyalty.points.ending import moving
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.models import TierChange, TierReason
from loyalty.points.tiers import changes, qualifying, reviews
from loyalty.points.tiers.changes import Step
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases.months import add_months
from loyalty.purchases.stats import STATS
from loyalty.typed import fold

LONGEST_REASON = 300
LONGEST = 60  # months: a slip of the keyboard


class BadTier(RuleViolation):
    """`field` is what is wrong: tier (none of the rules', or the lowest), until (past, or too far), reason."""

    code = "bad_tier"

    def __init__(self, field: str, programme: Programme) -> None:
        known = [tier.code for tier in programme.tiers[1:]]
        right = {
            "tier": f"one of {', '.join(known)}",
            "until": f"a day from today on, at most {LONGEST} months ahead, such as 2027-06-30",
            "reason": f"1 to {LONGEST_REASON} letters, such as “a promise of the owner”",
        }
        super().__init__(f"{field} must be {right[field]}", field=field, known=known, longest=LONGEST_REASON)


class NoTierByHand(Conflict):
    """The customer holds no tier set by hand."""

    code = "no_tier_by_hand"


@dataclass(frozen=True, slots=True)
class Setting:
    """A tier (its code) to be held at least through a shop day, and why."""

    tier: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Set:
    """The step in the history. A repeat gets the first one."""

    change: TierChange
    is_new: bool


def check(programme: Programme, setting: Setting, today: date) -> Setting:
    """The setting as it is kept. Raises BadTier."""
    if setting.tier not in [tier.code for tier in programme.tiers[1:]]:
        raise BadTier("tier", programme)
    if not today <= setting.until <= add_months(today, LONGEST):
        raise BadTier("until", programme)
    words = fold.plain(setting.reason).strip()
    if not 0 < len(words) <= LONGEST_REASON:
        raise BadTier("reason", programme)
    return replace(setting, reason=words)


def set_tier(session: Session, customer_id: int, setting: Setting, *, actor: str, key: str, now: datetime) -> Set:
    """Hold a customer in a tier, at least, through `setting.until`; takes the place of an earlier one set by hand.

    A higher tier they hold by their purchases stays. The review after the last day ends it. The same `key` returns the
    first setting. Raises CustomerNotFound, BadTier, IdempotencyConflict, NoProgramme; a refusal writes nothing.
    """
    today = shop.of(session).day(now)
    account, programme = accounts.lock(session, customer_id, today)
    if account.is_erased:
        raise profiles.CustomerNotFound(str(customer_id))
    if (first := changes.find_by_key(session, key)) is not None:
        if (first.customer_id, first.reason, first.until) != (customer_id, TierReason.MANUAL, setting.until):
            raise IdempotencyConflict(key=key)
        return Set(first, is_new=False)
    setting = check(programme, setting, today)
    own = own_tier(session, account, programme, today)
    held = max(own, setting.tier, key=programme.rank)
    _keep(session, account, setting, own, held, now)
    data = {"tier": setting.tier, "until": setting.until.isoformat()}
    timeline.record(session, customer_id, "tier_set", at=now, data=data, text=setting.reason)
    step = Step(customer_id, account.tier, held, TierReason.MANUAL, actor, now)
    step = replace(step, until=setting.until, words=setting.reason, key=key)
    return Set(session.get_one(TierChange, changes.record(session, step)), is_new=True)


def end(session: Session, customer_id: int, *, actor: str, now: datetime) -> TierChange:
    """Take back what was set by hand; the step to the tier held without it. Raises CustomerNotFound, NoTierByHand."""
    today = shop.of(session).day(now)
    account, programme = accounts.lock(session, customer_id, today)
    if account.hand_tier is None:
        raise NoTierByHand()
    tier = own_tier(session, account, programme, today)
    timeline.record(session, customer_id, "tier_set_undone", at=now, data={"tier": account.hand_tier})
    reviews.carry_out(session, account, reviews.Verdict(tier, reason=TierReason.MANUAL_END), actor=actor, now=now)
    return changes.list_newest(session, customer_id, limit=1)[0]


def own_tier(session: Session, account: Account, programme: Programme, today: date) -> str:
    """The tier an account holds by its purchases, without what is set by hand."""
    if account.hand_tier is None:
        return account.tier
    record = qualifying.of_one(session, programme.qualification, account.customer_id, today)
    return reviews.without_hand(programme, account, programme.tier_for(record.amount(today)).code)


def _keep(session: Session, account: Account, setting: Setting, own: str, held: str, now: datetime) -> None:
    values = {
        "of_customer": account.customer_id,
        "tier": held,
        "tier_since": account.tier_since if held == account.tier else now,
        "hand_tier": setting.tier,
        "hand_until": setting.until,
        "hand_over": own,
        "falls_on": None,
    }
    session.connection().execute(_SET, values)
    if held != account.tier:
        rules = versions.at(session, shop.of(session).day(now))
        moving.with_tier(session, replace(account, tier=held, tier_since=now), rules, now=now)
    accounts.forget(session, account.customer_id)


_SET = (
    update(STATS)
    .where(STATS.c.customer_id == bindparam("of_customer"))
    .values(
        {name: bindparam(name) for name in ("tier", "tier_since", "hand_tier", "hand_until", "hand_over", "falls_on")}
    )
)
