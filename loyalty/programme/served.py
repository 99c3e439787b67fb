"""Which parts of the language the software cannot do yet: a document that uses one is refused, never half obeyed.

A part whose engine has come is taken off WAITING; nothing else changes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from loyalty.programme.document import (
    Programme,
    Qualification,
    Rule,
    Scope,
)

WAITING: Mapping[str, tuple[str, ...]] = {
    "qualification": ("metric", "window", "months", "downgrade", "grace_days", "warn_days"),
}


def missing(programme: Programme) -> Iterator[str]:
    """The places of all that is written and cannot be done yet."""
    silent: Mapping[str, Any] = {
        "qualification": Qualification(),
    }
    for section, names in WAITING.items():
        written = getattr(programme, section)
        yield from (f"{section}.{name}" for name in names if getattr(written, name) != getattr(silent[section], name))
    for number, rule in enumerate(programme.rules):
        yield from (f"rules[{number}].{place}" for place in _of_rule(rule))


def _of_rule(rule: Rule) -> Iterator[str]:
    """What happens without a bill, and birthdays, nobody looks at yet."""
    if rule.scope not in (Scope.LINE, Scope.BILL):
        yield "on"
    if rule.when.birthday:
        yield "when.birthday"
