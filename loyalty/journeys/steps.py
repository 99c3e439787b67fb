"""The steps of a journey and how one walks them: pure, forward only, so that every walk ends.

A step is `{"do": "send", "text": …}` (see `mail`), `{"do": "wait", "days": 3, "at": "10:00"}` or
`{"do": "wait", "hours": 4}`, `{"do": "until", "on": "2026-12-24", "at": "09:00"}`, `{"do": "stop"}`, or
`{"do": "branch", "if": "bought", "then": …, "else": …}`. Where a branch leads is `"on"`, `"stop"`, or the number of a
later step, the first being 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from loyalty.journeys import mail, reading
from loyalty.journeys.faults import BadPlan
from loyalty.journeys.mail import Send
from loyalty.shop import Shop

MOST = 10  # steps
MOST_DAYS, MOST_HOURS = 365, 72
MORNING = time(9)
TESTS = ("bought", "answered", "segment")
KINDS = ("send", "wait", "until", "branch", "stop")

Goal = Literal["on", "stop"] | int  # an int: the position of a later step, 0 the first


@dataclass(frozen=True, slots=True)
class Wait:
    """Whole days, to an hour of the shop where one is stated; or hours."""

    days: int = 0
    hours: int = 0
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Until:
    """An instant of the shop's calendar; one that has passed holds nobody up."""

    on: date
    at: time = MORNING


@dataclass(frozen=True, slots=True)
class Branch:
    """`test`: bought or answered since entering, or is in `segment` (a public id) now."""

    test: str
    yes: Goal
    no: Goal
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    pass


Step = Send | Wait | Until | Branch | Stop
Ask = Callable[[Branch], bool]


@dataclass(frozen=True, slots=True)
class Passed:
    """A step gone through: send, waited, yes, no, stopped."""

    position: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Walk:
    """The steps gone through in one go, and where one stands then: the step to come and when; no time: at the end."""

    passed: Sequence[Passed]
    position: int
    due_at: datetime | None
    reason: str | None = None  # finished, stopped


def walk(steps: Sequence[Step], position: int, ask: Ask, *, now: datetime, shop: Shop) -> Walk:
    """Go on from the step at `position` until one has to wait, or to the end."""
    passed: list[Passed] = []
    while position < len(steps):
        match steps[position]:
            case Send():
                passed.append(Passed(position, "send"))
                position += 1
            case Wait() | Until() as pause:
                passed.append(Passed(position, "waited"))
                position += 1
                if (due_at := ends(pause, now, shop)) > now:
                    return Walk(passed, position, due_at)
            case Branch() as branch:
                holds = ask(branch)
                passed.append(Passed(position, "yes" if holds else "no"))
                goal = branch.yes if holds else branch.no
                if goal == "stop":
                    return Walk(passed, position, None, "stopped")
                position = position + 1 if goal == "on" else goal
            case Stop():
                passed.append(Passed(position, "stopped"))
                return Walk(passed, position, None, "stopped")
    return Walk(passed, len(steps), None, "finished")


def ends(pause: Wait | Until, now: datetime, shop: Shop) -> datetime:
    """When a pause begun now is over."""
    if isinstance(pause, Until):
        return datetime.combine(pause.on, pause.at, shop.timezone)
    if pause.at is None:
        return now + timedelta(days=pause.days, hours=pause.hours)
    due = datetime.combine(shop.day(now) + timedelta(days=pause.days), pause.at, shop.timezone)
    return due if due > now else datetime.combine(shop.day(now) + timedelta(days=1), pause.at, shop.timezone)


def parse(raw: Any) -> tuple[Step, ...]:
    """The steps a plan states. Raises BadPlan."""
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST:
        raise BadPlan("steps", f"must be a list of 1 to {MOST} steps", "steps", most=MOST)
    steps = tuple(_step(each, place, len(raw)) for place, each in enumerate(raw))
    if not any(isinstance(step, Send) for step in steps):
        raise BadPlan("steps", "none of them sends anything", "no_send")
    return steps


def _step(raw: Any, place: int, count: int) -> Step:
    path = f"steps.{place}"
    kind = reading.one_of(raw.get("do") if isinstance(raw, dict) else None, f"{path}.do", KINDS)
    match kind:
        case "send":
            return mail.read(raw, path)
        case "wait":
            return _wait(reading.thing(raw, path, ("do", "days", "hours", "at")), path)
        case "until":
            told = reading.thing(raw, path, ("do", "on", "at"))
            at = reading.clock(told["at"], f"{path}.at") if "at" in told else MORNING
            return Until(reading.day(told.get("on"), f"{path}.on"), at)
        case "branch":
            return _branch(reading.thing(raw, path, ("do", "if", "segment", "then", "else")), path, place, count)
    reading.thing(raw, path, ("do",))
    return Stop()


def _wait(raw: Any, path: str) -> Wait:
    if "hours" in raw:
        if "days" in raw or "at" in raw:
            raise BadPlan(path, "either days, with a time, or hours", "shape")
        return Wait(hours=reading.whole(raw["hours"], f"{path}.hours", 1, MOST_HOURS))
    at = reading.clock(raw["at"], f"{path}.at") if "at" in raw else None
    fewest = 0 if at else 1  # days
    return Wait(reading.whole(raw.get("days", 0), f"{path}.days", fewest, MOST_DAYS), at=at)


def _branch(raw: Any, path: str, place: int, count: int) -> Branch:
    test = reading.one_of(raw.get("if"), f"{path}.if", TESTS)
    segment = reading.words(raw.get("segment"), f"{path}.segment") if test == "segment" else None
    yes, no = (_goal(raw.get(name, "on"), f"{path}.{name}", place, count) for name in ("then", "else"))
    return Branch(test, yes, no, segment)


def _goal(raw: Any, path: str, place: int, count: int) -> Goal:
    if raw == "on" or raw == "stop":
        return "on" if raw == "on" else "stop"
    if type(raw) is not int or not place + 1 < raw <= count:
        low = place + 2
        raise BadPlan(path, f"must be on, stop, or the number of a later step ({low} to {count})", "goal", low=low)
    return raw - 1
