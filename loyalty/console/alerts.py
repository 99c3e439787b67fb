"""What the owner must know: each kind of open alert with what to do about it. Today shows the first of them too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for

from loyalty.alerts import raising
from loyalty.alerts.raising import OpenKind
from loyalty.alerts.sentences import OTHER, TEXTS
from loyalty.console.admission import is_open
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer, Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

PLACES: Mapping[str, tuple[str, Both]] = {  # where something can be done about a kind
    "token_lost": ("console.channels.index", Both("Mở kênh", "Open channels")),
    "channel_stopped": ("console.channels.index", Both("Mở kênh", "Open channels")),
    "channel_down": ("console.channels.index", Both("Mở kênh", "Open channels")),
    "template_off": ("console.channels.index", Both("Mở kênh", "Open channels")),
    "templates_refused": ("console.channels.index", Both("Mở kênh", "Open channels")),
    "code_unknown": ("console.channels.messages", Both("Xem tin gửi đi", "See outgoing messages")),
    "data_withdrawn": ("console.cases.index", Both("Quyết định", "Decide")),
    **dict.fromkeys(
        ("channel_blocked", "channel_unblocked", "channel_warned", "template_judged", "subscription_lost"),
        ("console.channels.index", Both("Mở kênh", "Open channels")),
    ),
    "grant_withdrawn": ("console.channels.index", Both("Mở kênh", "Open channels")),
    "deletion_wanted": ("console.privacy.index", Both("Xem yêu cầu", "See the requests")),
    "privacy_request": ("console.privacy.index", Both("Xem yêu cầu", "See the requests")),
    "template_unfit": ("console.channels.list_templates", Both("Mở mẫu tin", "Open templates")),
    "event_parked": ("console.channels.events", Both("Xem và thử lại", "See and try again")),
    "staff_bound": ("console.staff.index", Both("Xem nhân viên", "See staff")),
    "password_link": ("console.audit.index", Both("Xem nhật ký", "See the audit")),
    "owner_made": ("console.staff.index", Both("Xem nhân viên", "See staff")),
    "api_key_made": ("console.connections.index", Both("Xem khóa API", "See the API keys")),
    "code_guessing": ("console.audit.index", Both("Xem nhật ký", "See the audit")),
    "reward_code_guessing": ("console.audit.index", Both("Xem nhật ký", "See the audit")),
    "signin_guessing": ("console.audit.index", Both("Xem nhật ký", "See the audit")),
    "person_wanted": ("console.conversations.index", Both("Trả lời", "Answer")),
    "complaint": ("console.cases.index", Both("Trả lời", "Answer")),
    "customers_exported": ("console.exports.index", Both("Xem ai đã xuất", "See who took them out")),
    "campaign_stopped": ("console.campaigns.index", Both("Mở chiến dịch", "Open campaigns")),
    "campaign_paused_itself": ("console.campaigns.index", Both("Mở chiến dịch", "Open campaigns")),
    "journey_stopped": ("console.journeys.index", Both("Mở hành trình", "Open journeys")),
    "webhook_stopped": ("console.connections.index", Both("Mở kết nối", "Open connections")),
    "backup_failed": ("console.channels.look_at", Both("Xem kiểm tra", "See the checks")),
    "watch_found": ("console.watch.index", Both("Xem lại", "Look")),
    "sending_resumed": ("console.channels.messages", Both("Xem tin gửi đi", "See outgoing messages")),
}
ENDS_BY_ITSELF = frozenset(
    {
        *("token_lost", "channel_stopped", "channel_down", "channel_blocked", "data_withdrawn", "deletion_wanted"),
        "privacy_request",
        "campaign_paused_itself",
        *("person_wanted", "complaint", "webhook_stopped", "watch_found", "template_unfit"),
    }
)
ONLY_FOR = {  # kinds that are not for everybody who sees alerts
    "watch_found": Right.WATCH,
    "privacy_request": Right.PRIVACY,
}

section = Section("alerts", Both("Cần xem", "Needs you"), icon="bell", order=75, right=Right.CHANNELS)
deeds = {
    "alerts_closed": Both("đánh dấu đã xử lý cảnh báo", "marked an alert as dealt with"),
    "alerts_reopened": Both("mở lại cảnh báo", "opened an alert again"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One kind in words. `url` leads to where something can be done; `may_close`: a person's word ends it."""

    kind: str
    text: str
    count: int
    since: datetime
    url: str | None
    label: str
    may_close: bool


@section.get("/alerts", right=Right.CHANNELS)
def index(desk: Desk) -> Answer:
    """Everything open, the newest first."""
    return desk.render("alerts/index.html", alerts=show_open(desk))


@section.post("/alerts/<kind>/close", right=Right.CHANNELS)
def close(desk: Desk, kind: str) -> Answer:
    """It is dealt with."""
    if kind in ENDS_BY_ITSELF or not raising.close_kind(desk.session, kind, now=desk.now):
        return desk.go(url_for(".index"))
    desk.note("alerts_closed", f"alert:{kind}"[:80])
    undo = Undo(url_for(".reopen", kind=kind, at=desk.now.isoformat()), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã đánh dấu là xong.", "Marked as done."), to=url_for(".index"), undo=undo)


@section.post("/alerts/<kind>/reopen", right=Right.CHANNELS)
def reopen(desk: Desk, kind: str) -> Answer:
    """It was not: what was closed at the instant in the address is open again."""
    closed_at = _instant(request.args.get("at", ""))
    if closed_at is not None and raising.reopen_kind(desk.session, kind, closed_at=closed_at):
        desk.note("alerts_reopened", f"alert:{kind}"[:80])
        desk.say(desk.t("Đã mở lại.", "Open again."))
    return desk.go(url_for(".index"))


def show_open(desk: Desk, most: int | None = None) -> Sequence[Shown]:
    """Open alerts in words, the newest kind first; for this page, and for others that show the first `most` of them."""
    kinds = [found for found in raising.list_kinds(desk.session) if desk.may(ONLY_FOR.get(found.kind, Right.CHANNELS))]
    return [_shown(desk, found) for found in kinds[:most]]


def _shown(desk: Desk, found: OpenKind) -> Shown:
    endpoint, label = PLACES.get(found.kind, ("console.channels.look_at", Both("Xem kiểm tra", "See the checks")))
    return Shown(
        kind=found.kind,
        text=_sentence(found, desk.locale),
        count=found.count,
        since=found.since,
        url=url_for(endpoint) if is_open(endpoint, desk) else None,
        label=label.in_(desk.locale),
        may_close=found.kind not in ENDS_BY_ITSELF,
    )


def _sentence(found: OpenKind, locale: str) -> str:
    channel = found.subject.partition(":")[0].capitalize()
    facts = {"kind": found.kind, "count": found.count, "channel": channel, "detail": found.detail or "?"}
    return TEXTS.get(found.kind, OTHER).happened.in_(locale, **facts)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
