"""A journey's plan: what makes people enter, how often, which steps they walk, when they leave early.

As JSON: `{"trigger": …, "steps": […], "again": "never" | "yearly" | days, "leave_when_bought": bool}`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from loyalty.journeys import reading, steps, triggers
from loyalty.journeys.mail import Send
from loyalty.journeys.models import JourneyEdition
from loyalty.journeys.steps import Branch, Step
from loyalty.journeys.triggers import InSegment, Trigger

PARTS = ("trigger", "steps", "again", "leave_when_bought")
LONGEST_BREAK = 730  # days


@dataclass(frozen=True, slots=True)
class Plan:
    """`again`: never, yearly (once a calendar year), or after so many days."""

    trigger: Trigger
    steps: tuple[Step, ...]
    again: str | int
    leave_when_bought: bool

    @property
    def sends(self) -> Sequence[Send]:
        """The steps that send, in order."""
        return [step for step in self.steps if isinstance(step, Send)]

    @property
    def segments(self) -> Sequence[str]:
        """Public ids of the segments it asks for."""
        asked = [step.segment for step in self.steps if isinstance(step, Branch) and step.segment]
        return [*asked, *([self.trigger.segment] if isinstance(self.trigger, InSegment) else [])]


def parse(raw: Any) -> Plan:
    """The plan that decoded JSON states. Raises BadPlan."""
    told = reading.thing(raw, "plan", PARTS)
    again = told.get("again", "never")
    if again not in ("never", "yearly"):
        again = reading.whole(again, "again", 1, LONGEST_BREAK)
    leaves = reading.flag(told.get("leave_when_bought", False), "leave_when_bought")
    return Plan(triggers.parse(told.get("trigger")), steps.parse(told.get("steps")), again, leaves)


def of(edition: JourneyEdition) -> Plan:
    """The plan of an edition, read once."""
    return _read(json.dumps(edition.plan))


@lru_cache(maxsize=128)
def _read(text: str) -> Plan:
    return parse(json.loads(text))
