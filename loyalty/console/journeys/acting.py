"""Letting a journey go, holding it, ending it."""

from flask import url_for

from loyalty.console.desk import Desk, Undo
from loyalty.console.journeys.here import section
from loyalty.console.section import Answer
from loyalty.journeys import lifecycle
from loyalty.staff.permissions import Right


@section.post("/journeys/<public_id>/activate", right=Right.CAMPAIGN)
def activate(desk: Desk, public_id: str) -> Answer:
    """People enter from now on."""
    lifecycle.activate(desk.session, lifecycle.get_public(desk.session, public_id), now=desk.now)
    undo = Undo(url_for("console.journeys.pause", public_id=public_id), desk.t("Tạm dừng", "Pause"))
    told = desk.t("Hành trình bắt đầu nhận khách.", "The journey takes people in from now on.")
    return _moved(desk, public_id, "journey_activated", told, undo)


@section.post("/journeys/<public_id>/pause", right=Right.CAMPAIGN)
def pause(desk: Desk, public_id: str) -> Answer:
    """Nobody enters, goes on or is written to."""
    lifecycle.pause(desk.session, lifecycle.get_public(desk.session, public_id))
    undo = Undo(url_for("console.journeys.resume", public_id=public_id), desk.t("Chạy tiếp", "Go on"))
    told = desk.t("Đã tạm dừng. Không ai vào, không tin nào được gửi.", "Paused. Nobody enters, nothing is sent.")
    return _moved(desk, public_id, "journey_paused", told, undo)


@section.post("/journeys/<public_id>/resume", right=Right.CAMPAIGN)
def resume(desk: Desk, public_id: str) -> Answer:
    """On where it stopped."""
    lifecycle.resume(desk.session, lifecycle.get_public(desk.session, public_id), now=desk.now)
    undo = Undo(url_for("console.journeys.pause", public_id=public_id), desk.t("Tạm dừng", "Pause"))
    return _moved(desk, public_id, "journey_resumed", desk.t("Chạy tiếp từ chỗ dừng.", "Going on."), undo)


@section.post("/journeys/<public_id>/let-go", right=Right.CAMPAIGN)
def let_go(desk: Desk, public_id: str) -> Answer:
    """What a step had ready and was stopped by itself is sent."""
    lifecycle.let_go(desk.session, lifecycle.get_public(desk.session, public_id), now=desk.now)
    return _moved(desk, public_id, "journey_resumed", desk.t("Gửi tiếp.", "Sending goes on."))


@section.post("/journeys/<public_id>/end", right=Right.CAMPAIGN)
def end(desk: Desk, public_id: str) -> Answer:
    """For good."""
    lifecycle.end(desk.session, lifecycle.get_public(desk.session, public_id), now=desk.now)
    told = desk.t("Đã kết thúc. Ai đang ở trong thì dừng ở đó.", "Ended. Whoever is inside stays where they are.")
    return _moved(desk, public_id, "journey_ended", told)


def _moved(desk: Desk, public_id: str, action: str, told: str, undo: Undo | None = None) -> Answer:
    desk.note(action, f"journey:{public_id}")
    return desk.done(told, to=url_for("console.journeys.show", public_id=public_id), undo=undo)
