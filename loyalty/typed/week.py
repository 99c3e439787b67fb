"""Opening hours: spans of local time for seven weekdays, read as people write them (`8h-11h30, 13:00-21:00`)."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Self

from loyalty.errors import Unreadable
from loyalty.typed import fold

DAYS = 7  # Monday first
MOST_SPANS = 4  # of one day
LONGEST = 80  # characters of one day's hours
LOOK_AHEAD = 400  # days: longer nobody stays closed
CLOSED = frozenset({"", "-", "x", "nghi", "dong cua", "closed", "off", "khong"})
EXAMPLE = "8:00-11:30, 13:00-21:00"

_TO = re.compile(r"\s*(?:[-~\u2013\u2014]|\bden\b|\btoi\b|\bto\b)\s*")  # with the dashes phones make of it
_AND = re.compile(r"\s*(?:,|;|&|\+|\bva\b|\band\b)\s*")
_CLOCK = re.compile(r"(\d{1,2})\s*(?:(?:h|g|gio|:|\.)\s*(\d{2})?)?")


class HoursUnclear(Unreadable):
    """Hours nobody can be sure of; `typed` is one day's."""

    code = "hours_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example=EXAMPLE)


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) of local time. An end not after the start is the next day's: 18:00-02:00, 8:00-24:00."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    @property
    def lasts(self) -> timedelta:
        length = _since_midnight(self.end) - _since_midnight(self.start)
        return length if length > timedelta() else length + timedelta(days=1)

    def on(self, day: date) -> tuple[datetime, datetime]:
        """From when till when, in local time without a zone."""
        begins = datetime.combine(day, self.start)
        return begins, begins + self.lasts


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of each weekday, Monday first, and the days on which they do not hold."""

    days: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = field(default=frozenset())

    @classmethod
    def of(cls, stored: Sequence[Sequence[str]], closed: Collection[str] = ()) -> Self:
        """From plain texts, as `plain` writes them."""
        return cls(
            tuple(tuple(_span(text) for text in day) for day in stored),
            frozenset(date.fromisoformat(day) for day in closed),
        )

    def plain(self) -> list[list[str]]:
        """The weekdays as plain texts."""
        return [[str(span) for span in day] for day in self.days]

    def is_open(self, local: datetime) -> bool:
        """Whether somebody is there at this local time (without a zone)."""
        yesterday = local.date() - timedelta(days=1)  # its last span may reach past midnight
        return any(begins <= local < ends for begins, ends in self._spans(yesterday, 2))

    def opens_at(self, local: datetime) -> datetime | None:
        """The next local time after this one at which a span begins; None when there is none for over a year."""
        return next((begins for begins, _ends in self._spans(local.date(), LOOK_AHEAD) if begins > local), None)

    def _spans(self, first: date, count: int) -> Iterator[tuple[datetime, datetime]]:
        for number in range(count):
            day = first + timedelta(days=number)
            if day not in self.closed:
                yield from (span.on(day) for span in self.days[day.weekday()])


def read_day(typed: str) -> tuple[Span, ...]:
    """One day's hours in their order; () for a day off (empty, `nghỉ`, `closed`). Raises HoursUnclear."""
    folded = fold.fold(typed)
    if folded in CLOSED:
        return ()
    parts = _AND.split(folded)
    if len(typed) > LONGEST or len(parts) > MOST_SPANS:
        raise HoursUnclear(typed)
    spans = sorted((_read_span(part, typed) for part in parts), key=lambda span: span.start)
    ends = [span.on(date.min)[1] for span in spans]
    if any(end > later.on(date.min)[0] for end, (_span, later) in zip(ends, pairwise(spans), strict=False)):
        raise HoursUnclear(typed)
    return tuple(spans)


def _read_span(part: str, typed: str) -> Span:
    ends = _TO.split(part)
    if len(ends) != 2:
        raise HoursUnclear(typed)
    start, end = (read_clock(each, typed) for each in ends)
    return Span(start, end)


def read_clock(text: str, typed: str = "") -> time:
    """One time of day: 21:00, 21h, 21; 24 is midnight. Raises HoursUnclear, naming `typed` where that is the whole."""
    typed = typed or text
    found = _CLOCK.fullmatch(fold.fold(text))
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hour == 24 and minute == 0:
        return time()
    if hour > 23 or minute > 59:
        raise HoursUnclear(typed)
    return time(hour, minute)


def _span(stored: str) -> Span:
    start, _, end = stored.partition("-")
    return Span(time.fromisoformat(start), time.fromisoformat(end))


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)
