"""Points given or taken by hand, from a customer's page."""

from typing import Any

from flask import url_for

from loyalty.console import hands
from loyalty.console.counter import words
from loyalty.console.customers import points, slips
from loyalty.console.customers.here import section
from loyalty.console.customers.slips import Slip
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter import actions
from loyalty.points.counter.deciding import Waiting
from loyalty.staff.permissions import Right


@section.post("/customers/<public_id>/adjust/look", right=Right.ADJUST, writes=False)
def look_at_adjustment(desk: Desk, public_id: str) -> Answer:
    """The balance there would be, while one types; nothing is written."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(Slip)
    if desk.is_partial:
        return desk.render("customers/_adjustment.html", preview=slips.preview(desk, customer, form))
    return points.page(desk, customer, form)


@section.post("/customers/<public_id>/adjust", right=Right.ADJUST)
def adjust(desk: Desk, public_id: str) -> Answer:
    """Give or take; the customer is told. The same form once more is the same act."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(Slip)
    if not form.carry_out(lambda given: _adjust(desk, customer, given)):
        return points.page(desk, customer, form), 422
    back, done = url_for(".points", public_id=public_id), form.result
    if isinstance(done, Waiting):
        way_back = Undo(_counter("withdraw", done.request.id), desk.t("Rút lại", "Take it back"))
        return desk.done(words.adjustment_waits(desk, done), to=back, undo=way_back)
    way_back = Undo(_counter("undo", done.entry.id), desk.t("Hoàn tác", "Undo"))
    return desk.done(words.adjusted(desk, done), to=back, undo=way_back)


def _counter(what: str, number: int) -> str:
    """A deed of the counter's that comes back here."""
    return url_for(f"console.counter.{what}", number=number, back="points")


def _adjust(desk: Desk, customer: Customer, given: dict[str, Any]) -> Adjustment | Waiting:
    return actions.adjust(desk.session, customer, slips.signed(given), given["reason"], hands.hand(desk))
