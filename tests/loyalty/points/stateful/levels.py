"""Tiers of the model: up with a bill, down at a review, with an undo, or with a return where the rules say so."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.loyalty.points.stateful import ends
from tests.loyalty.points.stateful.programmes import TIERS, Rules, plus_months
from tests.loyalty.points.stateful.rows import Bill, Refused, day_of, rank

if TYPE_CHECKING:
    from tests.loyalty.points.stateful.model import Shop


def held_at(shop: "Shop", number: int, at: datetime) -> str:
    """The tier a bill of an instant is rated by."""
    person = shop.people[number]
    if at >= person.since:
        return person.tier
    bills = [(bill.at, bill.tiers[1]) for bill in shop.bills_of(number) if not bill.undone and bill.at <= at]
    steps = [(when, tier) for when, tier, _by_itself in person.steps if when <= at]
    return max([*bills, *steps], key=lambda each: each[0], default=(at, "member"))[1]


def counted(shop: "Shop", number: int, rules: Rules, day: date) -> int:
    first = plus_months(day, -12) + timedelta(days=1)
    return sum(_worth(shop, bill, rules) for bill in shop.bills_of(number) if bill.stands and first <= bill.on <= day)


def _worth(shop: "Shop", bill: Bill, rules: Rules) -> int:
    """What one standing bill counts."""
    if rules.metric != "points":
        return 1 if rules.metric == "orders" else bill.total - bill.returned
    lot = shop.people[bill.person].lots.get(bill.lot or 0)
    if lot is None or lot.waits:
        return 0
    back = bill.standing_returns
    return lot.points - sum(done.points for done in back) - (back[-1].short if back else 0)


def tier_for(rules: Rules, amount: int) -> str:
    return next(tier for tier, need in reversed(list(zip(TIERS, rules.needs, strict=True))) if need <= amount)


def rise(shop: "Shop", bill: Bill, points: int) -> None:
    """Whoever bought enough is lifted. `points` count with the bill, which has no lot yet."""
    person, first = shop.people[bill.person], plus_months(shop.today, -12) + timedelta(days=1)
    amount = counted(shop, bill.person, shop.rules, shop.today)
    if shop.rules.metric == "points" and bill.on >= first:
        amount += points
    reached = tier_for(shop.rules, amount)
    if rank(reached) > rank(person.tier):
        others = [each.at for each in shop.bills_of(bill.person) if each.stands and each is not bill]
        is_latest = bill.at >= max(others, default=bill.at)
        person.tier, person.since = reached, bill.at if is_latest else shop.now


def step(shop: "Shop", number: int, tier: str, *, by_itself: bool) -> None:
    """Another tier from now on, by a step of its own."""
    person = shop.people[number]
    person.tier, person.since = tier, shop.now
    person.steps.append((shop.now, tier, by_itself))


def fall(shop: "Shop", number: int) -> None:
    """A bill was undone: the tier it gave goes with it."""
    person = shop.people[number]
    amount = counted(shop, number, shop.rules, shop.today)
    left = _stays(shop, number, person.tier, amount)
    if person.hand is not None:
        tier, until, over = person.hand
        person.hand = (tier, until, _stays(shop, number, over, amount))
    floor = person.floor(shop.today)
    if floor is not None and rank(person.tier) >= rank(floor):
        left = max(left, floor, key=rank)
    if left != person.tier:
        person.tier, person.since = left, shop.now


def _stays(shop: "Shop", number: int, held: str, amount: int) -> str:
    """A tier stays while it is earned, while a bill that gave it happened, or where no bill gave it."""
    givers, earned, tier = _givers(shop, number), tier_for(shop.rules, amount), held
    while rank(tier) > rank(earned):
        mine = [bill for bill in givers if bill.tiers[1] == tier]
        if not mine or any(not bill.undone for bill in mine):
            break
        tier = mine[0].tiers[0]
    else:
        return held if tier == held else earned
    return tier


def _givers(shop: "Shop", number: int) -> list[Bill]:
    """The bills that lifted to what was not lost by itself since, the newest first."""
    lost = [(at, tier) for at, tier, by_itself in shop.people[number].steps if by_itself]
    return [
        bill
        for bill in reversed(shop.bills_of(number))
        if bill.tiers[0] != bill.tiers[1]
        and not any(at >= bill.recorded_at and rank(tier) < rank(bill.tiers[1]) for at, tier in lost)
    ]


def fall_short(shop: "Shop", number: int, before: int) -> None:
    """Goods came back, and the tier with them, where they were what it was held for."""
    person, rules = shop.people[number], shop.rules
    left = tier_for(rules, counted(shop, number, rules, shop.today))
    if rank(tier_for(rules, before)) < rank(person.tier) or rank(left) >= rank(person.tier):
        return
    floor = person.floor(shop.today)
    tier = max(left, min(floor, person.tier, key=rank), key=rank) if floor else left
    if tier != person.tier:
        step(shop, number, tier, by_itself=False)


def set_by_hand(shop: "Shop", number: int, tier: str, until: date) -> None:
    person = shop.people[number]
    own = own_tier(shop, number)
    held = max(own, tier, key=rank)
    person.hand = (tier, until, own)
    since = person.since if held == person.tier else shop.now
    person.steps.append((shop.now, held, False))
    if held != person.tier:
        person.tier, person.since = held, since
        _follow(shop, number)


def end_hand(shop: "Shop", number: int) -> None:
    person = shop.people[number]
    if person.hand is None:
        raise Refused("no_tier_by_hand")
    _carry_out(shop, number, own_tier(shop, number), None, by_itself=True)


def own_tier(shop: "Shop", number: int) -> str:
    """What is held without the hand: what was below it or is earned by now; more than the hand gave stays."""
    person = shop.people[number]
    if person.hand is None or rank(person.tier) > rank(person.hand[0]):
        return person.tier
    earned = tier_for(shop.rules, counted(shop, number, shop.rules, shop.today))
    return max(person.hand[2], earned, key=rank)


def review(shop: "Shop", number: int) -> None:
    """A tier falls that the window does not qualify for, by the policy and after its grace."""
    person = shop.people[number]
    if person.tier == "member":
        return
    hand_ends = person.hand is not None and person.floor(shop.today) is None
    tier = own_tier(shop, number) if hand_ends else person.tier
    left, short_since, is_step = _judged(shop, number, tier)
    if hand_ends:
        _carry_out(shop, number, left, short_since, by_itself=True, is_step=is_step)
    elif left != tier:
        _carry_out(shop, number, left, None, by_itself=True, is_step=is_step, keep_hand=True)
    else:
        person.short_since = short_since


def _judged(shop: "Shop", number: int, tier: str) -> tuple[str, date | None, bool]:
    """The tier left, since when it is short, and whether it is one step down."""
    person, rules, today = shop.people[number], shop.rules, shop.today
    earned = tier_for(rules, counted(shop, number, rules, today))
    floor = max(earned, person.floor(today) or "member", key=rank)
    if rank(tier) <= rank(floor) or rules.downgrade == "never":
        return tier, None, False
    since = person.short_since or today
    due = since + timedelta(days=rules.tier_grace)
    one_step = rules.downgrade == "one_step"
    if one_step and person.stepped_at is not None and person.stepped_at == person.since:
        due = max(due, plus_months(day_of(person.since), 12))
    if today < due:
        return tier, since, False
    return (TIERS[max(rank(floor), rank(tier) - 1)] if one_step else floor), None, one_step


def _carry_out(
    shop: "Shop",
    number: int,
    tier: str,
    short_since: date | None,
    *,
    by_itself: bool,
    is_step: bool = False,
    keep_hand: bool = False,
) -> None:
    person = shop.people[number]
    moves = tier != person.tier
    person.short_since = short_since
    person.hand = person.hand if keep_hand else None
    person.steps.append((shop.now, tier, by_itself))
    if moves:
        person.tier, person.since = tier, shop.now
        person.stepped_at = shop.now if is_step else person.stepped_at
        _follow(shop, number)


def _follow(shop: "Shop", number: int) -> None:
    if shop.rules.expiry == "tier_window":
        ends.refresh(shop, number)
