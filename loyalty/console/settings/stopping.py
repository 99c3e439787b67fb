"""The stop button and the page behind it."""

from flask import request, url_for

from loyalty.choices import sending as button
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import FormSchema, Text
from loyalty.console.language import inner
from loyalty.console.section import Answer
from loyalty.console.settings.here import section
from loyalty.messaging import halt
from loyalty.staff.permissions import Right


class Stopping(FormSchema):
    reason = Text(longest=button.LONGEST_REASON)


@section.get("/settings/sending", right=Right.STOP_SENDING)
def sending(desk: Desk) -> Answer:
    """Whether messages leave; while they do not, what a resumption would let go."""
    return _page(desk)


@section.post("/settings/sending/stop", right=Right.STOP_SENDING)
def stop(desk: Desk) -> Answer:
    """Nothing more is begun, by any worker."""
    form = desk.form(Stopping)
    if not form.carry_out(lambda given: halt.stop(desk.session, given["reason"] or "", by=desk.author, now=desk.now)):
        return _page(desk, form.errors.get("reason", "")), 422
    wanted = request.form.get("next", "")
    undo = Undo(url_for(".resume"), desk.t("Cho gửi lại", "Resume"))
    text = desk.t("Đã dừng mọi tin gửi đi.", "Everything outgoing is stopped.")
    return desk.done(text, to=inner(wanted) if wanted else url_for(".sending"), undo=undo)


@section.post("/settings/sending/resume", right=Right.STOP_SENDING)
def resume(desk: Desk) -> Answer:
    """Messages leave again, the owner is told."""
    if halt.resume(desk.session, by=desk.author, now=desk.now) is None:
        return desk.done(desk.t("Tin gửi đi không bị dừng.", "Messages are not stopped."), to=url_for(".sending"))
    return desk.done(desk.t("Tin gửi đi đã chạy lại.", "Messages leave again."), to=url_for(".sending"))


def _page(desk: Desk, wrong: str = "") -> str:
    waiting = halt.count_waiting(desk.session, now=desk.now)
    return desk.render("settings/sending.html", waiting=waiting, most=halt.MOST_COUNTED, wrong=wrong)
