"""What cannot be a journey, or be done with one."""

from collections.abc import Sequence
from typing import Any

from loyalty.errors import Conflict, NotFound, RuleViolation


class JourneyNotFound(NotFound):
    """No journey has this id."""

    code = "journey_not_found"


class WrongJourneyState(Conflict):
    """Not from this `state`; `needed` are those it can be done in."""

    code = "journey_state"

    def __init__(self, state: str, needed: Sequence[str]) -> None:
        super().__init__(f"the journey is {state}", state=state, needed=list(needed))


class BadPlan(RuleViolation):
    """A plan that says nothing clear; `path` (`steps.2.text`) is where, `problem` what.

    `fault` names it for a sentence of one's own, which may quote `quoted`.
    """

    code = "journey_plan"

    def __init__(self, path: str, problem: str, fault: str, **quoted: Any) -> None:
        super().__init__(f"{path}: {problem}", path=path, problem=problem)
        self.path, self.problem, self.fault, self.quoted = path, problem, fault, quoted
