"""The timeline as sentences: what happened, when, the words that were said where whoever looks may read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select

from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.console.customers import words
from loyalty.console.desk import Desk
from loyalty.customers import cases, notes
from loyalty.customers.models import Case, Note
from loyalty.messaging import threads
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_money, format_points
from loyalty.vault.people import Erased
from loyalty.words import Both

MESSAGES = frozenset({"message_in", "message_out"})
CASE_KINDS: Mapping[str, Both] = {
    "complaint": Both("khiếu nại", "complaint"),
    "feedback": Both("góp ý", "feedback"),
    "request": Both("yêu cầu", "request"),
}
TOLD: Mapping[str, tuple[str, Both]] = {  # icon and sentence
    "created": ("user-plus", Both("Vào sổ: {source}", "On the books: {source}")),
    "joined": ("heart-handshake", Both("Tham gia tích điểm", "Joined the programme")),
    "joining_undone": ("arrow-back-up", Both("Bỏ lần tham gia", "The joining was undone")),
    "renamed": ("pencil", Both("Đổi tên", "Renamed")),
    "phone_claimed": ("phone", Both("Cho số điện thoại", "Gave a phone number")),
    "phone_proven": ("shield-check", Both("Số điện thoại được xác nhận: {proof}", "The phone was confirmed: {proof}")),
    "linked": ("link", Both("Chat {channel} được gắn vào hồ sơ", "The {channel} chat was linked")),
    "detached": ("link", Both("Chat {channel} không còn gắn với hồ sơ", "The {channel} chat was unlinked")),
    "followed": ("heart-handshake", Both("Quan tâm trên {channel}", "Followed on {channel}")),
    "unfollowed": ("x", Both("Bỏ quan tâm trên {channel}", "Unfollowed on {channel}")),
    "message_in": ("message", Both("Khách nhắn qua {channel}", "Wrote on {channel}")),
    "message_out": ("send", Both("Cửa hàng nhắn", "The shop wrote")),
    "offer_sent": ("speakerphone", Both("Nhận một tin ưu đãi", "Got an offer")),
    "platform_told": ("bell", Both("{told}", "{told}")),
    "conversation_waiting": ("clock", Both("Muốn gặp người của cửa hàng", "Asked for a person")),
    "conversation_taken": ("user-circle", Both("Một người của cửa hàng nhận trả lời", "A person took the chat over")),
    "conversation_returned": ("message", Both("Bot trả lời tiếp", "The bot answers again")),
    "purchase": ("cash-register", Both("Mua {total}, {points} điểm", "Bought for {total}, {points} points")),
    "purchase_undone": (
        "arrow-back-up",
        Both("Hủy đơn {total}, {points} điểm", "Bill of {total} undone, {points} points"),
    ),
    "purchase_returned": (
        "arrow-back-up",
        Both(
            "Trả hàng {amount} của đơn {total}, {points} điểm",
            "Goods of {amount} back, bill of {total}, {points} points",
        ),
    ),
    "purchase_return_undone": (
        "pencil",
        Both("Hủy lần trả hàng {amount}, {points} điểm", "A return of {amount} undone, {points} points"),
    ),
    "points_opened": ("gift", Both("Mang theo {points} điểm từ sổ cũ", "Brought {points} points along")),
    "points_opening_undone": (
        "arrow-back-up",
        Both("Bỏ số điểm mang theo ({points})", "Points brought along undone ({points})"),
    ),
    "redemption_requested": ("gift", Both("Đổi {name}, {points} điểm", "Exchanged for {name}, {points} points")),
    "redemption_fulfilled": ("gift", Both("Nhận {name}", "Got {name}")),
    "redemption_cancelled": (
        "arrow-back-up",
        Both("Hủy đổi {name}, {points} điểm", "{name} cancelled, {points} points"),
    ),
    "gift_cancelled": (
        "arrow-back-up",
        Both("Hủy lần dùng {name}, mã dùng lại được", "The use of {name} was undone, the code holds again"),
    ),
    "redemption_expired": ("calendar-off", Both("Mã đổi {name} hết hạn", "The code for {name} ran out")),
    "points_adjusted": ("pencil", Both("Điều chỉnh {points} điểm", "{points} points by hand")),
    "points_adjustment_undone": (
        "arrow-back-up",
        Both("Hủy lần điều chỉnh ({points} điểm)", "An adjustment undone ({points} points)"),
    ),
    "points_expired": ("clock", Both("Hết hạn {points} điểm", "Expired: {points} points")),
    "points_given": ("gift", Both("{name}: {points} điểm", "{name}: {points} points")),
    "points_gift_undone": ("arrow-back-up", Both("Hủy lần tặng {points} điểm", "A gift undone, {points} points")),
    "birthday": ("cake", Both("Cho ngày sinh", "The birthday was given or corrected")),
    "referral": ("users", Both("Được bạn giới thiệu", "Was brought by a friend")),
    "points_released": ("check", Both("{points} điểm chờ nay dùng được", "{points} waiting points may be used now")),
    "tier": ("star", Both("Từ hạng {before} sang {after}", "From {before} to {after}")),
    "tier_set": ("star", Both("Được đặt hạng {tier} bằng tay", "Made {tier} by hand")),
    "tier_set_undone": ("arrow-back-up", Both("Bỏ hạng {tier} đặt bằng tay", "{tier} by hand was taken back")),
    "consent_yes": ("check", Both("Đồng ý {purpose}", "Agreed to {purpose}")),
    "consent_no": ("x", Both("Từ chối {purpose}", "Refused {purpose}")),
    "offer_shown": ("gift", Both("Được nhắc một ưu đãi chưa dùng", "Was reminded of an unused offer")),
    "privacy_requested": ("shield-check", Both("Hỏi về dữ liệu của mình", "Asked about their data")),
    "privacy_refused": ("x", Both("Yêu cầu về dữ liệu bị từ chối", "A request about their data was refused")),
    "erased": ("trash", Both("Dữ liệu được xóa", "The data was erased")),
    "note": ("note", Both("Ghi chú", "Note")),
    "note_taken_back": ("note", Both("Bỏ một ghi chú", "A note was taken back")),
    "tagged": ("tag", Both("Gắn nhãn", "Tagged")),
    "untagged": ("tag", Both("Bỏ nhãn", "A tag was taken away")),
    "custom_fields": ("pencil", Both("Ghi ô riêng: {fields}", "Own fields: {fields}")),
    "interest_told": ("star", Both("Quan tâm đến", "Interested in")),
    "interest_refused": ("x", Both("Không quan tâm đến nữa", "No interest any more in")),
    "case_opened": ("message-report", Both("Có {kind} số {number}", "Case {number}: {kind}")),
    "case_answered": ("message-report", Both("Đã trả lời {kind} số {number}", "Case {number} ({kind}) was answered")),
    "case_closed": ("check", Both("Đóng {kind} số {number}", "Case {number} ({kind}) was closed")),
    "case_reopened": ("message-report", Both("Mở lại {kind} số {number}", "Case {number} ({kind}) was opened again")),
}
PLATFORM_WORDS: Mapping[str, Both] = {  # of `platform_told`, by event or by event and word
    "optin": Both("Đăng ký nhận thông báo của trang", "Signed up for the page's notifications"),
    "optin:stop_notifications": Both("Dừng thông báo của trang", "Stopped the page's notifications"),
    "optin:resume_notifications": Both("Nhận lại thông báo của trang", "Resumed the page's notifications"),
    "account_linking": Both("Liên kết tài khoản", "Linked an account"),
    "account_linking:unlinked": Both("Bỏ liên kết tài khoản", "Unlinked an account"),
    "response_feedback": Both("Đánh giá một câu trả lời", "Rated an answer"),
    "response_feedback:good_response": Both("Khen một câu trả lời", "Liked an answer"),
    "response_feedback:bad_response": Both("Chê một câu trả lời", "Disliked an answer"),
}
PURPOSES: Mapping[str, Both] = {
    "programme": Both("chương trình tích điểm", "the points programme"),
    "promotion": Both("nhận ưu đãi", "offers"),
    "care": Both("được nhắc điểm, giữ hạng", "reminders of points and tiers"),
    "evaluation": Both("được đếm trong báo cáo", "being counted in reports"),
    "personalisation": Both("ưu đãi chọn theo thứ hay mua", "offers chosen by what they buy"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """One row. `said` is what somebody wrote, `is_ours` when it was the shop; `url` leads to what it is about."""

    at: datetime
    icon: str
    text: str
    channel: str
    said: str
    is_ours: bool
    url: str


def tell_all(desk: Desk, rows: Sequence[Activity]) -> list[Story]:
    """The rows in their order; notes and cases are fetched together."""
    about_notes = _by_public_id(desk, Note, rows, "note")
    about_cases = _by_public_id(desk, Case, rows, "case")
    return [_tell(desk, row, about_notes, about_cases) for row in rows]


def _tell(desk: Desk, row: Activity, about_notes: Mapping[str, Note], about_cases: Mapping[str, Case]) -> Story:
    data = row.data
    key = row.kind if row.kind != "consent" else f"consent_{'yes' if data.get('granted') else 'no'}"
    if key == "redemption_cancelled" and not data.get("points"):  # a gift: no points went, none come back
        key = "gift_cancelled"
    icon, sentence = TOLD.get(key, ("circle", Both(row.kind.replace("_", " "), row.kind.replace("_", " "))))
    case, note = about_cases.get(str(data.get("case"))), about_notes.get(str(data.get("note")))
    said = _said(desk, row, note, case)
    return Story(
        at=row.at,
        icon=icon,
        text=sentence.in_(desk.locale, **_facts(desk, data)),
        channel=str(data.get("channel") or ""),
        said=said,
        is_ours=row.kind == "message_out",
        url=_url(desk, data, case),
    )


def _facts(desk: Desk, data: Mapping[str, Any]) -> dict[str, str]:
    """Every place a sentence may have."""
    locale = desk.locale
    points = data.get("points_pending") or data.get("points")
    return {
        "source": _named(words.FIRST_TOUCH, data.get("source"), locale),
        "channel": _channel(data.get("channel")),
        "proof": _named(words.PROOFS, data.get("proof"), locale),
        "total": format_money(int(data.get("total") or 0), locale),
        "amount": format_money(int(data.get("amount") or 0), locale),
        "points": f"+{format_points(points, locale)}" if isinstance(points, int) and points >= 0 else str(points or 0),
        "before": _tier(desk, data.get("from")),
        "after": _tier(desk, data.get("to")),
        "tier": _tier(desk, data.get("tier")),
        "purpose": _named(PURPOSES, data.get("purpose"), locale),
        "kind": _named(CASE_KINDS, data.get("kind"), locale),
        "number": str(data.get("number", "")),
        "told": _told(data, locale),
        "name": _by_locale(data.get("name"), locale),
        "fields": ", ".join(map(str, data.get("fields", ()))),
    }


def _told(data: Mapping[str, Any], locale: str) -> str:
    event = str(data.get("event", ""))
    words = PLATFORM_WORDS.get(f"{event}:{data.get('word')}") or PLATFORM_WORDS.get(event)
    return words.in_(locale) if words else event


def _named(known: Mapping[Any, Both], code: Any, locale: str) -> str:
    return known[code].in_(locale) if code in known else str(code or "")


def _by_locale(names: Any, locale: str) -> str:
    return str(names.get(locale) or next(iter(names.values()), "")) if isinstance(names, dict) else ""


def _channel(kind: Any) -> str:
    return {"zalo": "Zalo", "messenger": "Messenger"}.get(str(kind), str(kind or ""))


def _tier(desk: Desk, code: Any) -> str:
    return desk.programme.tier_name(str(code), desk.locale)


def _said(desk: Desk, row: Activity, note: Note | None, case: Case | None) -> str:
    """Words whoever looks may read: messages need the right to converse, a case that one may see."""
    try:
        if note is not None and note.taken_back_at is None and row.kind == "note":
            return notes.words_of(desk.session, note)
        if case is not None and row.kind == "case_opened":
            return cases.words_of(desk.session, case) if cases.may_see(case, desk.member) else ""
        if row.kind in MESSAGES and not desk.may(Right.CONVERSE):
            return ""
        return threads.mask_phones(timeline.words(desk.session, row) or "")
    except Erased:
        return ""


def _url(desk: Desk, data: Mapping[str, Any], case: Case | None) -> str:
    if case is not None and cases.may_see(case, desk.member):
        return url_for("console.cases.show", public_id=case.public_id)
    if data.get("chat") and desk.may(Right.CONVERSE):
        return url_for("console.conversations.show", public_id=str(data["chat"]))
    return ""


def _by_public_id(desk: Desk, model: Any, rows: Sequence[Activity], name: str) -> dict[str, Any]:
    wanted = {str(row.data[name]) for row in rows if row.data.get(name)}
    if not wanted:
        return {}
    return {found.public_id: found for found in desk.session.scalars(select(model).where(model.public_id.in_(wanted)))}
