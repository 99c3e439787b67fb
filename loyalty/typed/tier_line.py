"""What staff type to hold somebody in a tier: who, which, until when and why: `0912345678 bạc đến 31/12 khách thân`."""

import re
from datetime import date
from typing import NamedTuple

from loyalty.errors import Unreadable
from loyalty.typed import award, fold, phones
from loyalty.typed.award import Person

EXAMPLE = "0912345678 bạc đến 31/12 khách thân"
TAKE_BACK = frozenset({"bo", "go", "xoa", "huy", "thoi", "off", "none", "remove", "end"})
LEAP = 2028  # a year that has a 29/2

_DAY = re.compile(
    r"(?:(?:đến|den|tới|toi|hết|het|ngày|ngay|until|till|through|to) +)*"
    r"(?P<day>\d{1,2})[/.\-](?P<month>\d{1,2})(?:[/.\-](?P<year>\d{4}|\d{2}))?(?=[,;:.]?(?: |$))",
    re.ASCII | re.IGNORECASE,
)


class TierLine(NamedTuple):
    """Whose tier, which (as typed; None: take back what was set), through which day, and why."""

    person: Person
    tier: str | None
    day: int = 0
    month: int = 0
    year: int | None = None
    reason: str = ""

    def until(self, today: date) -> date:
        """The day meant: without a year the next one, from today on."""
        years = (self.year,) if self.year is not None else range(today.year, today.year + 9)
        found = [day for year in years if (day := _day(year, self.month, self.day)) is not None]
        return next((day for day in found if day >= today), found[0])


class TierUnclear(Unreadable):
    """`reason`: what is missing of it, tier, day or reason; `right` is a right line for that customer."""

    code = "tier_unclear"

    def __init__(self, typed: str, reason: str, person: Person) -> None:
        who = phones.national(person.phone) if person.phone else person.code
        super().__init__(typed=fold.quote(typed), reason=reason, right=f"{who} bạc đến 31/12 khách thân")


def parse(text: str) -> TierLine:
    """`0912345678 bạc đến 31/12 khách thân`, or `0912345678 bỏ`. Raises PhoneUnclear, TierUnclear."""
    person, typed = award.split_person(text)
    rest = fold.plain(typed)
    if fold.fold(rest) in TAKE_BACK:
        return TierLine(person, None)
    found = _DAY.search(rest)
    tier = rest[: found.start()].strip(" ,;:") if found else rest
    if not fold.tokens(tier):
        raise TierUnclear(rest, "tier", person)
    if found is None or _when(found) is None:
        raise TierUnclear(rest, "day", person)
    reason = rest[found.end() :].strip(" ,;:.")
    if not fold.tokens(reason):
        raise TierUnclear(rest, "reason", person)
    return TierLine(person, tier, int(found["day"]), int(found["month"]), _year(found), reason)


def _year(found: re.Match[str]) -> int | None:
    return None if found["year"] is None else int(found["year"]) % 100 + 2000


def _when(found: re.Match[str]) -> date | None:
    return _day(_year(found) or LEAP, int(found["month"]), int(found["day"]))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
