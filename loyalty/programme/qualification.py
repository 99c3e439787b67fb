"""The windows a tier is earned and held in: which shop days count on a day, by the qualification of the rules.

A rolling window ends with the day itself. Of years and half years two count: the one that runs, in which a tier is
earned, and the one before it, for which it is held; whichever brings more. So a tier earned in a year is held through
the year after.
"""

from datetime import date, timedelta
from typing import NamedTuple

from loyalty.programme.document import Qualification
from loyalty.purchases.months import add_months

NEXT_DAY = timedelta(days=1)
LONGEST_PERIOD = 12  # months


class Span(NamedTuple):
    """Shop days, both ends included."""

    first: date
    last: date


def spans(qualification: Qualification, day: date, joined_on: date | None = None) -> tuple[Span, ...]:
    """What counts on a day, the running window first. Without a day of joining an anniversary is 12 rolling months."""
    first = window_first(qualification, day, joined_on)
    if is_rolling(qualification, joined_on):
        return (Span(first, day),)
    before = first - NEXT_DAY
    return Span(first, day), Span(window_first(qualification, before, joined_on), before)


def is_rolling(qualification: Qualification, joined_on: date | None = None) -> bool:
    return qualification.window == "rolling" or (qualification.window == "anniversary" and joined_on is None)


def earliest(qualification: Qualification, day: date) -> date:
    """A day before which nothing counts for anybody on a day."""
    months = qualification.months if qualification.window == "rolling" else 2 * LONGEST_PERIOD
    return add_months(day, -months)


def window_first(qualification: Qualification, day: date, joined_on: date | None = None) -> date:
    """The first shop day of the window that runs on a day."""
    match qualification.window:
        case "calendar_year":
            return date(day.year, 1, 1)
        case "half_year":
            return date(day.year, 1 if day.month <= 6 else 7, 1)
        case "anniversary" if joined_on is not None:
            return _last_anniversary(joined_on, day)
    return add_months(day, -qualification.months) + NEXT_DAY


def window_after(qualification: Qualification, day: date, joined_on: date | None = None) -> date:
    """The day a whole window has passed since: so many months on, or the first day of the next period."""
    if is_rolling(qualification, joined_on):
        return add_months(day, qualification.months)
    if qualification.window == "anniversary" and joined_on is not None:
        years = window_first(qualification, day, joined_on).year - joined_on.year
        return add_months(joined_on, 12 * (years + 1))
    months = 6 if qualification.window == "half_year" else 12
    return add_months(window_first(qualification, day), months)


def _last_anniversary(joined_on: date, day: date) -> date:
    """The newest yearly return of a day that has come; one of 29/2 is kept on 28/2."""
    years = day.year - joined_on.year
    latest = add_months(joined_on, 12 * years)
    return latest if latest <= day else add_months(joined_on, 12 * (years - 1))
