"""The section of approvals."""

from loyalty.console import hands
from loyalty.console.section import Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "approvals",
    Both("Chờ duyệt", "Approvals"),
    icon="rubber-stamp",
    order=25,
    right=Right.APPROVE,
    refusals=hands.REFUSALS,
)
