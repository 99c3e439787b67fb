"""What waits for a second person: who asks, and a yes or a no."""

from typing import Any

from flask import url_for

from loyalty.campaigns.models import Campaign
from loyalty.console import hands, requests, sending
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer, Section
from loyalty.errors import LoyaltyError
from loyalty.journeys import deciding as sends
from loyalty.points.counter import deciding
from loyalty.staff import approvals
from loyalty.staff.approvals import AlreadyDecided
from loyalty.staff.models import Approval
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "approvals",
    Both("Chờ duyệt", "Approvals"),
    icon="rubber-stamp",
    order=25,
    right=Right.APPROVE,
    refusals={**hands.REFUSALS, **sending.REFUSALS},
)
PAGE = 50
DECIDED = 10  # decisions shown below


@section.get("/approvals", right=Right.APPROVE)
def index(desk: Desk) -> Answer:
    """What waits, oldest first, and what was decided last."""
    typed = desk.args.get("after", "")
    after = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    found = approvals.list_waiting(desk.session, after=after, limit=PAGE + 1)
    decided = approvals.list_decided(desk.session, limit=DECIDED)
    return desk.render(
        "approvals/index.html",
        waiting=requests.show_all(desk, found[:PAGE]),
        more=url_for(".index", after=found[PAGE - 1].id) if len(found) > PAGE else "",
        decided=requests.show_all(desk, decided),
    )


@section.post("/approvals/<int:number>/approve", right=Right.APPROVE)
def approve(desk: Desk, number: int) -> Answer:
    """It is done as it was asked for; who asked and the customer are told."""
    try:
        done, way_back = _approve(desk, approvals.get(desk.session, number))
    except AlreadyDecided as decided:
        return _once_more(desk, decided, "approved")
    except LoyaltyError as refused:
        raise _named(desk, number, refused) from refused
    said = requests.of(approvals.get(desk.session, number)).said(desk, done)
    return desk.done(said, to=url_for(".index"), undo=way_back)


@section.post("/approvals/<int:number>/reject", right=Right.APPROVE)
def reject(desk: Desk, number: int) -> Answer:
    """It is not done, and who asked is told."""
    request = approvals.get(desk.session, number)
    try:
        if request.kind in sends.KINDS:
            sends.reject(desk.session, request, hands.hand(desk))
        else:
            deciding.reject(desk.session, number, hands.hand(desk))
    except AlreadyDecided as decided:
        return _once_more(desk, decided, "rejected")
    return desk.done(requests.of(request).refused(desk, request), to=url_for(".index"))


def _approve(desk: Desk, request: Approval) -> tuple[Any, Undo | None]:
    """What was done, and the way back."""
    if request.kind in sends.KINDS:
        found = sends.approve(desk.session, request, hands.hand(desk))
        page = "campaigns.unschedule" if isinstance(found, Campaign) else "journeys.pause"
        words = desk.t("Hủy lịch", "Unschedule") if isinstance(found, Campaign) else desk.t("Tạm dừng", "Pause")
        return found, Undo(url_for(f"console.{page}", public_id=found.public_id), words)
    done = deciding.approve(desk.session, request.id, hands.hand(desk))
    undo = Undo(url_for("console.counter.undo", number=done.entry.id), desk.t("Hoàn tác", "Undo"))
    return done, undo if done.is_new else None


def _once_more(desk: Desk, decided: AlreadyDecided, wanted: str) -> Answer:
    """The same button pressed twice is no fault; whoever was second to another person is told so."""
    if decided.state != wanted or decided.facts["by_id"] != desk.member.id:
        raise decided
    return desk.go(url_for(".index"))


def _named(desk: Desk, number: int, refused: LoyaltyError) -> Exception:
    """The refusal as this kind says it; the number itself may be the fault."""
    request = approvals.find(desk.session, number)
    return refused if request is None else requests.of(request).named(desk, request, refused)
