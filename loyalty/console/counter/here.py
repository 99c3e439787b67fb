"""The section of the counter."""

from loyalty.console import hands, reward_words
from loyalty.console.section import Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "counter",
    Both("Quầy", "Counter"),
    icon="cash-register",
    order=20,
    right=Right.AWARD,
    refusals={**hands.REFUSALS, **reward_words.REFUSALS},
)
