"""Which role may do what. A right nobody was given is nobody's."""

from collections.abc import Mapping
from enum import StrEnum

from loyalty.errors import Forbidden
from loyalty.staff.models import Role, StaffMember


class Right(StrEnum):
    FIND = "find"
    AWARD = "award"
    AWARD_ANY_AMOUNT = "award_any_amount"  # without it, a large bill waits for a second person
    PREVIEW = "preview"  # what an award would give, nothing written
    UNDO_OWN = "undo_own"  # within 24 hours
    UNDO_ANY = "undo_any"
    ADD_CUSTOMER = "add_customer"
    LINK = "link"
    NOTE = "note"
    APPROVE = "approve"
    REPORT = "report"


COUNTER = frozenset(
    {Right.FIND, Right.AWARD, Right.PREVIEW, Right.UNDO_OWN, Right.ADD_CUSTOMER, Right.LINK, Right.NOTE}
)
CHARGE = COUNTER | {Right.AWARD_ANY_AMOUNT, Right.UNDO_ANY, Right.APPROVE, Right.REPORT}
GRANTED: Mapping[Role, frozenset[Right]] = {
    Role.CASHIER: COUNTER,
    Role.MANAGER: CHARGE,
    Role.MARKETER: frozenset({Right.FIND, Right.REPORT}),
    Role.OWNER: CHARGE,
}


class NotAllowed(Forbidden):
    """A known member of staff whose role does not have the right."""

    code = "not_allowed"

    def __init__(self, role: str, right: Right) -> None:
        super().__init__(f"{role} may not {right}", role=role, right=right)


def may(role: str, right: Right) -> bool:
    return right in GRANTED[Role(role)]


def rights_of(role: str) -> frozenset[Right]:
    return GRANTED[Role(role)]


def require(member: StaffMember, right: Right) -> None:
    """Raises NotAllowed."""
    if not may(member.role, right):
        raise NotAllowed(member.role, right)
