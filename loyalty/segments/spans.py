"""What a condition's values allow, in one form for SQL, for Python and for sentences."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from loyalty.segments.fields.sources import FARTHEST, Span
from loyalty.segments.rules import Condition, Frame

__all__ = ["Span", "birthdays", "days_ahead", "days_until", "includes", "instants", "numbers", "tiers"]

LEAP = 2000
CALENDAR = [
    (date(LEAP, 1, 1) + timedelta(days=days)).month * 100 + (date(LEAP, 1, 1) + timedelta(days=days)).day
    for days in range(366)
]  # every day of the year as totals keep it: 1120 for 20 November


def numbers(condition: Condition) -> list[Span]:
    """The whole numbers an affirmed condition on a number holds for."""
    values = [int(value) for value in condition.values]
    match condition.op:
        case "<":
            return [(None, values[0] - 1)]
        case "<=":
            return [(None, values[0])]
        case ">":
            return [(values[0] + 1, None)]
        case ">=":
            return [(values[0], None)]
        case "between":
            return [(values[0], values[1])]
    return [(value, value) for value in values]


def tiers(condition: Condition, frame: Frame) -> list[str]:
    """The codes of the tiers an affirmed condition on the tier holds for."""
    ranks = Condition(
        condition.field, condition.op, tuple(frame.programme.rank(str(code)) for code in condition.values)
    )
    return [
        tier.code
        for rank, tier in enumerate(frame.programme.tiers)
        if any(includes(span, rank) for span in numbers(ranks))
    ]


def includes(span: Span, value: int) -> bool:
    low, high = span
    return (low is None or low <= value) and (high is None or value <= high)


def instants(span: Span, frame: Frame) -> tuple[datetime | None, datetime | None]:
    """The instants that lie so many shop days back: from the first on, before the second."""
    fewest, most = span
    since = None if most is None else frame.shop.midnight(_days_off(frame.today, -most))
    until = None if fewest is None else frame.shop.midnight(_days_off(frame.today, 1 - fewest))
    return since, until


def days_ahead(span: Span, frame: Frame) -> tuple[date | None, date | None]:
    """The first and the last of the shop days so far ahead."""
    fewest, most = span
    first = None if fewest is None else _days_off(frame.today, fewest)
    return first, None if most is None else _days_off(frame.today, most)


def birthdays(spans: list[Span], frame: Frame) -> list[Span]:
    """The birthdays (1120 for 20 November) that come again within the spans, as runs of neighbours."""
    return _birthdays(tuple(spans), frame.today, frame.programme.leap_to_march)


@lru_cache(maxsize=256)
def _birthdays(spans: tuple[Span, ...], today: date, leap_to_march: bool) -> list[Span]:
    near = [any(includes(span, days_until(code, today, leap_to_march)) for span in spans) for code in CALENDAR]
    runs = groupby(zip(CALENDAR, near, strict=True), key=lambda each: each[1])
    found = [[code for code, _is_near in run] for is_near, run in runs if is_near]
    return [(run[0], run[-1]) for run in found]


@lru_cache(maxsize=4096)
def days_until(code: int, today: date, leap_to_march: bool) -> int:
    """Shop days until a birthday comes, 0 being today; 29 February as the programme keeps it in other years."""
    return min((day - today).days for day in _kept(code, today, leap_to_march) if day >= today)


def _kept(code: int, today: date, leap_to_march: bool) -> list[date]:
    month, day = divmod(code, 100)
    kept = []
    for year in (today.year, today.year + 1):
        try:
            kept.append(date(year, month, day))
        except ValueError:
            kept.append(date(year, 3, 1) if leap_to_march else date(year, 2, 28))
    return kept


def _days_off(today: date, days: int) -> date:
    return today + timedelta(days=max(-FARTHEST, min(days, FARTHEST)))
