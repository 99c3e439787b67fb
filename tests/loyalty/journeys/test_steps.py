"""The steps of a journey: read strictly, and walked as a simple model walks them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.journeys import plans, steps
from loyalty.journeys.faults import BadPlan
from loyalty.journeys.mail import Send
from loyalty.journeys.steps import Branch, Step, Stop, Wait
from loyalty.settings import Settings
from loyalty.shop import Shop
from tests.builders import NOON
from tests.builders_journeys import SEND, plan

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def place() -> Shop:
    return Shop.from_settings(Settings(timezone=ZoneInfo("Asia/Ho_Chi_Minh")))


@pytest.mark.parametrize(
    ("raw", "ends"),
    [
        ({"do": "wait", "hours": 4}, NOON + 4 * HOUR),
        ({"do": "wait", "days": 3}, NOON + 3 * DAY),
        ({"do": "wait", "days": 1, "at": "09:00"}, datetime(2026, 11, 23, 2, tzinfo=UTC)),
        ({"do": "wait", "days": 0, "at": "18:00"}, datetime(2026, 11, 22, 11, tzinfo=UTC)),  # still to come today
        ({"do": "wait", "days": 0, "at": "09:00"}, datetime(2026, 11, 23, 2, tzinfo=UTC)),  # it is noon already
        ({"do": "until", "on": "2026-12-24"}, datetime(2026, 12, 24, 2, tzinfo=UTC)),
        ({"do": "until", "on": "2026-12-24", "at": "18:30"}, datetime(2026, 12, 24, 11, 30, tzinfo=UTC)),
    ],
)
def test_a_pause_ends_at_the_shops_own_hour(raw: dict[str, Any], ends: datetime, place: Shop) -> None:
    found = steps.walk(steps.parse([raw, SEND]), 0, lambda _branch: False, now=NOON, shop=place)
    assert (found.position, found.due_at) == (1, ends)


def test_a_day_that_has_passed_holds_nobody_up(place: Shop) -> None:
    found = steps.walk(
        steps.parse([{"do": "until", "on": "2026-11-01"}, SEND]), 0, lambda _branch: False, now=NOON, shop=place
    )
    assert [passed.outcome for passed in found.passed] == ["waited", "send"]
    assert (found.due_at, found.reason) == (None, "finished")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"steps": []}, "steps"),
        ({"steps": [{"do": "stop"}]}, "steps"),  # sends nothing
        ({"steps": [SEND] * 11}, "steps"),
        ({"steps": [SEND, {"do": "fly"}]}, "steps.1.do"),
        ({"steps": ["send"]}, "steps.0.do"),
        ({"steps": [{"do": "send", "text": "Chào {ten}"}]}, "steps.0.text"),
        ({"steps": [{"do": "send", "text": 7}]}, "steps.0.text"),
        ({"steps": [{"do": "send", "text": "Chào", "to": "all"}]}, "steps.0"),
        ({"steps": [{"do": "wait", "days": True}, SEND]}, "steps.0.days"),
        ({"steps": [{"do": "wait", "days": 0}, SEND]}, "steps.0.days"),
        ({"steps": [{"do": "wait", "days": 1, "hours": 1}, SEND]}, "steps.0"),
        ({"steps": [{"do": "wait", "days": 1, "at": "9h"}, SEND]}, "steps.0.at"),
        ({"steps": [{"do": "until", "on": "24/12/2026"}, SEND]}, "steps.0.on"),
        ({"steps": [{"do": "branch", "if": "happy"}, SEND]}, "steps.0.if"),
        ({"steps": [{"do": "branch", "if": "bought", "then": 1}, SEND]}, "steps.0.then"),  # itself
        ({"steps": [SEND, {"do": "branch", "if": "bought", "else": 1}]}, "steps.1.else"),  # backwards
        ({"steps": [SEND, {"do": "branch", "if": "bought", "else": 3}]}, "steps.1.else"),  # there is no third
        ({"steps": [{"do": "branch", "if": "segment"}, SEND]}, "steps.0.segment"),
        ({"trigger": {"kind": "moon"}}, "trigger.kind"),
        ({"trigger": {"kind": "birthday", "days_before": 31}}, "trigger.days_before"),
        ({"trigger": {"kind": "away", "times": 0.5}}, "trigger.times"),
        ({"trigger": {"kind": "away", "times": "2"}}, "trigger.times"),
        ({"trigger": {"kind": "purchase", "sku": "A", "category": "B"}}, "trigger.category"),
        ({"trigger": {"kind": "birthday", "days": 1}}, "trigger"),
        ({"again": "always"}, "again"),
        ({"again": 0}, "again"),
        ({"leave_when_bought": 1}, "leave_when_bought"),
        ({"owner": "me"}, "plan"),
    ],
)
def test_a_plan_that_says_nothing_clear_is_refused_with_its_place(changed: dict[str, Any], path: str) -> None:
    with pytest.raises(BadPlan) as refused:
        plans.parse({**plan(), **changed})
    assert refused.value.path == path


GOALS = st.sampled_from(["on", "stop"]) | st.integers(0, 9)
ONE = st.one_of(
    st.just(Send("Chào")),
    st.builds(Wait, hours=st.integers(1, 5)),
    st.builds(Branch, test=st.just("bought"), yes=GOALS, no=GOALS),
    st.just(Stop()),
)


def forward(drawn: list[Step]) -> list[Step]:
    """Only what `parse` lets through: no branch leads back, or beyond the end."""

    def led(place: int, goal: Any) -> Any:
        return goal if isinstance(goal, str) or place < goal < len(drawn) else "on"

    return [
        Branch(step.test, led(place, step.yes), led(place, step.no)) if isinstance(step, Branch) else step
        for place, step in enumerate(drawn)
    ]


def model(plan_steps: list[Step], answers: list[bool]) -> list[tuple[int, str, int]]:
    """(step, what, hour) of a whole journey: the plainest way to tell it."""
    told, place, hour = [], 0, 0
    while place < len(plan_steps):
        step, at = plan_steps[place], place
        place += 1
        if isinstance(step, Send):
            told.append((at, "send", hour))
        elif isinstance(step, Wait):
            told.append((at, "waited", hour))
            hour += step.hours
        elif isinstance(step, Branch):
            goal = step.yes if answers[at] else step.no
            told.append((at, "yes" if answers[at] else "no", hour))
            place = len(plan_steps) if goal == "stop" else at + 1 if goal == "on" else goal
        else:
            told.append((at, "stopped", hour))
            place = len(plan_steps)
    return told


@given(drawn=st.lists(ONE, min_size=1, max_size=10), answers=st.lists(st.booleans(), min_size=10, max_size=10))
def test_walking_in_pieces_does_what_the_model_does(place: Shop, drawn: list[Step], answers: list[bool]) -> None:
    walked, position, now = [], 0, NOON
    plan_steps = forward(drawn)
    while True:
        asked = iter(range(position, 11))

        def answer(branch: Branch, at: list[Step] = plan_steps, asked: Any = asked) -> bool:
            return bool(answers[next(index for index in asked if index < len(at) and at[index] is branch)])

        found = steps.walk(plan_steps, position, answer, now=now, shop=place)
        walked += [(each.position, each.outcome, int((now - NOON) / HOUR)) for each in found.passed]
        if found.due_at is None:
            break
        position, now = found.position, found.due_at
    assert walked == model(plan_steps, answers)
    assert [at for at, _what, _hour in walked] == sorted({at for at, _what, _hour in walked})  # each once, forward
