"""Letting a journey go, holding it, ending it."""

from flask import url_for

from loyalty.campaigns.approval import Seen
from loyalty.console.campaigns.foreseeing import Verdict
from loyalty.console.desk import Desk, Undo
from loyalty.console.journeys import words
from loyalty.console.journeys.here import section
from loyalty.console.section import Answer
from loyalty.errors import RuleViolation
from loyalty.journeys import lifecycle
from loyalty.journeys.models import Journey
from loyalty.staff.permissions import Right


def count_ahead(desk: Desk, public_id: str) -> Seen | None:
    """Whom it is for, where a second person may have to be asked: counted before anybody else has to wait."""
    try:
        return lifecycle.look(desk.session, public_id, now=desk.now)
    except RuleViolation:
        return None  # told by the act itself


@section.post("/journeys/<public_id>/activate", right=Right.CAMPAIGN, ahead=count_ahead)
def activate(desk: Desk, public_id: str) -> Answer:
    """People enter from now on, or once somebody else said yes."""
    journey = lifecycle.get_public(desk.session, public_id)
    lifecycle.activate(desk.session, journey, by=desk.author.actor, seen=desk.ahead, now=desk.now)
    told = desk.t("Hành trình bắt đầu nhận khách.", "The journey takes people in from now on.")
    return _begun(desk, journey, "journey_activated", told)


@section.post("/journeys/<public_id>/approve", right=Right.APPROVE)
def approve(desk: Desk, public_id: str) -> Answer:
    """It runs as it was asked for."""
    journey = lifecycle.get_public(desk.session, public_id)
    lifecycle.approve(desk.session, journey, by=desk.author.actor, reason=_reason(desk), now=desk.now)
    undo = Undo(url_for("console.journeys.pause", public_id=public_id), desk.t("Tạm dừng", "Pause"))
    told = desk.t("Đã duyệt, hành trình bắt đầu nhận khách.", "Approved: it takes people in from now on.")
    return desk.done(told, to=url_for("console.journeys.show", public_id=public_id), undo=undo)


@section.post("/journeys/<public_id>/refuse", right=Right.APPROVE)
def refuse(desk: Desk, public_id: str) -> Answer:
    """It does not run, with the reason beside it."""
    journey = lifecycle.get_public(desk.session, public_id)
    lifecycle.refuse(desk.session, journey, by=desk.author.actor, reason=_reason(desk), now=desk.now)
    told = desk.t("Đã từ chối. ", "Refused. ") + words.refused(desk, journey)
    return desk.done(told, to=url_for("console.journeys.show", public_id=public_id))


@section.post("/journeys/<public_id>/take-back", right=Right.CAMPAIGN)
def take_back(desk: Desk, public_id: str) -> Answer:
    """Nobody is asked any more."""
    journey = lifecycle.get_public(desk.session, public_id)
    lifecycle.take_back(desk.session, journey, by=desk.author.actor, now=desk.now)
    told = desk.t("Đã rút lại. ", "Taken back. ") + words.refused(desk, journey)
    return _moved(desk, public_id, "journey_taken_back", told)


@section.post("/journeys/<public_id>/pause", right=Right.CAMPAIGN)
def pause(desk: Desk, public_id: str) -> Answer:
    """Nobody enters, goes on or is written to."""
    lifecycle.pause(desk.session, lifecycle.get_public(desk.session, public_id))
    undo = Undo(url_for("console.journeys.resume", public_id=public_id), desk.t("Chạy tiếp", "Go on"))
    told = desk.t("Đã tạm dừng. Không ai vào, không tin nào được gửi.", "Paused. Nobody enters, nothing is sent.")
    return _moved(desk, public_id, "journey_paused", told, undo)


@section.post("/journeys/<public_id>/resume", right=Right.CAMPAIGN, ahead=count_ahead)
def resume(desk: Desk, public_id: str) -> Answer:
    """On where it stopped."""
    journey = lifecycle.get_public(desk.session, public_id)
    lifecycle.resume(desk.session, journey, by=desk.author.actor, seen=desk.ahead, now=desk.now)
    return _begun(desk, journey, "journey_resumed", desk.t("Chạy tiếp từ chỗ dừng.", "Going on."))


@section.post("/journeys/<public_id>/let-go", right=Right.CAMPAIGN)
def let_go(desk: Desk, public_id: str) -> Answer:
    """What a step had ready and was stopped by itself is sent."""
    lifecycle.let_go(desk.session, lifecycle.get_public(desk.session, public_id), now=desk.now)
    return _moved(desk, public_id, "journey_resumed", desk.t("Gửi tiếp.", "Sending goes on."))


@section.post("/journeys/<public_id>/end", right=Right.CAMPAIGN)
def end(desk: Desk, public_id: str) -> Answer:
    """For good."""
    lifecycle.end(desk.session, lifecycle.get_public(desk.session, public_id), by=desk.author.actor, now=desk.now)
    told = desk.t("Đã kết thúc. Ai đang ở trong thì dừng ở đó.", "Ended. Whoever is inside stays where they are.")
    return _moved(desk, public_id, "journey_ended", told)


def _begun(desk: Desk, journey: Journey, action: str, told: str) -> Answer:
    if journey.state == "waiting_approval":
        return _moved(
            desk,
            journey.public_id,
            action,
            desk.t("Chờ người khác duyệt rồi mới chạy.", "It waits for somebody else's yes."),
        )
    undo = Undo(url_for("console.journeys.pause", public_id=journey.public_id), desk.t("Tạm dừng", "Pause"))
    return _moved(desk, journey.public_id, action, told, undo)


def _reason(desk: Desk) -> str:
    return str((desk.form(Verdict).read() or {}).get("reason") or "")


def _moved(desk: Desk, public_id: str, action: str, told: str, undo: Undo | None = None) -> Answer:
    desk.note(action, f"journey:{public_id}")
    return desk.done(told, to=url_for("console.journeys.show", public_id=public_id), undo=undo)
