"""The list of requests, one request, and the page that asks before somebody is erased from the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select

from loyalty.console import persons
from loyalty.console.customers.here import whole_number
from loyalty.console.desk import Desk
from loyalty.console.forms import Form
from loyalty.console.persons import Person
from loyalty.console.privacy import platforms
from loyalty.console.privacy.here import section
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.messaging import notices
from loyalty.privacy import requests
from loyalty.privacy.models import PrivacyRequest
from loyalty.privacy.requests import Wish
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 30
WISHES: Mapping[str, Both] = {
    Wish.COPY: Both("xin bản sao", "wants a copy"),
    Wish.CORRECT: Both("muốn sửa", "wants a correction"),
    Wish.ERASE: Both("muốn xóa dữ liệu", "wants to be erased"),
}
STATES: Mapping[str, Both] = {
    "open": Both("đang chờ", "waiting"),
    "done": Both("đã làm", "done"),
    "refused": Both("đã từ chối", "refused"),
    "withdrawn": Both("khách rút lại", "withdrawn"),
}
CUSTOMER = Both("khách tự làm", "the customer")


@dataclass(frozen=True, slots=True)
class Row:
    """One request in words. `late_days`: past the day it had to be done by."""

    request: PrivacyRequest
    person: Person
    wish: str
    state: str
    words: str
    reason: str
    settled_by: str
    late_days: int


@section.get("/privacy", right=Right.CHANNELS)
def index(desk: Desk) -> Answer:
    """What waits, due first, whichever way it came; below it what is over, newest first.

    Requests made in chat are shown to who may see to them.
    """
    there, more_there = platforms.over(desk)
    came = {"waiting_there": platforms.waiting(desk), "over_there": there, "more_there": more_there}
    if not desk.may(Right.PRIVACY):
        return desk.render("privacy/index.html", waiting=(), over=(), more="", **came)
    before = whole_number(desk.args.get("before", ""))
    over = requests.list_settled(desk.session, before=before, limit=PAGE + 1)
    more = url_for(".index", before=over[PAGE - 1].id) if len(over) > PAGE else ""
    return desk.render(
        "privacy/index.html",
        waiting=rows(desk, requests.list_open(desk.session)),
        over=rows(desk, over[:PAGE]),
        more=more,
        **came,
    )


@section.get("/privacy/<public_id>", right=Right.PRIVACY)
def show(desk: Desk, public_id: str) -> Answer:
    """One request. Raises RequestNotFound."""
    return page(desk, requests.get_public(desk.session, public_id))


@section.get("/privacy/erase/<public_id>", right=Right.PRIVACY)
def erasing(desk: Desk, public_id: str) -> Answer:
    """What erasing this customer means, before it is done. Raises CustomerNotFound."""
    return erasing_page(desk, profiles.get_public(desk.session, public_id))


def page(desk: Desk, request: PrivacyRequest, *, form: Form | None = None) -> str:
    [row] = rows(desk, [request])
    may_tell = notices.open_chat(desk.session, request.customer_id, now=desk.now) is not None
    return desk.render("privacy/show.html", row=row, form=form, may_tell=may_tell)


def erasing_page(desk: Desk, customer: Customer, *, form: Form | None = None) -> str:
    [person] = persons.show_all(desk.session, [customer])
    stats = desk.session.get_one(CustomerStats, customer.id)
    return desk.render("privacy/erase.html", customer=customer, person=person, stats=stats, form=form)


def rows(desk: Desk, found: Sequence[PrivacyRequest]) -> list[Row]:
    """Requests in their order; their people are fetched together."""
    query = select(Customer).where(Customer.id.in_({request.customer_id for request in found}))
    people = desk.session.scalars(query).all()
    shown = dict(zip((one.id for one in people), persons.show_all(desk.session, people), strict=True))
    return [_row(desk, request, shown[request.customer_id]) for request in found]


def _row(desk: Desk, request: PrivacyRequest, person: Person) -> Row:
    by = request.settled_by or ""
    late = (desk.shop.day(desk.now) - request.due_on).days if request.state == "open" else 0
    return Row(
        request,
        person,
        WISHES[request.kind].in_(desk.locale),
        STATES[request.state].in_(desk.locale),
        requests.words_of(desk.session, request),
        requests.reason_of(desk.session, request),
        CUSTOMER.in_(desk.locale) if by == requests.CUSTOMER else desk.name_of(by) if by else "",
        max(0, late),
    )
