"""When points end: the last day they can be used, by the policy of the rules. The day of earning does not count."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from loyalty.programme.document import Expiry, Policy
from loyalty.purchases.months import add_months

PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
FIXED = (Policy.AFTER, Policy.DATES, Policy.NEVER)  # known on the day of earning; the others move with the customer


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the customer beside the day of earning; None: no such day."""

    earned_last_on: date | None = None
    bought_last_on: date | None = None
    tier_until: date | None = None  # the last day the tier is held for sure


NOTHING = Facts()


def last_day(policy: Expiry, earned_on: date, facts: Facts = NOTHING) -> date | None:
    """The last shop day points earned on a day can be used, which counts whole; None: they do not end.

    A month from 31/1 ends on 28/2 or 29/2. A moving policy never ends before the day of earning.
    """
    match policy.policy:
        case Policy.AFTER:
            return _rounded_up(_later(earned_on, policy), policy.round_up)
        case Policy.DATES:
            return _next_date(earned_on, policy.dates)
        case Policy.INACTIVITY:
            return _later(_last_active(policy, earned_on, facts), policy)
        case Policy.YEAR_UNLESS_BOUGHT:
            return date(_year_kept(earned_on, facts.bought_last_on), 12, 31)
        case Policy.TIER_WINDOW:
            return facts.tier_until and max(facts.tier_until, earned_on)
        case Policy.NEVER:
            return None


def kept_alive(policy: Expiry, earned_on: date, days: Iterable[date]) -> date:
    """The last day of points whose end each of these days moves on, ascending: as far as the first gap between them."""
    end = last_day(policy, earned_on) or date.max
    for day in days:
        if day > end:
            break
        end = max(end, last_day(policy, earned_on, Facts(day, day)) or date.max)
    return end


def usable_again(policy: Expiry, ended_on: date, returned_on: date) -> date | None:
    """The last day of points given back on a day although their lot has ended; None: they are lost."""
    return returned_on + timedelta(days=policy.grace_days) if policy.grace_days and ended_on < returned_on else None


def calendar(policy: Expiry, today: date) -> Iterator[tuple[date, date | None]]:
    """For today and the first day of each of the next 12 months: when points earned then end, if nothing else happens.

    Somebody who earns by buying and does neither again, in a tier whose window is of 12 months.
    """
    first = today.replace(day=1)
    for earned_on in (today, *(add_months(first, number) for number in range(1, 13))):
        yield earned_on, last_day(policy, earned_on, Facts(earned_on, earned_on, add_months(earned_on, 12)))


def _later(day: date, policy: Expiry) -> date:
    return add_months(day, policy.months) if policy.months else day + timedelta(days=policy.days)


def _rounded_up(day: date, period: str) -> date:
    """The last day of the period a day lies in."""
    if not period:
        return day
    length = PERIOD_MONTHS[period]
    month = (day.month + length - 1) // length * length
    return date(day.year, month, monthrange(day.year, month)[1])


def _next_date(day: date, dates: tuple[tuple[int, int], ...]) -> date:
    """The first of these days of the year after a day; 29/2 is kept on 28/2."""
    coming = (_on(year, month, number) for year in (day.year, day.year + 1) for month, number in dates)
    return min(each for each in coming if each > day)


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _last_active(policy: Expiry, earned_on: date, facts: Facts) -> date:
    last = facts.bought_last_on if policy.activity == "purchase" else facts.earned_last_on
    return max(earned_on, last or earned_on)


def _year_kept(earned_on: date, bought_on: date | None) -> int:
    """Points live through the year after the last one with a purchase; without one, through their own."""
    if bought_on is None or bought_on.year < earned_on.year:
        return earned_on.year
    return bought_on.year + 1
