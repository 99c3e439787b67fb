"""When lots end, and how their ends move with what their customer does: `points.moving` on values alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from loyalty.points import lots
from loyalty.points.ending.moving import YEAR_MONTHS, is_moving
from loyalty.points.lots import Share
from loyalty.points.replay.person import Bought, Held, Person
from loyalty.programme import expiry
from loyalty.programme.document import Policy, Programme
from loyalty.programme.expiry import Facts
from loyalty.purchases.months import add_months


def of_earning(person: Person, rules: Programme, earned_on: date, today: date) -> date:
    """The last day of points earned on a shop day, as far as it is known today."""
    if not is_moving(rules):
        return lots.expiry(rules, earned_on)
    last = person.latest
    bought_on = None if last is None else person.day(last)
    facts = Facts(earned_on, bought_on, _tier_until(person, rules, today))
    if rules.expiry.policy is not Policy.TIER_WINDOW and bought_on is not None and bought_on > earned_on:
        facts = replace(facts, bought_last_on=earned_on)
    return expiry.last_day(rules.expiry, earned_on, facts) or date.max


def follow(person: Person, bill: Bought, rules: Programme, today: date, *, gave: bool, has_risen: bool) -> None:
    """Move the ends with a bill just rated, by the rules of today."""
    policy = rules.expiry
    if not is_moving(rules):
        return
    if policy.policy is Policy.TIER_WINDOW:
        if has_risen:
            refresh(person, rules, today)
        return
    if policy.policy is Policy.INACTIVITY and policy.activity == "earning" and not gave:
        return
    if bill.row.purchased_on < today:
        refresh(person, rules, today, only_longer=True)
        return
    until = of_earning(person, rules, today, today)
    for lot in person.open_lots():
        if lot.moves:
            lot.expires_on = max(lot.expires_on, until)


def refresh(person: Person, rules: Programme, today: date, *, only_longer: bool = False) -> None:
    """Work them out anew from what stands; `only_longer` moves none back."""
    if not is_moving(rules) or not (rows := [lot for lot in person.open_lots() if lot.moves]):
        return
    days = _days(person, rules, min(lot.earned_on for lot in rows))
    until = _tier_until(person, rules, today) or date.max
    for lot in rows:
        end = _end(person, rules, lot, days, until)
        lot.expires_on = max(end, lot.expires_on) if only_longer else end
    person.look_again()


def with_tier(person: Person, at: datetime) -> None:
    """Move them with another tier."""
    rules = person.book.on(person.day(at))
    if rules.expiry.policy is Policy.TIER_WINDOW:
        refresh(person, rules, person.day(at))


def allow_grace(person: Person, shares: Sequence[Share], rules: Programme, today: date) -> None:
    """What came back to lots that have ended can be used for the days of grace."""
    if not rules.expiry.grace_days:
        return
    for lot in (person.lot(share.lot_id) for share in shares):
        if lot.remaining > 0 and (until := expiry.usable_again(rules.expiry, lot.expires_on, today)) is not None:
            lot.expires_on, lot.moves = until, False


def _end(person: Person, rules: Programme, lot: Held, days: Sequence[date], until: date) -> date:
    if rules.expiry.policy is not Policy.TIER_WINDOW:
        return expiry.kept_alive(rules.expiry, lot.earned_on, days)
    had_ended = lot.expires_on < person.day(person.tier_since)
    return lot.expires_on if had_ended else max(until, lot.earned_on)


def _tier_until(person: Person, rules: Programme, today: date) -> date | None:
    """The last day of the window of the tier; None: the lowest is held for good."""
    if rules.rank(person.tier) == 0:
        return None
    months = rules.qualification.months if rules.qualification.window == "rolling" else YEAR_MONTHS
    since, rounds = person.day(person.tier_since), 1
    while (end := add_months(since, months * rounds)) < today:
        rounds += 1
    return end


def _days(person: Person, rules: Programme, first: date) -> Sequence[date]:
    """The shop days with what keeps points alive, from the year of the oldest lot on."""
    is_earning = rules.expiry.activity == "earning" and rules.expiry.policy is Policy.INACTIVITY
    bills = (bill for bill in person.standing() if not is_earning or bill.entry_id in person.lots)
    return sorted({bill.row.purchased_on for bill in bills if bill.row.purchased_on >= date(first.year, 1, 1)})
