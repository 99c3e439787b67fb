"""Adding a customer, and taking one back who was added by mistake."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from loyalty.console.customers import words
from loyalty.console.customers.here import section, subject
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Flag, Form, FormSchema, Phone, Text
from loyalty.console.section import Answer
from loyalty.customers import adding, profiles
from loyalty.customers.models import Customer
from loyalty.customers.profiles import PhoneTaken
from loyalty.staff.permissions import Right
from loyalty.typed import fold, phones
from loyalty.typed.phones import PhoneUnclear


class Newcomer(FormSchema):
    name = Text(longest=profiles.LONGEST_NAME)
    phone = Phone()
    email = Text(longest=254)
    locale = Choice(("vi", "en"))
    joined = Flag()
    sure = Text(longest=profiles.LONGEST_NAME)  # the name whose doubts were seen


@section.get("/customers/new", right=Right.ADD_CUSTOMER)
def new(desk: Desk) -> Answer:
    """An empty form; `q` is what was searched for before: a phone or a name."""
    typed = fold.quote(desk.args.get("q", ""), profiles.LONGEST_NAME)
    try:
        phone = phones.find_phone(typed)
    except PhoneUnclear:
        phone = typed
    given = {"phone": phones.national(phone)} if phone else {"name": typed}
    return _page(desk, desk.form(Newcomer, joined="1", **given))


@section.post("/customers/new", right=Right.ADD_CUSTOMER)
def add(desk: Desk) -> Answer:
    """A phone somebody has leads to them; a doubtful name is asked back once."""
    form = desk.form(Newcomer)
    given = form.read()
    if given is None:
        return _page(desk, form), 422
    if (doubts := words.doubts(desk, given["name"] or "")) and given["sure"] != given["name"]:
        return _page(desk, form, doubts=doubts), 422
    if not given["name"] and not given["phone"]:
        form.refuse("phone", desk.t("Cần ít nhất tên hoặc số điện thoại.", "A name or a phone is needed."))
        return _page(desk, form), 422
    if not form.carry_out(lambda given: _make(desk, form, given)):
        taken = desk.session.get(Customer, form.result) if isinstance(form.result, int) else None
        return _page(desk, form, taken=taken), 409 if taken else 422
    customer: Customer = form.result
    desk.note("add_customer", subject(customer))
    back = Undo(url_for(".unadd", public_id=customer.public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã thêm khách.", "Added."), to=url_for(".show", public_id=customer.public_id), undo=back)


@section.post("/customers/<public_id>/unadd", right=Right.ADD_CUSTOMER)
def unadd(desk: Desk, public_id: str) -> Answer:
    """Who was added a short while ago, and did nothing since, is gone again."""
    customer = profiles.get_public(desk.session, public_id)
    adding.take_back(desk.session, customer, by=desk.member, author=desk.author, now=desk.now)
    return desk.done(desk.t("Đã bỏ khách vừa thêm.", "The customer is gone again."), to=url_for(".index"))


def _make(desk: Desk, form: Form, given: dict[str, Any]) -> Customer:
    try:
        customer = profiles.create(
            desk.session,
            source="staff",
            name=given["name"],
            phone=given["phone"],
            joined=given["joined"],
            locale=given["locale"],
            now=desk.now,
        )
    except PhoneTaken as taken:
        form.result = taken.customer_id
        raise
    if given["email"]:
        profiles.set_email(desk.session, customer, given["email"])
    return customer


def _page(desk: Desk, form: Form, *, doubts: Sequence[str] = (), taken: Customer | None = None) -> str:
    return desk.render(
        "customers/new.html",
        form=form,
        doubts=doubts,
        taken=taken,
        taken_name=profiles.name_of(desk.session, taken) if taken else None,
        rules=words.ENTRY_RULES,
    )
