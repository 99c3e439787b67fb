"""Reading one value of a plan, with where it stands and what is wrong with it."""

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any

from loyalty.journeys.faults import BadPlan

LONGEST_ID = 64


def thing(value: Any, path: str, allowed: Collection[str]) -> Mapping[str, Any]:
    """An object that holds nothing but what it may. Raises BadPlan."""
    if not isinstance(value, dict):
        raise BadPlan(path, "must be an object", "shape")
    for name in value:
        if name not in allowed:
            raise BadPlan(path, f"holds only {', '.join(sorted(allowed))}", "shape")
    return value


def whole(value: Any, path: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:  # a boolean is not a number
        raise BadPlan(path, f"must be a whole number from {low} to {high}", "number", low=low, high=high)
    return value


def flag(value: Any, path: str) -> bool:
    if type(value) is not bool:
        raise BadPlan(path, "must be true or false", "shape")
    return value


def one_of(value: Any, path: str, offered: Collection[str]) -> str:
    if not isinstance(value, str) or value not in offered:
        raise BadPlan(path, f"must be one of {', '.join(offered)}", "choice")
    return value


def words(value: Any, path: str, longest: int = LONGEST_ID) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= longest:
        raise BadPlan(path, f"must be a text of 1 to {longest} characters", "missing")
    return value.strip()


def clock(value: Any, path: str) -> time:
    """A time of the shop's day, 09:30."""
    try:
        if not isinstance(value, str) or len(value) != 5:
            raise ValueError
        return time.fromisoformat(value)
    except ValueError:
        raise BadPlan(path, "must be a time such as 09:30", "clock") from None


def day(value: Any, path: str) -> date:
    """A calendar day of this century, 2026-12-24."""
    try:
        if not isinstance(value, str) or len(value) != 10 or not "2000" <= value < "2100":
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise BadPlan(path, "must be a day such as 2026-12-24", "day") from None
