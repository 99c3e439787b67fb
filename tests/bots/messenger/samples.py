"""One invented event of every kind Meta documents, as the element of `messaging[]`."""

from typing import Any

PAGE = "104850291837465"
PERSON = "24718835091234567"
SENT_MS = 1795140930412
ENTRY_MS = 1795140931024
PAGE_INBOX = 263902037430900


def from_person(**parts: Any) -> dict[str, Any]:
    return {"sender": {"id": PERSON}, "recipient": {"id": PAGE}, "timestamp": SENT_MS, **parts}


def from_page(**parts: Any) -> dict[str, Any]:
    return {"sender": {"id": PAGE}, "recipient": {"id": PERSON}, "timestamp": SENT_MS, **parts}


def message(**parts: Any) -> dict[str, Any]:
    return from_person(message={"mid": "m_aaa", **parts})


def echo(**parts: Any) -> dict[str, Any]:
    return from_page(message={"is_echo": True, "mid": "m_bot", "text": "Bạn có 120 điểm", **parts})


def page_event(*elements: Any, key: str = "messaging", page: Any = PAGE) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": page, "time": ENTRY_MS, key: list(elements)}]}


def attachment(kind: str, **payload: Any) -> dict[str, Any]:
    return message(attachments=[{"type": kind, "payload": payload}])


AD = {
    "ref": "nov",
    "ad_id": "1202",
    "source": "ADS",
    "type": "OPEN_THREAD",
    "ads_context_data": {"ad_title": "Tháng 11"},
}
LINK = {"ref": "store-17", "source": "SHORTLINK", "type": "OPEN_THREAD"}
OPT_IN = {"type": "notification_messages", "payload": "x", "notification_messages_token": "t"}
BOOKING = {"booking_id": "1", "status": "requested", "start_time": 1795140930, "timezone": "Asia/Ho_Chi_Minh"}
UNNAMED = {"recipient": {"id": PAGE}, "timestamp": SENT_MS}  # events without a sender

# name: (element, kind, text, opens the window)
SAMPLES: dict[str, tuple[dict[str, Any], str, str, bool]] = {
    "text": (message(text="Cho mình xem điểm"), "message", "Cho mình xem điểm", True),
    "quick reply": (message(text="Ưu đãi", quick_reply={"payload": "OFFERS|2"}), "message", "OFFERS|2", True),
    "reply": (message(text="cái này", reply_to={"mid": "m_zzz", "is_self_reply": False}), "message", "cái này", True),
    "picture": (attachment("image", url="https://scontent.xx.fbcdn.net/a"), "media", "", True),
    "sticker": (attachment("sticker", url="https://a.vn", sticker_id=369239263222822), "media", "", True),
    "place": (attachment("location", coordinates={"lat": 10.7, "long": 106.6}), "media", "", True),
    "post": (attachment("ig_post", url="https://a.vn", title="Bài", id=9), "media", "", True),
    "booking": (attachment("appointment_booking", **BOOKING), "media", "", True),
    "share without payload": (message(attachments=[{"type": "fallback"}]), "media", "", True),
    "link preview": (
        message(text="https://shop.vn", attachments=[{"type": "fallback", "payload": {"title": "Shop"}}]),
        "message",
        "https://shop.vn",
        True,
    ),
    "from an advertisement": (message(text="còn không?", referral=AD), "message", "còn không?", True),
    "slash command": (message(text="diem", commands=[{"name": "diem"}]), "message", "diem", True),
    "taken back": (message(is_deleted=True), "other", "", False),
    "unsupported": (message(is_unsupported=True), "media", "", True),
    "echo of ours": (echo(app_id=728140995512034, metadata="out:5512"), "other", "", False),
    "echo of ours, app not named": (echo(metadata="out:5512"), "other", "", False),
    "echo of the inbox": (echo(app_id=PAGE_INBOX), "human", "Bạn có 120 điểm", False),
    "echo of the inbox, id as text": (echo(app_id=str(PAGE_INBOX)), "human", "Bạn có 120 điểm", False),
    "echo of nobody named": (echo(), "human", "Bạn có 120 điểm", False),
    "echo of another app": (echo(app_id=1), "other", "", False),
    "menu": (from_person(postback={"mid": "m_pb", "title": "Xem điểm", "payload": "điểm"}), "message", "điểm", True),
    "button without payload": (from_person(postback={"title": "Xem điểm"}), "message", "Xem điểm", True),
    "get started": (
        from_person(postback={"mid": "m_gs", "title": "Bắt đầu", "payload": "GET_STARTED"}),
        "follow",
        "",
        True,
    ),
    "get started by link": (
        from_person(postback={"mid": "m_gs", "title": "Bắt đầu", "payload": "GET_STARTED", "referral": LINK}),
        "follow",
        "",
        True,
    ),
    "link in a known thread": (from_person(referral=LINK), "referral", "", True),
    "advertisement in a known thread": (from_person(referral=AD), "referral", "", False),
    "opt-in": (from_person(optin=OPT_IN), "kept", "notification_messages", False),
    "opt-in stopped": (
        from_person(optin={**OPT_IN, "notification_messages_status": "STOP NOTIFICATIONS"}),
        "kept",
        "stop_notifications",
        False,
    ),
    "opt-in resumed": (
        from_person(optin={**OPT_IN, "notification_messages_status": "RESUME_NOTIFICATIONS"}),
        "kept",
        "resume_notifications",
        False,
    ),
    "opt-in for one": (
        from_person(optin={"type": "one_time_notif_req", "payload": "x", "one_time_notif_token": "t"}),
        "kept",
        "one_time_notif_req",
        False,
    ),
    "opt-in by plugin": (from_person(optin={"ref": "box"}), "kept", "plugin", False),
    "opt-in by checkbox": ({**UNNAMED, "optin": {"ref": "box", "user_ref": "u1"}}, "other", "", False),
    "delivery": (from_person(delivery={"mids": ["m_bot"], "watermark": SENT_MS}), "delivered", "", False),
    "delivery without ids": (from_person(delivery={"watermark": SENT_MS}), "delivered", "", False),
    "read": (from_person(read={"watermark": SENT_MS}), "seen", "", False),
    "reaction": (
        from_person(reaction={"reaction": "love", "emoji": "❤️", "action": "react", "mid": "m_bot"}),
        "reaction",
        "❤️",
        True,
    ),
    "reaction taken back": (from_person(reaction={"action": "unreact", "mid": "m_bot"}), "reaction", "", False),
    "edit": (from_person(message_edit={"mid": "m_aaa", "text": "xem quà", "num_edit": "1"}), "edit", "xem quà", False),
    "account linked": (
        from_person(account_linking={"status": "linked", "authorization_code": "c"}),
        "kept",
        "linked",
        False,
    ),
    "account unlinked": (from_person(account_linking={"status": "unlinked"}), "kept", "unlinked", False),
    "page blocked": (
        {**UNNAMED, "policy_enforcement": {"action": "block", "reason": "spam"}},
        "blocked",
        "spam",
        False,
    ),
    "page unblocked": ({**UNNAMED, "policy_enforcement": {"action": "unblock"}}, "unblocked", "", False),
    "page warned": ({**UNNAMED, "policy_enforcement": {"action": "warning", "reason": "x"}}, "warned", "x", False),
    "page judged anew": ({**UNNAMED, "policy_enforcement": {"action": "frown"}}, "other", "", False),
    "feedback": (
        from_person(response_feedback={"feedback": "Good response", "mid": "m_bot"}),
        "kept",
        "good_response",
        False,
    ),
    "thread passed": (from_person(pass_thread_control={"new_owner_app_id": "1"}), "back", "", False),
    "thread passed to the inbox": (
        from_person(pass_thread_control={"previous_owner_app_id": "1", "new_owner_app_id": PAGE_INBOX}),
        "away",
        "",
        False,
    ),
    "thread taken": (from_person(take_thread_control={"new_owner_app_id": 1}), "away", "", False),
    "thread taken from nobody": (
        from_person(take_thread_control={"previous_owner_app_id": None, "new_owner_app_id": "1"}),
        "away",
        "",
        False,
    ),
    "thread asked for": (from_person(request_thread_control={"requested_owner_app_id": "1"}), "other", "", False),
    "roles": ({**UNNAMED, "app_roles": {"1": ["primary_receiver"]}}, "other", "", False),
    "news of tomorrow": (from_person(hologram={"shape": "cat"}), "other", "", False),
}
