"""Noting who brought somebody new, by the code they give at the counter."""

from werkzeug.datastructures import MultiDict

from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.customers.models import Customer, CustomerStats
from loyalty.referrals import bringing, codes
from loyalty.referrals.models import Referral
from loyalty.staff.permissions import Right


class Brought(FormSchema):
    code = Text(required=True, longest=20)


def form_of(desk: Desk, customer: Customer, brought: Referral | None) -> Form | None:
    """The form, where somebody new may still be brought."""
    stats = desk.session.get_one(CustomerStats, customer.id)
    may = desk.may(Right.LINK) and brought is None and not stats.orders and customer.erased_at is None
    if not may or not bringing.is_on(desk.session, now=desk.now):
        return None
    return Form(Brought, None, MultiDict(), {}, session=desk.session, locale=desk.locale, known=desk.known)


def bring(desk: Desk, customer: Customer, typed: str) -> Referral:
    return bringing.bring(
        desk.session,
        customer.id,
        codes.parse(typed),
        how="counter",
        actor=desk.author.actor,
        by=desk.member,
        now=desk.now,
    )[0]
