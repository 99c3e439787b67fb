"""The page of what waits and what was decided last, and its two buttons."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.console import authors, bills, hands, persons
from loyalty.console.approvals import kinds
from loyalty.console.approvals.here import section
from loyalty.console.desk import Desk, Undo
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.errors import LoyaltyError
from loyalty.points import deciding, requests
from loyalty.staff import approvals
from loyalty.staff.approvals import AlreadyDecided
from loyalty.staff.models import Approval
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 50
DECIDED = 10  # decisions shown below
REJECTED = Both(
    "Đã từ chối số {number}. Điểm của khách không đổi, người nhập được báo.",
    "Number {number} is rejected. The points stay as they are; whoever asked is told.",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One request. `phone` is E.164, where nobody has it yet."""

    request: Approval
    headline: str
    detail: str
    yes: str
    person: Person | None
    phone: str | None
    asked_by: str
    decided_by: str
    is_own: bool


@section.get("/approvals", right=Right.APPROVE)
def index(desk: Desk) -> Answer:
    """What waits, oldest first, and what was decided last."""
    waiting = approvals.list_waiting(desk.session, limit=PAGE)
    decided = approvals.list_decided(desk.session, limit=DECIDED)
    return desk.render("approvals/index.html", waiting=_show_all(desk, waiting), decided=_show_all(desk, decided))


@section.post("/approvals/<int:number>/approve", right=Right.APPROVE)
def approve(desk: Desk, number: int) -> Answer:
    """It is done as it was asked for; who asked and the customer are told."""
    try:
        done = deciding.approve(desk.session, number, hands.hand(desk))
    except AlreadyDecided as decided:
        return _once_more(desk, decided, "approved")
    except LoyaltyError as refused:
        raise _named(desk, number, refused) from refused
    way_back = Undo(url_for("console.counter.undo", number=done.entry.id), desk.t("Hoàn tác", "Undo"))
    said = kinds.of(approvals.get(desk.session, number)).said(desk, done)
    return desk.done(said, to=url_for(".index"), undo=way_back if done.is_new else None)


@section.post("/approvals/<int:number>/reject", right=Right.APPROVE)
def reject(desk: Desk, number: int) -> Answer:
    """It is not done, and who asked is told."""
    try:
        deciding.reject(desk.session, number, hands.hand(desk))
    except AlreadyDecided as decided:
        return _once_more(desk, decided, "rejected")
    return desk.done(REJECTED.in_(desk.locale, number=number), to=url_for(".index"))


def _once_more(desk: Desk, decided: AlreadyDecided, wanted: str) -> Answer:
    """The same button pressed twice is no fault; whoever was second to another person is told so."""
    if decided.state != wanted or decided.facts["by_id"] != desk.member.id:
        raise decided
    return desk.go(url_for(".index"))


def _named(desk: Desk, number: int, refused: LoyaltyError) -> Exception:
    """The refusal as this kind says it; the number itself may be the fault."""
    request = approvals.find(desk.session, number)
    return refused if request is None else kinds.of(request).named(desk, request, refused)


def _show_all(desk: Desk, found: Sequence[Approval]) -> list[Shown]:
    staff_ids = {staff_id for each in found for staff_id in (each.asked_by_id, each.decided_by_id) if staff_id}
    names = bills.names_of(desk, staff_ids)
    return [
        _show(
            desk,
            request,
            names.get(request.asked_by_id or 0) or authors.name_of(desk.session, request.asked_by, desk.locale),
            names.get(request.decided_by_id or 0, ""),
        )
        for request in found
    ]


def _show(desk: Desk, request: Approval, asked_by: str, decided_by: str) -> Shown:
    look, kind = kinds.of(request), requests.of(request)
    customer = kind.customer(desk.session, request)
    return Shown(
        request,
        look.headline(desk, request),
        look.detail(desk, request),
        look.yes(desk, request),
        persons.show_all(desk.session, [customer])[0] if customer is not None else None,
        kind.phone(desk.session, request),
        asked_by,
        decided_by,
        request.asked_by_id == desk.member.id,
    )
