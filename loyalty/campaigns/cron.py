"""Five-field cron in the shop's own time: minute, hour, day of month, month, day of week.

As crontab(5) has it: `*`, lists, ranges, steps, names of months and days, 7 as Sunday; when both days are restricted,
either of them suffices. An hour the clock skips is made up for right after, an hour it repeats counts once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loyalty.errors import RuleViolation

LONGEST = 100
HORIZON = timedelta(days=366 * 8 + 2)  # the longest wait there is: from 29 February 2096 to the one of 2104
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Field(NamedTuple):
    """One of the five: its name, the lowest and highest number, and what numbers are called."""

    name: str
    low: int
    high: int
    words: Mapping[str, int] = {}


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, {word: number for number, word in enumerate(_MONTHS, 1)}),
    Field("weekday", 0, 7, {word: number for number, word in enumerate(_DAYS)}),
)


class BadCron(RuleViolation):
    """No rule of starts; `problem` names the field that is wrong."""

    code = "campaign_cron"

    def __init__(self, problem: str) -> None:
        super().__init__(problem, field="cron", problem=problem, example="0 9 * * mon")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Rule:
    """When a campaign starts. `either`: both kinds of days are restricted, so one of them is enough."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    either: bool

    def next_after(self, instant: datetime, zone: ZoneInfo) -> datetime | None:
        """The first start after `instant`, in UTC; None when there is none within eight years."""
        today = instant.astimezone(zone).date()
        return next((start for start in self._starts(today, zone) if start > instant), None)

    def last_between(self, since: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
        """The newest start from `since` to `until`, in UTC; None when none lies there."""
        found = None
        for start in self._starts(since.astimezone(zone).date(), zone):
            if start > until:
                break
            found = start if start >= since else found
        return found

    def _starts(self, first: date, zone: ZoneInfo) -> Iterator[datetime]:
        for ahead in range(HORIZON.days):
            day = first + timedelta(days=ahead)
            if self._includes(day):
                for hour in self.hours:
                    for minute in self.minutes:
                        yield datetime.combine(day, time(hour, minute), zone).astimezone(UTC)

    def _includes(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day or by_weekday if self.either else by_day and by_weekday


def parse(text: str) -> Rule:
    """The rule that `text` states. Raises BadCron."""
    words = text.lower().split()
    if len(words) != len(FIELDS) or len(text) > LONGEST:
        raise BadCron("must have five fields: minute hour day month weekday")
    minutes, hours, days, months, weekdays = map(_numbers, words, FIELDS)
    return Rule(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(day % 7 for day in weekdays),
        either=not words[2].startswith("*") and not words[4].startswith("*"),
    )


def _numbers(typed: str, field: Field) -> set[int]:
    found: set[int] = set()
    for part in typed.split(","):
        span, slash, step = part.partition("/")
        first, last = _span(span, field, stepped=bool(slash))
        found.update(range(first, last + 1, _number(step, field._replace(low=1, words={})) if slash else 1))
    return found


def _span(typed: str, field: Field, *, stepped: bool) -> tuple[int, int]:
    if typed == "*":
        return field.low, field.high
    first, dash, last = typed.partition("-")
    start = _number(first, field)
    end = _number(last, field) if dash else field.high if stepped else start
    if end < start:
        raise BadCron(f"{field.name}: {start}-{end} runs backwards")
    return start, end


def _number(typed: str, field: Field) -> int:
    plain = typed.isascii() and typed.isdigit() and len(typed) < 4
    number = field.words.get(typed, int(typed) if plain else -1)
    if not field.low <= number <= field.high:
        raise BadCron(f"{field.name}: must be from {field.low} to {field.high}")
    return number
