"""Points being given or taken by hand: what stands in the form, and what it would come to."""

from dataclasses import dataclass

from marshmallow import ValidationError

from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, Form, FormSchema, Text, WholeNumber
from loyalty.customers.models import Customer
from loyalty.points import adjusting, ledger
from loyalty.points.counter import limits

GIVE, TAKE = "give", "take"
POINTS = WholeNumber(low=1, high=adjusting.MOST)


class Slip(FormSchema):
    """An adjustment."""

    way = Choice((GIVE, TAKE), required=True)
    points = WholeNumber(low=1, high=adjusting.MOST, required=True)
    reason = Text(required=True, longest=adjusting.LONGEST_REASON)


@dataclass(frozen=True, slots=True)
class Preview:
    """What the button would do: signed points, the balance after them, and whether a second person decides."""

    points: int
    after: int
    waits: bool


def fresh(desk: Desk) -> Form:
    return desk.form(Slip, way=GIVE)


def signed(given: dict[str, object]) -> int:
    """The points of a slip, negative when they are taken."""
    points = given["points"]
    assert isinstance(points, int)
    return points if given["way"] == GIVE else -points


def preview(desk: Desk, customer: Customer, form: Form) -> Preview | None:
    """None while there is no number to go by. Raises NoProgramme."""
    try:
        points = POINTS.deserialize(form["points"])
    except ValidationError:
        return None
    if points is None:
        return None
    moved = signed({"points": points, "way": form["way"]})
    after = ledger.balance(desk.session, customer.id) + moved
    return Preview(moved, after, limits.adjustment_waits(desk.session, desk.member, moved, now=desk.now))
