"""The page's way to the platforms: what is new, what one may do, and nothing a stranger sends breaks it."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bots.messenger.signature import appsecret_proof
from bots.simulator import platforms
from bots.simulator.store import Store
from tests.bots.simulator.conftest import ACCESS, World

LAN = "/desk/chats/zalo/5500000000000000101"
KEYS_OF_THE_HOUSE = {"access_token": ACCESS, "Authorization": "Bearer demo-page-token"}
PROOF = {"appsecret_proof": appsecret_proof("demo-page-token", "demo-messenger-app-secret")}


def chats_of(desk: FlaskClient) -> Any:
    return asked(desk, "/desk/chats")["items"]


def asked(desk: FlaskClient, address: str) -> Any:
    return desk.get(address).json


def news(desk: FlaskClient, since: int = 0, address: str = LAN) -> Any:
    return asked(desk, f"{address}?since={since}")


def test_only_the_page_is_served(world: World) -> None:
    assert platforms.create_app(world.board).test_client().get("/desk/chats").status_code == 403


def test_everybody_has_a_chat_on_both_channels(desk: FlaskClient) -> None:
    chats = chats_of(desk)

    assert len(chats) == 28
    assert {chat["channel"] for chat in chats if chat["name"] == "Thu"} == {"zalo", "messenger"}


def test_news_are_what_changed_since_the_last_look(world: World, desk: FlaskClient) -> None:
    desk.post(f"{LAN}/text", json={"text": "điểm"})
    first = news(desk)
    assert [item["body"] for item in first["items"]] == [{"text": "điểm"}]
    assert news(desk, first["revision"])["items"] == []

    world.board.deliver(world.chat("lan", "zalo"), {"text": "320 điểm"})

    assert [item["body"]["text"] for item in news(desk, first["revision"])["items"]] == ["320 điểm"]


def test_looking_at_a_chat_marks_it_seen_and_tells_the_shop_once(world: World, desk: FlaskClient) -> None:
    world.board.deliver(world.chat("lan", "zalo"), {"text": "320 điểm"})
    assert sum(chat["unread"] for chat in chats_of(desk)) == 1

    states = [asked(desk, f"{LAN}?open=1")["items"][-1]["state"] for _ in range(2)]

    assert states == ["seen", "seen"]
    assert sum(chat["unread"] for chat in chats_of(desk)) == 0
    bodies = []
    while event := world.board.store.next_event(world.board.now() + 1000):
        bodies.append(event.body)
        world.board.store.settle_event(event, "accepted")
    assert sum(b"user_seen_message" in body for body in bodies) == 1


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("text", {"text": "  "}, "empty"),
        ("text", {"text": 7}, "empty"),
        ("text", {"text": "x" * 2001}, "too_long"),
        ("tap", {"message": 1, "button": 0}, "no_button"),
        ("tap", {}, "no_button"),
        ("repeat", {"message": 99}, "no_event"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_code(
    desk: FlaskClient, act: str, body: dict[str, Any], code: str
) -> None:
    answer = desk.post(f"{LAN}/{act}", json=body)

    assert (answer.status_code, answer.json) == (422, {"code": code})


def test_a_quick_reply_is_tapped_once(world: World, desk: FlaskClient) -> None:
    chat = world.chat("minh", "messenger")
    button = {"kind": "say", "title": "Điểm", "payload": "điểm"}
    world.board.deliver(chat, {"text": "?", "buttons": [button], "once": True})
    message = world.board.store.news(chat, 0)[0][0].id
    tap = {"message": message, "button": 0}

    answers = [desk.post(f"/desk/chats/messenger/{chat.user}/tap", json=tap).status_code for _ in range(2)]

    assert answers == [200, 422]


def test_somebody_without_a_phone_has_none_to_share(world: World, desk: FlaskClient) -> None:
    thu = world.chat("thu", "zalo")

    assert desk.post(f"/desk/chats/zalo/{thu.user}/contact", json={}).json == {"code": "no_phone"}


def test_leaving_is_zalos_alone(world: World, desk: FlaskClient) -> None:
    lan = world.chat("lan", "messenger")

    assert desk.post(f"{LAN}/leave", json={}).status_code == 200
    assert desk.post(f"/desk/chats/messenger/{lan.user}/leave", json={}).json == {"code": "no_leaving"}
    assert not world.chat("lan", "zalo").follows


def test_a_stranger_is_met_and_forgotten(desk: FlaskClient) -> None:
    stranger: Any = desk.post("/desk/strangers", json={"channel": "messenger"}).json
    address = f"/desk/chats/messenger/{stranger['user']}"
    desk.post(f"{address}/text", json={"text": "alo"})
    assert len(news(desk, 0, address)["items"]) == 1

    desk.post("/desk/clear", json={})

    assert desk.get(address).status_code == 404
    assert news(desk)["items"] == []


def test_a_restart_finds_the_same_chats(world: World, tmp_path: Path) -> None:
    world.board.write(world.chat("lan", "zalo"), "điểm")

    reopened = Store(tmp_path / "simulator.db")

    assert [message.body for message in reopened.news(world.chat("lan", "zalo"), 0)[0]] == [{"text": "điểm"}]


ADDRESSES = (
    *("/desk/strangers", "/desk/clear", f"{LAN}/text", f"{LAN}/tap", f"{LAN}/repeat", f"{LAN}/start"),
    *("/zalo/v3.0/oa/message/cs", "/zalo/v3.0/oa/message/template", "/zalo/v3.0/oa/quota/message"),
    *("/zalo/v2.0/oa/message", "/zalo/v2.0/oa/upload/file", "/zalo-zns/message/template"),
    "/zalo-oauth/v4/oa/access_token",
    *("/messenger/v26.0/me/messages", "/messenger/v26.0/me/messenger_profile", "/messenger/v26.0/1/subscribed_apps"),
)  # fmt: skip
NAMES = """
    text message button buttons recipient user_id id attachment payload elements template_type title type url channel
    quick_replies messaging_type sender_action react_icon template_id template_data phone metadata
"""
KEYS = st.sampled_from(NAMES.split()) | st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(address=st.sampled_from(ADDRESSES), body=st.dictionaries(KEYS, JSON, max_size=5))
def test_no_json_is_ever_answered_with_a_fault(desk: FlaskClient, address: str, body: dict[str, Any]) -> None:
    assert desk.post(address, json=body, headers=KEYS_OF_THE_HOUSE, query_string=PROOF).status_code < 500


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(address=st.sampled_from(ADDRESSES), body=st.binary(max_size=300))
def test_no_bytes_are_ever_answered_with_a_fault(desk: FlaskClient, address: str, body: bytes) -> None:
    assert desk.post(address, data=body, headers=KEYS_OF_THE_HOUSE, query_string=PROOF).status_code < 500


def test_deep_nesting_is_answered_calmly(desk: FlaskClient) -> None:
    body = b'{"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for address in ADDRESSES:
        assert desk.post(address, data=body, headers=KEYS_OF_THE_HOUSE, query_string=PROOF).status_code < 500
