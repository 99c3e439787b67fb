"""A calendar day as people and programs write it: `2026-11-30`, `30/11/2026`; a time behind it is left out."""

import re
from datetime import date

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?: .*)?", re.ASCII)
_ISO = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?", re.ASCII)


def find_day(typed: str, *, may_be_short: bool = False) -> date | None:
    """The day a text names, day first unless the year is; None for anything else, also for 31/2.

    `may_be_short`: a year of two digits is one of this century.
    """
    if iso := _ISO.fullmatch(typed):
        return _date(iso[1], iso[2], iso[3])
    local = _DAY.fullmatch(typed)
    if local is None or (len(local[3]) == 2 and not may_be_short):
        return None
    return _date(local[3] if len(local[3]) == 4 else f"20{local[3]}", local[2], local[1])


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
