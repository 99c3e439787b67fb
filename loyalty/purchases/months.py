"""Month arithmetic on shop days."""

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day so many months on (or back), or the last of that month when it has no such day.

    31/1 + 1 month is 28/2 or 29/2; 29/2 + 12 months is 28/2. A later day never gives an earlier one.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
