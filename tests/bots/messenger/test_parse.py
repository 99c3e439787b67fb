import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots import dispatch, strict_json
from bots.channel import Inbound, InboundKind
from bots.messenger.parse import parse
from tests.bots.messenger.samples import (
    AD,
    ENTRY_MS,
    LINK,
    PAGE,
    PERSON,
    SAMPLES,
    SENT_MS,
    attachment,
    from_page,
    from_person,
    message,
    page_event,
)

SENT_AT = datetime(2026, 11, 20, 2, 15, 30, 412_000, tzinfo=UTC)


def only(element: Any, **options: Any) -> Inbound:
    (event,) = parse(page_event(element, **options))
    return event


@pytest.mark.parametrize("name", SAMPLES)
def test_every_documented_event_is_recognised(name: str) -> None:
    element, kind, text, opens = SAMPLES[name]

    event = only(element)

    assert (event.kind, event.text, event.interaction) == (kind, text, opens)
    assert event.account == PAGE
    assert event.user == (PERSON if PERSON in str(element) else "")
    assert event.at == SENT_AT


@pytest.mark.parametrize("name", SAMPLES)
def test_the_raw_of_an_event_is_read_as_this_event_again(name: str) -> None:
    event = only(SAMPLES[name][0])

    assert parse(event.raw) == [event]


def test_one_call_may_hold_many_pages_and_many_events() -> None:
    entries = [{"id": page, "time": ENTRY_MS, "messaging": [message(text=f"{page}")] * 3} for page in ("11", "12")]

    events = parse({"object": "page", "entry": entries})

    assert [(event.account, event.text) for event in events] == [("11", "11")] * 3 + [("12", "12")] * 3


def test_a_thousand_entries_cost_a_thousand_times_one() -> None:
    def seconds(size: int) -> float:
        payload = page_event(*[message(text="điểm " * 50, attachments=[{"type": "image"}])] * size)
        return min(_elapsed(payload) for _ in range(3))

    assert seconds(4000) < 12 * seconds(1000)


def _elapsed(payload: dict[str, Any]) -> float:
    started = time.perf_counter()
    parse(payload)
    return time.perf_counter() - started


# name: what stands by, its kind, its text, whether it opens the window
STANDING_BY: dict[str, tuple[str, str, bool]] = {
    "text": ("standby", "Cho mình xem điểm", True),
    "quick reply": ("standby", "Ưu đãi", True),
    "sticker": ("standby", "", True),
    "button without payload": ("standby", "Xem điểm", True),
    "link in a known thread": ("standby", "", True),
    "reaction": ("reaction", "❤️", True),
    "delivery": ("delivered", "", False),
    "echo of the inbox": ("human", "Bạn có 120 điểm", False),
    "echo of another app": ("other", "", False),
    "news of tomorrow": ("other", "", False),
}


@pytest.mark.parametrize("name", STANDING_BY)
def test_what_is_said_to_another_app_is_kept_and_never_a_message_for_us(name: str) -> None:
    event = only(SAMPLES[name][0], key="standby")

    assert (event.kind, event.text, event.interaction) == STANDING_BY[name]
    assert (event.phone, event.ref) == ("", "")
    assert event.event_id != "m_aaa"  # should the thread become ours, the message must not count as seen
    assert parse(event.raw) == [event]


def test_nothing_that_stands_by_is_ever_answered() -> None:
    kinds = {only(element, key="standby").kind for element, *_ in SAMPLES.values()}

    assert kinds.isdisjoint(dispatch.ANSWERED)


def turned(value: Any) -> Any:
    """The same JSON with the keys of every object in the other order."""
    if isinstance(value, dict):
        return {key: turned(part) for key, part in reversed(value.items())}
    return [turned(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("key", ["messaging", "standby"])
@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "plain"])
@pytest.mark.parametrize("name", SAMPLES)
def test_neither_the_order_of_keys_nor_escapes_matter(name: str, escaped: bool, key: str) -> None:
    payload = page_event(SAMPLES[name][0], key=key)
    bytes_ = json.dumps(turned(payload), ensure_ascii=escaped).replace("/", "\\/" if escaped else "/").encode()

    (event,) = parse(strict_json.loads(bytes_))

    assert event == parse(payload)[0]


@pytest.mark.parametrize("stamp", [SENT_MS, str(SENT_MS), SENT_MS // 1000, str(SENT_MS // 1000)])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_takes_every_form_of_a_time(name: str, stamp: int | str) -> None:
    assert only(SAMPLES[name][0] | {"timestamp": stamp}).at.replace(microsecond=0) == SENT_AT.replace(microsecond=0)


@pytest.mark.parametrize("field", ["message_template_status_update", "messenger_template_status_update"])
def test_what_becomes_of_a_template_is_told_under_either_name(field: str) -> None:
    value = {"event": "REJECTED", "message_template_id": 9, "message_template_name": "points_vi", "reason": "x"}
    event = only({"field": field, "value": value}, key="changes")

    assert (event.kind, event.name, event.text) == (InboundKind.JUDGED, field, "points_vi: REJECTED")
    assert parse(event.raw) == [event]


@pytest.mark.parametrize("value", [None, [], {}, {"event": "REJECTED"}, {"message_template_name": "x", "event": 5}])
def test_a_damaged_template_notice_is_only_stored(value: Any) -> None:
    event = only({"field": "message_template_status_update", "value": value}, key="changes")

    assert event.kind is InboundKind.OTHER


def test_changes_carry_the_name_of_their_field() -> None:
    event = only({"field": "feed", "value": {"item": "comment"}}, key="changes")

    assert (event.kind, event.name, event.user) == (InboundKind.OTHER, "feed", "")
    assert parse(event.raw) == [event]


def test_instagram_on_the_same_address_is_ignored() -> None:
    (event,) = parse({**page_event(message(text="điểm")), "object": "instagram"})

    assert (event.kind, event.name, event.account) == (InboundKind.OTHER, "instagram", PAGE)
    assert parse(event.raw) == [event]


@pytest.mark.parametrize("key", ["mid", "number"])
def test_ids_beyond_2_to_the_53_stay_exact(key: str) -> None:
    element = message(text="a") | {"sender": {"id": 24718835091234567 if key == "number" else PERSON}}

    assert only(element, page=104850291837465 if key == "number" else PAGE).user == "24718835091234567"


@pytest.mark.parametrize("bad", [None, True, 1.5, -1, "", " ", "../me", "x" * 65, "1\n", {"id": "1"}, ["1"]])
def test_an_id_that_is_none_makes_the_event_nobodys(bad: Any) -> None:
    event = only(message(text="điểm") | {"sender": {"id": bad}})

    assert (event.user, event.kind) == ("", InboundKind.OTHER)


def test_a_page_writing_to_itself_is_ignored() -> None:
    assert only(from_page(message={"mid": "m_x", "text": "điểm"})).kind is InboundKind.OTHER
    assert only(from_person(message={"mid": "m_x", "is_echo": True}) | {"sender": {"id": PAGE}}).user == ""


@pytest.mark.parametrize("mark", [True, "true", 1, "yes", {}])
def test_whatever_claims_to_be_an_echo_is_never_answered(mark: Any) -> None:
    event = only(from_page(message={"mid": "m_x", "text": "điểm", "is_echo": mark}))

    assert event.kind is InboundKind.HUMAN
    assert not event.interaction


@pytest.mark.parametrize("mark", [False, None, "false", 0])
def test_a_plain_no_is_no_echo(mark: Any) -> None:
    assert only(message(text="điểm", is_echo=mark)).kind is InboundKind.MESSAGE


@pytest.mark.parametrize(
    "element",
    [
        message(text="x", referral=LINK),
        from_person(postback={"payload": "p", "referral": LINK}),
        from_person(referral=LINK),
    ],
)
def test_the_ref_is_found_in_all_three_places(element: dict[str, Any]) -> None:
    assert only(element).ref == "store-17"


def test_a_picture_sent_from_an_advertisement_keeps_its_ref() -> None:
    event = only(
        attachment("image", url="https://a.vn") | {"message": {"mid": "m", "attachments": [{}], "referral": AD}}
    )

    assert (event.kind, event.ref) == (InboundKind.MEDIA, "nov")


def test_receipts_name_messages_and_time() -> None:
    delivered = only(SAMPLES["delivery"][0])
    seen = only(SAMPLES["read"][0])

    assert (delivered.message_ids, delivered.watermark) == (("m_bot",), SENT_AT)
    assert (seen.message_ids, seen.watermark) == ((), SENT_AT)


@pytest.mark.parametrize("mids", [None, "m_bot", 5, {}, [None, 1, {}, ""]])
def test_strange_message_ids_of_a_receipt_are_left_out(mids: Any) -> None:
    event = only(from_person(delivery={"mids": mids}))

    assert event.kind is InboundKind.DELIVERED
    assert event.message_ids == ()


@pytest.mark.parametrize("sent", [SENT_MS, str(SENT_MS)])
def test_milliseconds_are_read_as_number_and_text(sent: int | str) -> None:
    assert only(message(text="a") | {"timestamp": sent}).at == SENT_AT


@pytest.mark.parametrize("sent", [SENT_MS // 1000, str(SENT_MS // 1000)])
def test_a_time_below_a_trillion_is_in_seconds(sent: int | str) -> None:
    assert only(message(text="a") | {"timestamp": sent}).at == SENT_AT.replace(microsecond=0)


@pytest.mark.parametrize(
    "sent", [None, True, 0, -5, 1.5, "soon", "", "１７", 10**15, 10**11 * 9, 10**400, "9" * 15, [], {}]
)
def test_without_a_usable_time_the_delivery_time_stands_in(sent: Any) -> None:
    assert only(message(text="a") | {"timestamp": sent}).at == SENT_AT + timedelta(milliseconds=ENTRY_MS - SENT_MS)


def test_without_any_time_the_event_is_too_old_to_matter() -> None:
    (event,) = parse({"object": "page", "entry": [{"id": PAGE, "messaging": [{"sender": {"id": PERSON}}]}]})

    assert event.at.year == 1970


def test_message_and_tap_are_named_by_their_mid() -> None:
    assert only(SAMPLES["text"][0]).event_id == only(SAMPLES["text"][0]).message_id == "m_aaa"
    assert only(SAMPLES["menu"][0]).event_id == "m_pb"


def test_mids_differ_by_case() -> None:
    assert only(from_person(message={"mid": "m_A"})).event_id != only(from_person(message={"mid": "m_a"})).event_id


@pytest.mark.parametrize("mid", ["m" * 201, "m" * 5000, "m_\0", "m_\ud800", "e\u0301"])
def test_a_mid_no_column_holds_is_hashed(mid: str) -> None:
    event = only(from_person(message={"mid": mid, "text": "a"}))

    assert len(event.event_id) == 64
    assert event.event_id == only(from_person(message={"mid": mid, "text": "b"})).event_id
    assert parse(event.raw) == [event]


def test_a_mid_of_200_characters_stays() -> None:
    assert only(from_person(message={"mid": "m" * 200})).event_id == "m" * 200


@pytest.mark.parametrize("name", ["edit", "reaction", "feedback", "taken back"])
def test_what_is_about_a_message_does_not_take_its_name(name: str) -> None:
    assert only(SAMPLES[name][0]).event_id not in ("m_aaa", "m_bot")


def test_a_redelivery_without_mid_keeps_its_name_whenever_it_comes() -> None:
    element = SAMPLES["read"][0]
    later = {"object": "page", "entry": [{"id": PAGE, "time": ENTRY_MS + 60_000, "messaging": [element]}]}
    turned = dict(reversed(element.items()))

    assert only(element).event_id == parse(later)[0].event_id == only(turned).event_id


def test_two_acts_without_mid_have_two_names() -> None:
    first, second = (
        SAMPLES["button without payload"][0],
        SAMPLES["button without payload"][0] | {"timestamp": SENT_MS + 1},
    )

    assert only(first).event_id != only(second).event_id
    assert only(first).event_id != only(first, page="7").event_id


def test_a_duplicate_within_one_request_keeps_its_name() -> None:
    first, second = parse(page_event(SAMPLES["read"][0], SAMPLES["read"][0]))

    assert first == second


@pytest.mark.parametrize("phone", ["+84912345678", "0912345678", "84912345678", "+84 912 345 678", "0912.345.678"])
def test_the_phone_meta_fills_in_is_attested(phone: str) -> None:
    event = only(message(text=phone, quick_reply={"payload": phone}))

    assert (event.kind, event.phone, event.text, event.interaction) == (InboundKind.CONTACT, phone, "", True)


def test_the_attested_phone_may_be_shown_in_national_form() -> None:
    event = only(message(text="0912 345 678", quick_reply={"payload": "+84912345678"}))

    assert (event.kind, event.phone) == (InboundKind.CONTACT, "+84912345678")


@pytest.mark.parametrize(
    "parts",
    [
        {"text": "0912345678"},
        {"text": "Đúng số này", "quick_reply": {"payload": "0912345678"}},
        {"text": "0912345678", "quick_reply": {"payload": "0987654321"}},
        {"text": "0912345678", "quick_reply": {"payload": "said:0912345678"}},
        {"text": "912345678", "quick_reply": {"payload": "912345678"}},
        {"text": "٠٩١٢٣٤٥٦٧٨", "quick_reply": {"payload": "٠٩١٢٣٤٥٦٧٨"}},
        {"text": "đổi 3", "quick_reply": {"payload": "đổi 3"}},
    ],
)
def test_a_typed_or_worded_phone_is_only_a_claim(parts: dict[str, Any]) -> None:
    event = only(message(**parts))

    assert (event.kind, event.phone) == (InboundKind.MESSAGE, "")


def test_texts_are_composed_clean_and_at_most_4000_characters() -> None:
    assert only(message(text="đie\u0302\u0309m\0\ud800")).text == "điểm\ufffd"
    assert only(message(text="x" * 5000)).text == "x" * 4000
    assert len(only(message(text="\u0958" * 4000)).text) == 4000  # a letter that becomes two when composed


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"object": "page"},
        {"object": "page", "entry": []},
        {"object": "page", "entry": None},
        {"object": "page", "entry": "x"},
        {"object": "page", "entry": [[]]},
        {"object": "page", "entry": {"id": PAGE}},
        {"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": []}]},
        {"object": "page", "entry": [{"id": PAGE, "messaging": None}]},
        {"object": "page", "entry": [{"id": PAGE, "messaging": ["x"]}]},
        {"object": "page", "entry": [{"id": PAGE, "messaging": [{"message": "x"}]}]},
        {"object": "page", "entry": [{"id": PAGE, "messaging": [{"sender": [], "message": {"mid": "m_1"}}]}]},
        {"object": ["page"], "entry": [{"messaging": [{}]}]},
    ],
)
def test_a_damaged_payload_is_one_event_that_is_ignored(payload: dict[str, Any]) -> None:
    (event,) = parse(payload)

    assert (event.kind, event.interaction) == (InboundKind.OTHER, False)
    assert parse(event.raw) == [event]


def test_a_damaged_entry_does_not_cost_the_others() -> None:
    payload = page_event("x", message(text="điểm"), None)
    payload["entry"] += [7, {"id": "9", "standby": 5}]

    payload["entry"] += [{"id": PAGE, "standby": 5, "messaging": [message(text="điểm")]}]

    kinds = [event.kind.value for event in parse(payload)]

    assert kinds == ["other", "message", "other", "other", "other", "message", "other"]
