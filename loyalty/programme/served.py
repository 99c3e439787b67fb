"""Which parts of the language the software cannot do yet: a document that uses one is refused, never half obeyed.

A part whose engine has come is taken off WAITING; nothing else changes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from loyalty.programme.document import (
    Expiry,
    Pending,
    Policy,
    Programme,
    Redemption,
    Returns,
)
from loyalty.programme.expiry import FIXED

WAITING: Mapping[str, tuple[str, ...]] = {
    "expiry": ("grace_days",),
    "redemption": ("minimum_balance", "point_value", "max_share"),
    "returns": ("shortfall", "tier"),
    "pending": ("release",),
}
LIMITS = ("points_per_day", "customer_awards_per_day")  # of a role


def missing(programme: Programme) -> Iterator[str]:
    """The places of all that is written and cannot be done yet."""
    silent: Mapping[str, Any] = {
        "expiry": Expiry(Policy.AFTER),
        "redemption": Redemption(),
        "returns": Returns(),
        "pending": Pending(),
    }
    for section, names in WAITING.items():
        written = getattr(programme, section)
        yield from (f"{section}.{name}" for name in names if getattr(written, name) != getattr(silent[section], name))
    if programme.expiry.policy not in FIXED:
        yield "expiry.policy"
    for role, limits in programme.limits.items():
        yield from (f"limits.{role}.{name}" for name in LIMITS if getattr(limits, name) is not None)
