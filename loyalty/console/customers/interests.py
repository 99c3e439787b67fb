"""What a customer is interested in, beside their timeline: told for them, and taken away, with the way back."""

from typing import Any

from flask import url_for

from loyalty.console.customers.here import section, subject
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits import interests
from loyalty.customers.traits.models import Interest
from loyalty.staff.permissions import Right


class NewInterest(FormSchema):
    interest = Text(required=True, longest=60)


def beside(desk: Desk, customer: Customer) -> list[tuple[str, str]]:
    """Each with where it comes from."""
    return [(each.shown, _source(desk, each)) for each in interests.list_of(desk.session, customer.id)]


@section.post("/customers/<public_id>/interests", right=Right.NOTE)
def tell_interest(desk: Desk, public_id: str) -> Answer:
    """Write down what they told."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(NewInterest)
    to = url_for(".show", public_id=public_id)

    def tell(given: dict[str, Any]) -> str:
        return interests.tell(desk.session, customer.id, given["interest"], by=desk.author, now=desk.now)

    if not form.carry_out(tell):
        return desk.done(next(iter(form.errors.values())), to=to)
    desk.note("interest_told", subject(customer))
    back = Undo(url_for(".refuse_interest", public_id=public_id, interest=form.result), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t(f"Đã ghi: {form.result}.", f"Noted: {form.result}."), to=to, undo=back)


@section.post("/customers/<public_id>/interests/remove", right=Right.NOTE)
def refuse_interest(desk: Desk, public_id: str) -> Answer:
    """It is none of theirs; `interest` names it. Telling it again brings it back."""
    customer, named = profiles.get_public(desk.session, public_id), desk.args.get("interest", "")
    if interests.refuse(desk.session, customer.id, named, by=desk.author, now=desk.now):
        desk.note("interest_refused", subject(customer))
    to = url_for(".show", public_id=public_id)
    return desk.done(desk.t(f"Đã bỏ: {named[:40]}.", f"Taken away: {named[:40]}."), to=to)


def _source(desk: Desk, each: Interest) -> str:
    bills = desk.t(f"{each.times} đơn", f"{each.times} bills") if each.times else ""
    is_theirs = each.author == "customer"
    told = desk.t("khách cho biết", "told by them") if is_theirs else desk.t("nhân viên ghi", "by staff")
    return " · ".join(part for part in (told if each.told_at else "", bills) if part)
