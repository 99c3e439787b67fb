"""What is kept of people and what the words mean: one page, made from where both are declared."""

from loyalty.console.customers.here import section
from loyalty.console.desk import Desk
from loyalty.console.fields.here import KINDS, PURPOSES
from loyalty.console.section import Answer
from loyalty.console.words import ROLES
from loyalty.customers import dictionary
from loyalty.customers.traits import fields
from loyalty.insights.definitions import NUMBERS
from loyalty.staff import permissions
from loyalty.staff.models import Role
from loyalty.staff.permissions import Right


@section.get("/customers/dictionary", right=Right.FIND)
def knowledge(desk: Desk) -> Answer:
    """The data dictionary and the definitions."""
    return desk.render(
        "customers/dictionary.html",
        kept=[(kept, _seen_by(desk, kept.right)) for kept in dictionary.KEPT],
        own=fields.list_all(desk.session),
        kinds=KINDS,
        purposes=PURPOSES,
        meanings=[(each.word, each.meaning) for each in dictionary.MEANINGS]
        + [(number.label, number.meaning) for number in NUMBERS.values()],
    )


def _seen_by(desk: Desk, right: Right | None) -> str:
    """The roles that may see it."""
    if right is None:
        return desk.t("không ai, chỉ chương trình dùng", "nobody; only the program uses it")
    return ", ".join(ROLES[role].in_(desk.locale) for role in Role if permissions.may(role, right))
