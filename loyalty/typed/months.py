"""A month as people name one: «tháng 10», «tháng trước», «10/2025», `october`, `last month`."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from loyalty.errors import Unreadable
from loyalty.typed import fold

ENGLISH = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
VIETNAMESE = ("mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi", "muoi mot", "muoi hai")
NAMES = {
    **{name: number for names in (ENGLISH, VIETNAMESE) for number, name in enumerate(names, 1)},
    **{name[:3]: number for number, name in enumerate(ENGLISH, 1)},
    "gieng": 1,
    "chap": 12,
}
DAY = timedelta(days=1)


class MonthUnclear(Unreadable):
    """Words that name no month. `is_close`: they would, were there so many."""

    code = "month_unclear"

    def __init__(self, typed: str, *, is_close: bool = False) -> None:
        super().__init__(typed=fold.quote(typed))
        self.is_close = is_close


class Month(NamedTuple):
    """So many months `back` from this one; or a `number`, 1 to 12, of a `year`, the newest begun where none is said."""

    back: int = 0
    number: int | None = None
    year: int | None = None

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day of it."""
        year, number = self._named(today)
        first = date(year, number, 1)
        return first, (first + 31 * DAY).replace(day=1) - DAY

    def _named(self, today: date) -> tuple[int, int]:
        if self.number is not None:
            return self.year or (today.year if self.number <= today.month else today.year - 1), self.number
        years, month = divmod(today.year * 12 + today.month - 1 - self.back, 12)
        return years, month + 1


def parse_month(text: str) -> Month:
    """The month somebody names; nothing is this one. Raises MonthUnclear."""
    typed = " ".join(fold.tokens(text))
    for form, read in FORMS:
        if found := form.fullmatch(typed):
            month = read(found.groups())
            if month.number is not None and not 1 <= month.number <= len(ENGLISH):
                raise MonthUnclear(text, is_close=True)
            return month
    raise MonthUnclear(text)


def _numbered(groups: Sequence[str | None]) -> Month:
    number, year = groups
    return Month(0, int(number or 0), int(year) if year else None)


def _spelt(groups: Sequence[str | None]) -> Month:
    name, year = groups
    return Month(0, NAMES[name or ""], int(year) if year else None)


_YEAR = r"(?: (?:nam |of )?(20\d\d))?"
_VIETNAMESE = "|".join(["gieng", "chap", *VIETNAMESE])
_ENGLISH = "|".join([*ENGLISH, *(name[:3] for name in ENGLISH)])

FORMS: tuple[tuple[re.Pattern[str], Callable[[Sequence[str | None]], Month]], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        (r"(?:thang nay|(?:for |of )?this month|)", lambda _: Month()),
        (r"(?:thang truoc|thang roi|(?:for |of )?last month)", lambda _: Month(1)),
        (rf"(?:cua |trong )?(?:thang|t|month) ?(\d{{1,2}}){_YEAR}", _numbered),
        (r"(\d{1,2}) (20\d\d)", _numbered),
        (rf"(?:cua |trong )?thang ({_VIETNAMESE}){_YEAR}", _spelt),
        (rf"(?:for |of |in )?({_ENGLISH}){_YEAR}", _spelt),
    )
)
