"""The review of tiers: who holds one the window no longer qualifies for comes down, by the policy of the rules.

Grace is counted from the review that first finds a tier short. A step down leads to a tier that is held for a whole
window before there is another step. Nothing depends on how often or in which order reviews come.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points import accounts
from loyalty.points.accounts import Account
from loyalty.points.ending import moving
from loyalty.points.models import TierReason
from loyalty.points.tiers import changes, qualifying
from loyalty.points.tiers.changes import Step
from loyalty.points.tiers.qualifying import Record
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.qualification import window_after
from loyalty.purchases.stats import STATS

ACTOR = "clock"
KEPT = ("tier", "tier_since", "short_since", "stepped_at", "hand_tier", "hand_until", "hand_over", "falls_on")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a review finds: the tier from now on, since when it is short, and why it changed, if it did."""

    tier: str
    short_since: date | None = None
    reason: TierReason | None = None
    is_step: bool = False  # down by one, so that a whole window passes before the next


def judge(programme: Programme, account: Account, record: Record, day: date, made_on: date | None = None) -> Verdict:
    """What a review of a shop day finds; nothing is written. `made_on` is the shop day of the last step down."""
    earned = programme.tier_for(record.amount(day)).code
    if account.hand_tier is not None and account.floor_on(day) is None:
        alone = replace(account, tier=without_hand(programme, account, earned), hand_tier=None, hand_until=None)
        return replace(judge(programme, alone, record, day, made_on), reason=TierReason.MANUAL_END)
    floor = max(programme.rank(earned), programme.rank(account.floor_on(day) or ""))
    held, qualification = programme.rank(account.tier), programme.qualification
    if held <= floor or qualification.downgrade == "never":
        return Verdict(account.tier)
    since = account.short_since or day
    if day < falls_on(programme, record, since, made_on):
        return Verdict(account.tier, since)
    is_step = qualification.downgrade == "one_step"
    left = max(floor, held - 1) if is_step else floor
    return Verdict(programme.tiers[left].code, None, TierReason.REVIEW, is_step)


def falls_on(programme: Programme, record: Record, short_since: date, made_on: date | None) -> date:
    """The shop day whose review takes a tier that was first found short on a day, if nothing is bought."""
    qualification = programme.qualification
    due = short_since + timedelta(days=qualification.grace_days)
    if made_on is None or qualification.downgrade != "one_step":
        return due
    return max(due, window_after(qualification, made_on, record.joined_on))


def stepped_on(session: Session, account: Account) -> date | None:
    """The shop day of the step down to the tier held; None when it was reached another way."""
    is_last = account.stepped_at is not None and account.stepped_at == account.tier_since
    return shop.of(session).day(account.tier_since) if is_last else None


def sweep(session: Session, tier: str, *, now: datetime, after_id: int = 0, limit: int = 500) -> int | None:
    """Review the next `limit` customers who hold a tier, after `after_id`; only those who change are locked.

    Returns the id to go on after, None when nobody is left. Repeating it the same day changes nothing.
    """
    today = shop.of(session).day(now)
    programme = versions.at(session, today)
    held = accounts.holding(session, tier, after_id=after_id, limit=limit)
    changed = _changed(session, programme, held, today)
    for account in accounts.lock_many(session, changed).values():
        record = qualifying.of_one(session, programme.qualification, account.customer_id, today)
        verdict = judge(programme, account, record, today, stepped_on(session, account))
        if _is_news(account, verdict):
            carry_out(session, account, verdict, actor=ACTOR, now=now)
    return held[-1].customer_id if len(held) == limit else None


def carry_out(session: Session, account: Account, verdict: Verdict, *, actor: str, now: datetime) -> None:
    """Write a verdict on a locked account: the tier, what the next review must know, and the step in the history."""
    moves = verdict.tier != account.tier
    ends = verdict.reason is TierReason.MANUAL_END
    values = {
        "of_customer": account.customer_id,
        "tier": verdict.tier,
        "tier_since": now if moves else account.tier_since,
        "short_since": verdict.short_since,
        "stepped_at": now if moves and verdict.is_step else account.stepped_at,
        "hand_tier": None if ends else account.hand_tier,
        "hand_until": None if ends else account.hand_until,
        "hand_over": None if ends else account.hand_over,
        "falls_on": None,  # found anew the same night
    }
    session.connection().execute(_KEEP, values)
    if moves:
        rules = versions.at(session, shop.of(session).day(now))
        moving.with_tier(session, replace(account, tier=verdict.tier, tier_since=now), rules, now=now)
    accounts.forget(session, account.customer_id)
    if verdict.reason is not None:
        changes.record(session, Step(account.customer_id, account.tier, verdict.tier, verdict.reason, actor, now))


def without_hand(programme: Programme, account: Account, earned: str) -> str:
    """What is held once a tier set by hand ends: what was held below it, or is earned by now; more than it stays."""
    assert account.hand_tier is not None
    if programme.rank(account.tier) > programme.rank(account.hand_tier):
        return account.tier
    return max(account.hand_over or "", earned, key=programme.rank)


def _changed(session: Session, programme: Programme, held: list[Account], today: date) -> list[int]:
    ids = [account.customer_id for account in held]
    records = qualifying.of_many(session, programme.qualification, ids, today)
    verdicts = (
        (each, judge(programme, each, records[each.customer_id], today, stepped_on(session, each))) for each in held
    )
    return [account.customer_id for account, verdict in verdicts if _is_news(account, verdict)]


def _is_news(account: Account, verdict: Verdict) -> bool:
    return verdict.reason is not None or verdict.short_since != account.short_since


_KEEP = (
    update(STATS)
    .where(STATS.c.customer_id == bindparam("of_customer"))
    .values({name: bindparam(name) for name in KEPT})
)
