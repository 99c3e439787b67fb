"""Letting a campaign go: the last look with its number of people, and the states it is moved through."""

from collections.abc import Callable

from flask import request, url_for

from loyalty.campaigns import approval, lifecycle
from loyalty.campaigns.approval import Seen
from loyalty.campaigns.models import Campaign
from loyalty.console.campaigns import here, picture, starts
from loyalty.console.campaigns.here import section
from loyalty.console.campaigns.starts import Start, StartForm
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Flag, Form
from loyalty.console.section import Answer
from loyalty.errors import RuleViolation
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right


class SendForm(StartForm):
    """`sure` is asked for only where the segment is everybody."""

    sure = Flag()


@section.get("/campaigns/<public_id>/review", right=Right.CAMPAIGN)
def review(desk: Desk, public_id: str) -> Answer:
    """The last look before it goes: how many people, what they read, when."""
    campaign = lifecycle.get_public(desk.session, public_id)
    if campaign.state not in ("draft", "scheduled"):
        return desk.go(url_for("console.campaigns.show", public_id=public_id))
    return _review(desk, campaign, starts.from_address(desk))


def count_ahead(desk: Desk, public_id: str) -> Seen | None:
    """Whom it is for, where a second person may have to be asked: counted before anybody else has to wait."""
    try:
        return approval.look(desk.session, lifecycle.get_public(desk.session, public_id), now=desk.now)
    except RuleViolation:
        return None  # told beside the form


@section.post("/campaigns/<public_id>/schedule", right=Right.CAMPAIGN, ahead=count_ahead)
def schedule(desk: Desk, public_id: str) -> Answer:
    """Send it now, at a time, or again and again."""
    campaign = lifecycle.get_public(desk.session, public_id)
    form = desk.form(SendForm)
    start = starts.read(desk, form)
    segment = desk.session.get_one(Segment, campaign.segment_id)
    if picture.is_everybody(desk, segment) and not form["sure"]:
        form.refuse("sure", desk.t("Đánh dấu vào đây nếu đúng là mọi khách hàng.", "Tick this if everybody is meant."))
    if form.errors or start is None or not form.carry_out(lambda _given: _schedule(desk, campaign, start)):
        return _review(desk, campaign, form), 422
    desk.note("campaign_scheduled", f"campaign:{public_id}")
    to = url_for("console.campaigns.show", public_id=public_id)
    if campaign.state == "waiting_approval":
        told = desk.t("Chờ người khác duyệt rồi mới gửi.", "It waits for somebody else's yes.")
        return desk.done(told, to=to)
    if start == Start():
        undo = Undo(url_for("console.campaigns.pause", public_id=public_id), desk.t("Tạm dừng", "Pause"))
        return desk.done(desk.t("Bắt đầu gửi.", "On its way."), to=to, undo=undo)
    undo = Undo(url_for("console.campaigns.unschedule", public_id=public_id), desk.t("Hủy lịch", "Unschedule"))
    when = starts.in_words(desk, start)
    return desk.done(desk.t(f"Đã hẹn: {when}.", f"Scheduled: {when}."), to=to, undo=undo)


@section.post("/campaigns/<public_id>/unschedule", right=Right.CAMPAIGN)
def unschedule(desk: Desk, public_id: str) -> Answer:
    """Back to a draft."""
    told = desk.t("Đã hủy lịch, chiến dịch trở lại thành nháp.", "Unscheduled: it is a draft again.")
    by = desk.author.actor
    return _move(
        desk,
        public_id,
        "campaign_unscheduled",
        told,
        lambda one: lifecycle.unschedule(desk.session, one, by=by, now=desk.now),
    )


@section.post("/campaigns/<public_id>/pause", right=Right.CAMPAIGN)
def pause(desk: Desk, public_id: str) -> Answer:
    """Nothing more is begun."""
    undo = Undo(url_for("console.campaigns.resume", public_id=public_id), desk.t("Gửi tiếp", "Go on"))
    told = desk.t("Đã tạm dừng. Không tin nào được gửi thêm.", "Paused. Nothing more is sent.")
    return _move(desk, public_id, "campaign_paused", told, lambda one: lifecycle.pause(desk.session, one), undo)


@section.post("/campaigns/<public_id>/resume", right=Right.CAMPAIGN)
def resume(desk: Desk, public_id: str) -> Answer:
    """On where it stopped."""
    undo = Undo(url_for("console.campaigns.pause", public_id=public_id), desk.t("Tạm dừng", "Pause"))
    told = desk.t("Gửi tiếp từ chỗ dừng.", "Going on where it stopped.")
    return _move(
        desk, public_id, "campaign_resumed", told, lambda one: lifecycle.resume(desk.session, one, now=desk.now), undo
    )


@section.post("/campaigns/<public_id>/cancel", right=Right.CAMPAIGN)
def cancel(desk: Desk, public_id: str) -> Answer:
    """For good: whoever got nothing yet gets nothing."""
    told = desk.t("Đã hủy. Ai chưa nhận sẽ không nhận nữa.", "Cancelled. Who has not got it gets nothing.")
    by = desk.author.actor
    return _move(
        desk,
        public_id,
        "campaign_cancelled",
        told,
        lambda one: lifecycle.cancel(desk.session, one, by=by, now=desk.now),
    )


@section.post("/campaigns/<public_id>/archive", right=Right.CAMPAIGN)
def archive(desk: Desk, public_id: str) -> Answer:
    """Out of the list; the report stays."""
    undo = Undo(url_for("console.campaigns.unarchive", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    told = desk.t("Đã cất đi.", "Put away.")
    return _move(
        desk,
        public_id,
        "campaign_archived",
        told,
        lambda one: lifecycle.archive(desk.session, one, now=desk.now),
        undo,
        to=url_for("console.campaigns.index"),
    )


@section.post("/campaigns/<public_id>/unarchive", right=Right.CAMPAIGN)
def unarchive(desk: Desk, public_id: str) -> Answer:
    """Back into the list."""
    told = desk.t("Đã lấy lại.", "It is back.")
    return _move(desk, public_id, "campaign_unarchived", told, lambda one: lifecycle.unarchive(desk.session, one))


def _schedule(desk: Desk, campaign: Campaign, start: Start) -> None:
    by, seen = desk.author.actor, desk.ahead
    lifecycle.schedule(desk.session, campaign, at=start.at, cron_rule=start.cron, by=by, seen=seen, now=desk.now)


def _move(
    desk: Desk,
    public_id: str,
    action: str,
    told: str,
    act: Callable[[Campaign], None],
    undo: Undo | None = None,
    *,
    to: str = "",
) -> Answer:
    act(lifecycle.get_public(desk.session, public_id))
    desk.note(action, f"campaign:{public_id}")
    return desk.done(told, to=to or url_for("console.campaigns.show", public_id=public_id), undo=undo)


def _review(desk: Desk, campaign: Campaign, form: Form) -> str:
    segment = desk.session.get_one(Segment, campaign.segment_id)
    start = starts.read(desk, form)
    upcoming = starts.upcoming(desk, start) if start else []
    leaves = desk.shop.quiet_until(upcoming[0]) if upcoming else None
    return desk.render(
        "campaigns/review.html",
        campaign=campaign,
        segment=segment,
        form=form,
        chosen=starts.in_address(form),
        is_now=start == Start(),
        start=starts.in_words(desk, start) if start else "",
        upcoming=upcoming,
        is_asked=request.method == "POST",
        leaves=leaves,
        is_held=leaves is not None and leaves != upcoming[0],
        still=picture.still_reached(desk, campaign, leaves) if leaves and leaves > desk.now else None,
        picture=picture.of_campaign(desk, segment, campaign),
        is_everybody=picture.is_everybody(desk, segment),
        cases=picture.CASES,
        here=here,
    )
