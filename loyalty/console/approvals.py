"""Bills above a cashier's limit: who asks, and a yes or a no."""

from flask import url_for

from loyalty.console import asking, hands
from loyalty.console.counter import words
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer, Section
from loyalty.points import large
from loyalty.points.accrual import ReceiptTaken
from loyalty.staff import approvals
from loyalty.staff.approvals import AlreadyDecided
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
PAGE = 50
DECIDED = 10  # decisions shown below
REJECTED = Both(
    "Đã từ chối số {number}. Khách không được cộng điểm, người nhập được báo.",
    "Number {number} is rejected. No points; whoever asked is told.",
)


@section.get("/approvals", right=Right.APPROVE)
def index(desk: Desk) -> Answer:
    """What waits, oldest first, and what was decided last."""
    waiting = approvals.list_waiting(desk.session, limit=PAGE)
    decided = approvals.list_decided(desk.session, limit=DECIDED)
    return desk.render(
        "approvals/index.html", waiting=asking.show_all(desk, waiting), decided=asking.show_all(desk, decided)
    )


@section.post("/approvals/<int:number>/approve", right=Right.APPROVE)
def approve(desk: Desk, number: int) -> Answer:
    """The bill is awarded as it was asked for; who asked and the customer are told."""
    try:
        done = large.approve(desk.session, number, hands.hand(desk))
    except AlreadyDecided as decided:
        return _once_more(desk, decided, "approved")
    except ReceiptTaken as taken:
        request = approvals.get(desk.session, number)
        asked = words.name(desk, large.customer_of(desk.session, request), large.phone_of(desk.session, request))
        raise words.ReceiptNamed(desk, taken, asked) from taken
    way_back = Undo(url_for("console.counter.undo", number=done.entry.id), desk.t("Hoàn tác", "Undo"))
    said = words.awarded(desk, done) if done.is_new else words.repeated(desk, done)
    return desk.done(said, to=url_for(".index"), undo=way_back if done.is_new else None)


@section.post("/approvals/<int:number>/reject", right=Right.APPROVE)
def reject(desk: Desk, number: int) -> Answer:
    """The bill is not awarded, and who asked is told."""
    try:
        large.reject(desk.session, number, hands.hand(desk))
    except AlreadyDecided as decided:
        return _once_more(desk, decided, "rejected")
    return desk.done(REJECTED.in_(desk.locale, number=number), to=url_for(".index"))


def _once_more(desk: Desk, decided: AlreadyDecided, wanted: str) -> Answer:
    """The same button pressed twice is no fault; whoever was second to another person is told so."""
    if decided.state != wanted or decided.facts["by_id"] != desk.member.id:
        raise decided
    return desk.go(url_for(".index"))
