"""Which tier is held, worked out from the bills, the hands and the days of review of one customer."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from loyalty.points.models import TierReason
from loyalty.points.replay import ends
from loyalty.points.replay.book import Unexplained
from loyalty.points.replay.person import Bought, Person
from loyalty.points.tiers import holding, reviews
from loyalty.points.tiers.changes import FALLS
from loyalty.points.tiers.holding import BESIDES, Gift
from loyalty.points.tiers.qualifying import Record, is_kept
from loyalty.points.tiers.reviews import Verdict
from loyalty.programme.document import Programme, Tier
from loyalty.programme.qualification import earliest
from loyalty.purchases.stats import window_start


def held_at(person: Person, rules: Programme, instant: datetime) -> Tier:
    """The tier whose multiplier a bill of that instant gets."""
    if instant >= person.tier_since:
        return rules.tier(person.tier)
    bills = [bill for bill in person.bills.values() if not bill.is_undone and bill.row.purchased_at <= instant]
    found: list[tuple[datetime, str]] = []
    if bills:
        last = max(bills, key=lambda bill: (bill.row.purchased_at, bill.row.id))
        found.append((last.row.purchased_at, last.tier_after))
    others = [step for step in person.steps if step[0] in (*FALLS, *BESIDES) and step[2] <= instant]
    if others:
        step = max(reversed(others), key=lambda step: step[2])
        found.append((step[2], step[1]))
    return rules.tier(max(found, key=lambda each: each[0])[1]) if found else rules.tiers[0]


def counted(person: Person, rules: Programme, day: date) -> int:
    """What counts for a tier on a shop day."""
    if is_kept(rules.qualification):
        return person.window.at(window_start(day))
    return record(person, rules, day).amount(day)


def record(person: Person, rules: Programme, day: date) -> Record:
    """What counted by day, as reviews look at it."""
    qualification, since = rules.qualification, earliest(rules.qualification, day)
    bills = (bill for bill in person.standing() if since <= bill.row.purchased_on <= day)
    amounts = [(bill.row.purchased_on, _amount(person, bill, qualification.metric)) for bill in bills]
    joined = person.inputs.joined_at if qualification.window == "anniversary" else None
    return Record(qualification, sorted(amounts), None if joined is None else person.day(joined))


def fall(person: Person, rules: Programme, now: datetime) -> None:
    """After a bill was undone: without the tier, if that bill gave it."""
    today = person.day(now)
    amount, gifts = counted(person, rules, today), _gifts(person, rules)
    left = holding.what_stays(rules, person.tier, amount, gifts)
    if person.hand_over is not None:
        person.hand_over = holding.what_stays(rules, person.hand_over, amount, gifts)
    floor = person.floor_on(today)
    if floor is not None and rules.rank(left) < rules.rank(floor) <= rules.rank(person.tier):
        left = floor
    if person.hold(left, now):
        person.steps.append((TierReason.UNDO, left, now))


def fall_short(person: Person, rules: Programme, before: int, now: datetime) -> None:
    """After goods came back, where tiers fall with them at once."""
    today, held = person.day(now), rules.rank(person.tier)
    left = rules.rank(rules.tier_for(counted(person, rules, today)).code)
    if rules.rank(rules.tier_for(before).code) < held or left >= held:
        return
    floor = person.floor_on(today)
    tier = rules.tiers[max(left, min(held, rules.rank(floor)) if floor else 0)].code
    if person.hold(tier, now):
        person.steps.append((TierReason.RETURN, tier, now))


def step(person: Person, row: Any) -> None:
    """What a review or a hand did at an instant; what bills did is found with them. Raises Unexplained."""
    match row.reason:
        case TierReason.KEPT:
            person.hold(row.to_tier, row.at)
        case TierReason.MANUAL:
            _set(person, row)
        case TierReason.MANUAL_END if row.actor != reviews.ACTOR:
            _carry_out(person, row, Verdict(_own(person, person.day(row.at)), reason=TierReason.MANUAL_END))
        case TierReason.MANUAL_END | TierReason.REVIEW:
            _carry_out(person, row, _judged(person, row))


def _set(person: Person, row: Any) -> None:
    rules = person.book.on(person.day(row.at))
    own = _own(person, person.day(row.at))
    person.hand_tier = person.inputs.hands.get(row.at, row.to_tier)
    person.hand_until, person.hand_over = row.until, own
    held = max(own, person.hand_tier, key=rules.rank)
    if person.hold(held, row.at):
        ends.with_tier(person, row.at)
    person.steps.append((TierReason.MANUAL, held, row.at))


def _own(person: Person, today: date) -> str:
    """The tier held by purchases."""
    if person.hand_tier is None:
        return person.tier
    rules = person.book.on(today)
    earned = rules.tier_for(record(person, rules, today).amount(today)).code
    return reviews.without_hand(rules, person.account(), earned)


def _judged(person: Person, row: Any) -> Verdict:
    """What a review of that day finds: as if it were the first to find the tier short, or as if grace were over."""
    day = person.day(row.at)
    rules, account = person.book.on(day), person.account()
    is_last = account.stepped_at is not None and account.stepped_at == account.tier_since
    found, made_on = record(person, rules, day), person.day(account.tier_since) if is_last else None
    over = replace(account, short_since=day - timedelta(days=rules.qualification.grace_days))
    verdicts = [reviews.judge(rules, each, found, day, made_on) for each in (account, over)]
    for verdict in verdicts:
        if (verdict.reason, verdict.tier) == (row.reason, row.to_tier):
            return verdict
    raise Unexplained(f"the review of {day} left tier {row.to_tier}; by the bills and rules it is {verdicts[-1].tier}")


def _carry_out(person: Person, row: Any, verdict: Verdict) -> None:
    moves = person.hold(verdict.tier, row.at)
    if moves and verdict.is_step:
        person.stepped_at = row.at
    if verdict.reason is TierReason.MANUAL_END:
        person.hand_tier = person.hand_until = person.hand_over = None
    if moves:
        ends.with_tier(person, row.at)
    person.steps.append((row.reason, verdict.tier, row.at))


def _gifts(person: Person, rules: Programme) -> list[Gift]:
    """The bills that gave what is held ever since, newest first."""
    lost = [(rules.rank(tier), at) for reason, tier, at in person.steps if reason in FALLS]
    return [
        Gift(bill.tier_before, bill.tier_after, not bill.is_undone)
        for bill in sorted(person.bills.values(), key=lambda bill: -bill.row.id)
        if bill.tier_before != bill.tier_after
        and not any(at >= bill.row.recorded_at and rank < rules.rank(bill.tier_after) for rank, at in lost)
    ]


def _amount(person: Person, bill: Bought, metric: str) -> int:
    if metric == "spend":
        return bill.net
    return 1 if metric == "orders" else _points(person, bill)


def _points(person: Person, bill: Bought) -> int:
    """Points a bill gave for what is left of it."""
    lot = person.lots.get(bill.entry_id)
    if lot is None or lot.is_closed or lot.waits:
        return 0
    backs = [back for back in bill.backs if back.stands]
    return lot.points - sum(back.points for back in backs) - (backs[-1].shortfall if backs else 0)
