"""A night's look: every day that was not looked at yet, by every pattern."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.watch import days, findings, past, patterns
from loyalty.watch.clues import Clue
from loyalty.watch.days import Day
from loyalty.watch.models import StaffDay


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in a day: the clues by pattern, and everybody's numbers for later days."""

    on: date
    clues: Mapping[str, Sequence[Clue]]
    numbers: Sequence[StaffDay]


def due(session: Session, yesterday: date) -> list[date]:
    """The days to look at, oldest first: as a rule yesterday alone, never more than four weeks."""
    earliest, newest = yesterday - timedelta(days=past.DAYS - 1), past.newest(session)
    first = earliest if newest is None else max(earliest, newest + timedelta(days=1))
    return [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]


def look(session: Session, on: date) -> Seen:
    """Look at one shop day; nothing is written."""
    day = days.read(session, on, past.before(session, on))
    known = patterns.known()
    found = {code: list(pattern.find(session, day)) for code, pattern in known.items()}
    return Seen(on, found, [_numbers(day, staff_id) for staff_id in sorted(day.awards)])


def keep(session: Session, seen: Seen, *, found: int = 0, night: date, now: datetime) -> int:
    """Keep what was seen; how many findings there are with the `found` ones this night.

    One alert tells the owners of a night, with their number and of nobody. The same day again changes nothing.
    """
    past.keep(session, seen.numbers)
    new = sum(findings.keep(session, code, clues, seen.on, now=now) for code, clues in seen.clues.items())
    if new:
        raising.raise_alert(session, findings.ALERT, f"night:{night}", str(found + new), now=now)
    return found + new


def _numbers(day: Day, staff_id: int) -> StaffDay:
    counted = {code: pattern.count(day, staff_id) for code, pattern in patterns.known().items() if pattern.count}
    return StaffDay(
        day=day.on,
        staff_id=staff_id,
        amounts=[act.total for act in day.bills(staff_id)],
        counts={code: [count.hits, count.of] for code, count in counted.items()},
    )
