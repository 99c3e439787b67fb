"""One webhook body of every event Zalo has, with values of our own."""

from typing import Any

APP, OA, USER = "3344556677889900112", "4123456789012345678", "5123456789012345678"
STAMP = "1790000000123"
CARD = '{"phone":"84912345670","qrCodeUrl":"https://qr.zalo.me/x"}'

Body = dict[str, Any]


def from_person(name: str, message: Body | None = None, **more: Any) -> Body:
    """A person's message to the OA."""
    body = {"event_name": name, "app_id": APP, "sender": {"id": USER}, "recipient": {"id": OA}, "timestamp": STAMP}
    return body | {"user_id_by_app": "1023456789012345678"} | ({"message": message} if message else {}) | more


def to_person(name: str, message: Body, admin_id: str = "", recipient: str = USER) -> Body:
    """What left the OA, or what became of it."""
    sender = {"id": OA} | ({"admin_id": admin_id} if admin_id else {})
    body = {"event_name": name, "app_id": APP, "sender": sender, "recipient": {"id": recipient}}
    return body | {"message": message, "timestamp": STAMP}


def flat(name: str, **more: Any) -> Body:
    return {"app_id": APP, "oa_id": OA, "event_name": name, "timestamp": STAMP} | more


def media(kind: str, payload: Body, **message: Any) -> Body:
    attachment = {"type": kind, "payload": payload}
    return {"msg_id": f"media-{kind}", "attachments": [attachment]} | message


def zns_delivery(recipient: str = "84912345670") -> Body:
    message = {"delivery_time": "1790000005000", "msg_id": "zns-1", "tracking_id": "order-1001-paid"}
    return to_person("user_received_message", message, recipient=recipient)


TEXT = from_person("user_send_text", {"text": "Đổi quà 🎁", "msg_id": "aa00bb11cc22dd33ee44", "quote_msg_id": "bb"})
FOLLOW = flat("follow", follower={"id": USER}, user_id_by_app="1", source="oa_profile")
UNFOLLOW = flat("unfollow", follower={"id": USER}, user_id_by_app="1", source="oa_profile")
CHATNOW = flat("user_click_chatnow", user_id=USER, user_id_by_app="1")
INFO = from_person(
    "user_submit_info",
    info={
        "name": "Nguyễn Thị Lan",
        "phone": "84912345670",
        "user_dob": "31/12/1990",
        "gender": "Nữ",
        "full_address": {"user_city": "Hà Nội", "user_ward": "Láng", "user_address": "1 ngõ 2"},
    },
)
OLD_INFO = from_person(
    "user_submit_info",
    info={
        "name": "Nguyễn Thị Lan",
        "phone": "84912345670",
        "address": "1 ngõ 2",
        "city": "Hà Nội",
        "district": "Đống Đa",
    },
)
BUSINESS_CARD = from_person(
    "user_send_business_card",
    media(
        "link", {"thumbnail": "https://t", "url": "https://u", "description": CARD}, text="Nguyễn Thị Lan", msg_id="c1"
    ),
)
REACTION = from_person("user_reacted_message", {"msg_id": "m7", "react_icon": "/-heart"})
RECEIVED = to_person("user_received_message", {"msg_id": "m8"})
SEEN = to_person("user_seen_message", {"msg_ids": ["m8", "m9"]})
ZNS_DELIVERY = zns_delivery()
ECHO = to_person("oa_send_text", {"text": "Bạn có 320 điểm.", "msg_id": "e1"})
HUMAN = to_person("oa_send_text", {"text": "Chào chị, em Hoa đây ạ", "msg_id": "e2"}, admin_id="777")
TEST_BUTTON = from_person("user_send_text", {"text": "This is testing message", "msg_id": "This is message id"})
USER_CALL = flat("user_call_oa", user_id=USER, phone="84912345670")

MEDIA: list[Body] = [
    from_person("user_send_image", media("image", {"thumbnail": "https://t", "url": "https://u"}, text="hóa đơn")),
    from_person("user_send_gif", media("gif", {"thumbnail": "https://t", "url": "https://u"})),
    from_person(
        "user_send_link", media("link", {"thumbnail": "t", "description": "d", "url": "https://u", "title": "t"})
    ),
    from_person(
        "user_send_link", media("link", {"thumbnail": "t", "description": CARD, "url": "https://u"}, msg_id="c2")
    ),
    from_person("user_send_audio", media("audio", {"url": "https://u/a.amr"})),
    from_person("user_send_video", media("video", {"url": "https://u", "thumbnail": "t", "description": "d"})),
    from_person("user_send_sticker", media("sticker", {"id": "46", "url": "https://u"})),
    from_person(
        "user_send_location",
        media("location", {"coordinates": {"latitude": "21.0", "longitude": "105.8"}}, text="Hồ Gươm"),
    ),
    from_person(
        "user_send_file",
        media("file", {"size": "10", "name": "a.pdf", "checksum": "c", "type": "pdf", "url": "https://u"}),
    ),
    BUSINESS_CARD,
]
ECHOES: list[Body] = [
    to_person(f"oa_send_{kind}", {"msg_id": f"echo-{kind}", "attachments": []})
    for kind in ("text", "image", "gif", "list", "file", "sticker", "template")
]
WITHDRAW = flat("user_withdraw", user_id=USER)
REVOKED = flat("permission_revoked")
FEEDBACK = flat(
    "user_feedback",
    message={
        "rating_type": "csat",
        "option": "five_emotions",
        "note": "Hơi lâu",
        "rate": 5,
        "submit_time": "1790000004000",
        "msg_id": "zns-1",
        "feedbacks": ["nhanh", "sạch"],
        "tracking_id": "order-1001-paid",
    },
)
TAPPED = flat(
    "user_click_response_button",
    msg_id="zns-2",
    message={"submit_time": STAMP, "button_type": "response", "data": "Có", "tracking_id": "t"},
)
TEMPLATE_STATUS = flat(
    "change_template_status",
    template_id="250001",
    status={"prev_status": "ENABLE", "new_status": "DISABLE"},
    reason="Chất lượng thấp",
)
DAILY_QUOTA: Body = {
    "oaId": OA,
    "event_name": "change_oa_daily_quota",
    "quota": {"prev_value": 5000, "new_value": 2000},
    "app_id": APP,
    "timestamp": STAMP,
}
TEMPLATE_NEWS: list[Body] = [
    TEMPLATE_STATUS,
    flat("change_template_quality", template_id="250001", quality={"prev_quality": "HIGH", "new_quality": "LOW"}),
    flat("change_template_quota", template_id="250001", quota={"prev_quota": 500, "new_quota": 200}),
    DAILY_QUOTA,
]
NAMELESS: list[Body] = [REVOKED, FEEDBACK, TAPPED, *TEMPLATE_NEWS]  # news that names no person
TAGGED: list[Body] = [
    flat("add_user_to_tag", tag={"user_ids": [USER], "name": "VIP"}),
    flat("remove_user_from_tag", tag={"user_ids": [USER, "5123456789012345679"], "name": "VIP"}),
]
OTHERS: list[Body] = [
    *ECHOES,
    to_person("oa_reacted_message", {"msg_id": "m7", "react_icon": "/-strong"}),
    flat("add_user_to_tag", tag={"name": "VIP"}),
    flat("remove_tag", tag={"name": "VIP"}),
    flat("update_user_info", user_id=USER, info={"name": "Lan"}),
    flat("extension_purchased"),
    flat("shop_has_order"),
    *(
        from_person(f"anonymous_send_{kind}", {"conversation_id": "c", "text": "t", "msg_id": "a"})
        for kind in ("text", "image", "file", "sticker")
    ),
    *(
        to_person(f"oa_send_anonymous_{kind}", {"conversation_id": "c", "text": "t", "msg_id": "a"})
        for kind in ("text", "image", "file", "sticker")
    ),
    flat("widget_interaction_accepted", data={"user_id": USER, "user_external_id": "x", "url": "https://u"}),
    flat("widget_failed_to_sync_user_external_id", data={"user_id": USER}),
    flat("change_oa_template_tags"),
    flat("event_journey_acknowledged"),
    flat("event_journey_time_out"),
    flat("oa_send_consent", user_id=USER),
    flat("user_reply_consent", user_id=USER),
    flat("oa_call_user", user_id=USER),
    USER_CALL,
    CHATNOW,
    flat("user_send_group_text", sender={"id": USER}, recipient={"id": "g1"}, message={"text": "điểm", "msg_id": "g"}),
    flat("oa_send_group_text", sender={"id": OA}, recipient={"id": "g1"}, message={"text": "điểm", "msg_id": "g"}),
    flat("create_group", group_id="g1"),
    flat("user_join_group", group_id="g1"),
    flat("user_request_join_group", group_id="g1"),
    flat("accept_request_join_group", group_id="g1"),
    flat("reject_request_join_group", group_id="g1"),
    flat("react_request_join_group", group_id="g1"),
    flat("add_group_admin", group_id="g1"),
    flat("remove_group_admin", group_id="g1"),
    flat("update_group_info", group_id="g1"),
    flat("user_out_group", group_id="g1"),
    flat("user_leave_group", group_id="g1"),
    flat("delete_group", group_id="g1"),
    flat("disperse_group", group_id="g1"),
    flat("user_click_button", user_id=USER),
    flat("an_event_of_next_year", user_id=USER),
    TEST_BUTTON,
]
ALL: list[Body] = [
    *(TEXT, FOLLOW, UNFOLLOW, INFO, OLD_INFO, REACTION, RECEIVED, SEEN, ZNS_DELIVERY, HUMAN),
    *MEDIA,
    WITHDRAW,
    *NAMELESS,
    TAGGED[0],
    *OTHERS,
]
