"""The window a tier is earned in: which shop days count on a day, by the qualification of the rules."""

from datetime import date, timedelta

from loyalty.programme.document import Qualification
from loyalty.purchases.months import add_months


def window_first(qualification: Qualification, day: date, joined_on: date | None = None) -> date:
    """The first shop day that counts towards a tier on a day. Without a day of joining an anniversary is rolling."""
    match qualification.window:
        case "calendar_year":
            return date(day.year, 1, 1)
        case "half_year":
            return date(day.year, 1 if day.month <= 6 else 7, 1)
        case "anniversary" if joined_on is not None:
            return _last_anniversary(joined_on, day)
        case "anniversary":
            return add_months(day, -12) + timedelta(days=1)
    return add_months(day, -qualification.months) + timedelta(days=1)


def _last_anniversary(joined_on: date, day: date) -> date:
    """The newest yearly return of a day that has come; one of 29/2 is kept on 28/2."""
    years = day.year - joined_on.year
    latest = add_months(joined_on, 12 * years)
    return latest if latest <= day else add_months(joined_on, 12 * (years - 1))
