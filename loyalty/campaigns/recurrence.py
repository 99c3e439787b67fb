"""Rules of starts as people choose them: every week on some days, or every month on one, at an hour of the shop."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from loyalty.campaigns import cron

MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)  # cron's numbers, as a week is read


@dataclass(frozen=True, slots=True)
class Weekly:
    """`weekdays`: 0 is Sunday."""

    weekdays: tuple[int, ...]
    at: time


@dataclass(frozen=True, slots=True)
class Monthly:
    """A month without that day is passed over."""

    day: int
    at: time


def write(choice: Weekly | Monthly) -> str:
    """The cron rule that says it."""
    if isinstance(choice, Monthly):
        return f"{choice.at.minute} {choice.at.hour} {choice.day} * *"
    days = ",".join(str(day) for day in MONDAY_FIRST if day in choice.weekdays)
    return f"{choice.at.minute} {choice.at.hour} * * {days}"


def read(rule: str) -> Weekly | Monthly | None:
    """The choice a rule came from; None for one that says more than a choice can."""
    stated = cron.parse(rule)
    if len(stated.minutes) != 1 or len(stated.hours) != 1 or len(stated.months) != 12 or stated.either:
        return None
    at = time(stated.hours[0], stated.minutes[0])
    if len(stated.days) == 31:
        return Weekly(tuple(day for day in MONDAY_FIRST if day in stated.weekdays), at)
    return Monthly(min(stated.days), at) if len(stated.days) == 1 and len(stated.weekdays) == 7 else None


def upcoming(rule: str, now: datetime, zone: ZoneInfo, *, count: int = 3) -> list[datetime]:
    """The next starts, in UTC; fewer where the rule has no more within eight years. Raises BadCron."""
    return list(_after(cron.parse(rule), now, zone, count))


def _after(rule: cron.Rule, instant: datetime, zone: ZoneInfo, count: int) -> Iterable[datetime]:
    found: datetime | None = instant
    for _ in range(count):
        found = rule.next_after(found, zone) if found else None
        if found is None:
            return
        yield found
