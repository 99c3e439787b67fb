"""Which exercises each role is given in chat, in their order: entering, finding, reading, tiers and segments."""

from collections.abc import Mapping, Sequence

from loyalty.staff.models import Role

_CHARGE = ("find", "tier", "award", "return", "undo", "adjust", "hold", "approve", "week", "segment")
LESSONS: Mapping[Role, Sequence[str]] = {
    Role.CASHIER: ("find", "visits", "tier", "award", "amount", "try", "note", "return", "undo", "redeem"),
    Role.MANAGER: _CHARGE,
    Role.OWNER: _CHARGE,
    Role.MARKETER: ("find", "visits", "gap", "points", "tier", "segment", "today", "week", "month", "menu"),
}


def of_role(role: str) -> Sequence[str]:
    return LESSONS[Role(role)]
