"""Days of the shop's calendar, as a document names them: dates, days that return every year, lunar days, windows.

`2026-12-24` is one day. `24/12` returns every year, `lunar 15/8` every lunar year; two of a kind with ` - ` between
them are a window, ends included, which may cross the new year: `lunar 29/12 - 5/1`. A lunar 30th is kept on the 29th
in a month that has no 30th; 29/2 is kept in leap years only. Names stand for the days people plan with.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from loyalty.typed import lunar

NAMED: Mapping[str, str] = {
    "new_year": "1/1",
    "womens_day": "8/3",
    "reunification_day": "30/4",
    "labour_day": "1/5",
    "childrens_day": "1/6",
    "national_day": "2/9",
    "vietnamese_womens_day": "20/10",
    "teachers_day": "20/11",
    "christmas": "24/12 - 25/12",
    "kitchen_gods": "lunar 23/12",
    "tet": "lunar 29/12 - 5/1",
    "god_of_wealth": "lunar 10/1",
    "hung_kings": "lunar 10/3",
    "vu_lan": "lunar 15/7",
    "mid_autumn": "lunar 15/8",
}
LOOK_AHEAD = 366 * 9  # days: a 29/2 comes at least once in them

_DAY = r"(\d{1,2})/(\d{1,2})"
_PATTERN = re.compile(rf"(lunar\s+)?{_DAY}(?:\s*[-–]\s*{_DAY})?")


class Calendar(StrEnum):
    DATE = "date"
    SOLAR = "solar"
    LUNAR = "lunar"


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, ends included; (month, day) for those that return, whole dates for those that do not."""

    calendar: Calendar
    first: tuple[int, ...]
    last: tuple[int, ...]
    text: str  # as it was written

    def hold(self, day: date) -> bool:
        """Whether a shop day is one of them."""
        match self.calendar:
            case Calendar.DATE:
                return self.first <= (day.year, day.month, day.day) <= self.last
            case Calendar.SOLAR:
                return _between((day.month, day.day), self.first, self.last)
        return any(first <= day <= last for first, last in self._lunar_windows(lunar.of(day).year))

    def _lunar_windows(self, year: int) -> Sequence[tuple[date, date]]:
        """The windows that begin in a lunar year and in the one before it."""
        crosses = self.first > self.last
        return [
            (lunar.to_date(*reversed(self.first), begun), lunar.to_date(*reversed(self.last), begun + crosses))
            for begun in (year - 1, year)
        ]


def read(typed: str, own: Mapping[str, Sequence[Days]]) -> Sequence[Days] | None:
    """The days a text names, by a name of the shop's `own`, of NAMED, or as a pattern; None: no such day."""
    text = " ".join(typed.split()).casefold()
    if text in own:
        return own[text]
    if text in NAMED:
        return [found] if (found := _pattern(NAMED[text], text)) else None
    return [found] if (found := _date(text) or _pattern(text, text)) else None


def of_date(day: date) -> Days:
    """One day, which does not return."""
    return Days(Calendar.DATE, (day.year, day.month, day.day), (day.year, day.month, day.day), day.isoformat())


def ever(patterns: Sequence[Days], weekdays: frozenset[int], first: date, last: date | None) -> bool:
    """Whether a day of these comes from `first` to `last` (None: in the years to come), on one of these weekdays."""
    ends = min(last or date.max, first + timedelta(days=LOOK_AHEAD))
    span = (first + timedelta(days=number) for number in range((ends - first).days + 1))
    return any(
        (not weekdays or day.weekday() in weekdays) and (not patterns or any(one.hold(day) for one in patterns))
        for day in span
    )


def _date(text: str) -> Days | None:
    try:
        return of_date(date.fromisoformat(text))
    except ValueError:
        return None


def _pattern(text: str, written: str) -> Days | None:
    if (found := _PATTERN.fullmatch(text)) is None:
        return None
    first = (int(found[3]), int(found[2]))
    last = first if found[4] is None else (int(found[5]), int(found[4]))
    kind = Calendar.LUNAR if found[1] else Calendar.SOLAR
    return Days(kind, first, last, written) if _exists(kind, first) and _exists(kind, last) else None


def _exists(kind: Calendar, day: tuple[int, int]) -> bool:
    if not 1 <= day[0] <= 12:
        return False
    return 1 <= day[1] <= (30 if kind is Calendar.LUNAR else calendar.monthrange(2024, day[0])[1])


def _between(day: tuple[int, ...], first: tuple[int, ...], last: tuple[int, ...]) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last
