"""A birthday as people write it: day before month, with a year or without."""

import re
from datetime import date

from loyalty.errors import Unreadable
from loyalty.typed import fold

EARLIEST = 1900
LEAP = 2000  # a year with a 29 February, for birthdays without one

_ISO = re.compile(r"([0-9]{4})[- ]([0-9]{1,2})[- ]([0-9]{1,2})")
_WRITTEN = re.compile(
    r"(?:sinh )?(?:ngay )?([0-9]{1,2})(?: ?[/.-] ?| ?thang ?| )([0-9]{1,2})(?:(?: ?[/.-] ?| ?nam ?| )([0-9]{1,4}))?"
)
_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")


class BirthdayUnclear(Unreadable):
    """No birthday; `reason`: empty, year (two digits), never (no such day), future."""

    code = "birthday_unclear"

    def __init__(self, typed: str, reason: str = "") -> None:
        super().__init__(typed=fold.quote(typed), reason=reason)


def parse_birthday(text: str, today: date) -> tuple[int | None, int, int]:
    """Year (None: not said), month and day of `20/11/1990`, `20-11`, `20 tháng 11`, `20 11`, `1990-11-20`.

    Raises BirthdayUnclear.
    """
    plain = fold.fold(text).strip()
    if not plain:
        raise BirthdayUnclear(text, "empty")
    year, month, day = _read(text, plain)
    try:
        born = date(year or LEAP, month, day)
    except ValueError:
        raise BirthdayUnclear(text, "never") from None
    if year is not None and not (year >= EARLIEST and born <= today):
        raise BirthdayUnclear(text, "future" if born > today else "never")
    return year, month, day


def _read(text: str, plain: str) -> tuple[int | None, int, int]:
    if found := _ISO.fullmatch(plain):
        return int(found[1]), int(found[2]), int(found[3])
    if (found := _WRITTEN.fullmatch(plain) or _DIGITS.fullmatch(plain)) is None:
        raise BirthdayUnclear(text)
    if found[3] is not None and len(found[3]) != 4:
        raise BirthdayUnclear(text, "year")
    return (None if found[3] is None else int(found[3])), int(found[2]), int(found[1])
