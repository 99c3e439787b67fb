"""When the points of the model end, and how their ends move."""

from datetime import date
from typing import TYPE_CHECKING

from tests.loyalty.points.stateful.programmes import Rules, later, plus_months
from tests.loyalty.points.stateful.rows import NEVER, Bill, Lot, day_of

if TYPE_CHECKING:
    from tests.loyalty.points.stateful.model import Shop


def of_new(shop: "Shop", number: int, rules: Rules, earned_on: date) -> date:
    """The last day of points earned on a day."""
    match rules.expiry:
        case "after" | "inactivity":
            return later(rules, earned_on)
        case "dates":
            found = [date(year, *each) for year in (earned_on.year, earned_on.year + 1) for each in rules.dates]
            return min(day for day in found if day > earned_on)
        case "year_unless_bought":
            bought = [bill.on for bill in shop.bills_of(number) if bill.stands and bill.on <= earned_on]
            lives_on = any(day.year == earned_on.year for day in bought) or _later_buy(shop, number, earned_on)
            return date(earned_on.year + (1 if lives_on else 0), 12, 31)
        case "tier_window":
            return max(_window_end(shop, number, rules), earned_on)
    return NEVER


def _later_buy(shop: "Shop", number: int, earned_on: date) -> bool:
    """A bill that comes late, after others: its own day keeps it, the later ones are looked at with all others."""
    return any(bill.stands and bill.on > earned_on for bill in shop.bills_of(number))


def follow(shop: "Shop", bill: Bill, *, rose: bool) -> None:
    """A bill keeps points alive."""
    rules = shop.rules
    if rules.expiry == "tier_window":
        if rose:
            refresh(shop, bill.person)
    elif rules.moves and (rules.expiry != "inactivity" or bill.points):
        if bill.on < shop.today:
            refresh(shop, bill.person, only_longer=True)
            return
        until = of_new(shop, bill.person, rules, shop.today)
        for lot in shop.people[bill.person].lots.values():
            if lot.moves and lot.remaining:
                lot.last = max(lot.last, until)


def refresh(shop: "Shop", number: int, *, only_longer: bool = False) -> None:
    """Work the ends out anew from what stands; a bill that comes late shortens nothing."""
    if not shop.rules.moves:
        return
    for lot in shop.people[number].lots.values():
        if lot.moves and lot.remaining:
            anew = _anew(shop, number, lot)
            lot.last = max(anew, lot.last) if only_longer else anew


def _anew(shop: "Shop", number: int, lot: Lot) -> date:
    rules, person = shop.rules, shop.people[number]
    if rules.expiry == "tier_window":
        ended = lot.last < day_of(person.since)
        return lot.last if ended else max(_window_end(shop, number, rules), lot.earned_on)
    first = date(min(each.earned_on.year for each in person.lots.values() if each.moves and each.remaining), 1, 1)
    alive = [
        bill.on
        for bill in shop.bills_of(number)
        if bill.stands and bill.on >= first and (rules.expiry != "inactivity" or bill.lot is not None)
    ]
    end = _kept(rules, lot.earned_on, None)
    for day in sorted(alive):
        if day > end:
            break
        end = max(end, _kept(rules, lot.earned_on, day))
    return end


def _kept(rules: Rules, earned_on: date, day: date | None) -> date:
    """How far a day with a bill moves an end."""
    if rules.expiry == "inactivity":
        return later(rules, max(earned_on, day or earned_on))
    if day is None or day.year < earned_on.year:
        return date(earned_on.year, 12, 31)
    return date(day.year + 1, 12, 31)


def _window_end(shop: "Shop", number: int, rules: Rules) -> date:
    """So many whole windows from when the tier was reached; the lowest is held for good."""
    person = shop.people[number]
    if person.tier == "member":
        return NEVER
    rounds = 1
    while (end := plus_months(day_of(person.since), 12 * rounds)) < shop.today:
        rounds += 1
    return end
