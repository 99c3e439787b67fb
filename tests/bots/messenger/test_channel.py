from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Action, BadSignature, Button, Channel, InboundKind, Outbound, Profile, SendError
from bots.messenger import FIELDS, MessengerChannel, build, signature
from tests.bots.messenger.conftest import Answer, Graph, half_a_body
from tests.bots.messenger.samples import PAGE, PERSON, message, page_event

BODY = b'{"object":"page"}'
OUTBOUND = Outbound(account=PAGE, user=PERSON, text="Bạn có 120 điểm", reference="out:7")
WITH_PICTURE = replace(OUTBOUND, image_url="https://a.vn/qr.png", buttons=[Button("Hủy đổi quà", "hủy đổi quà")])


def make_channel(url: str = "https://graph.invalid") -> MessengerChannel:
    return MessengerChannel(PAGE, "EAAtoken123", "ref-secret", "mật khẩu", api_url=url)


@pytest.fixture
def channel(graph: Graph) -> MessengerChannel:
    return make_channel(graph.url)


def failure(channel: Channel, outbound: Outbound = OUTBOUND) -> SendError:
    with pytest.raises(SendError) as caught:
        channel.send(outbound)
    return caught.value


def test_it_is_a_channel() -> None:
    channel: Channel = make_channel()

    assert (channel.kind, channel.account, channel.text_limit) == ("messenger", PAGE, 1900)
    assert channel.body_limit == 4 * 1024 * 1024
    assert not channel.is_probe({}, b"{}")
    channel.admit({})


@pytest.mark.parametrize("name", ["X-Hub-Signature-256", "x-hub-signature-256", "X-HUB-SIGNATURE-256"])
def test_a_signed_body_is_accepted_however_the_header_is_spelled(name: str) -> None:
    make_channel().verify({"Content-Type": "x", name: signature.sign("ref-secret", BODY)}, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature": "sha1=62fa0f549a3d22fb316d2a513b1475678a09690e"},
        {"X-Hub-Signature": signature.sign("ref-secret", BODY)},
        {"X-Hub-Signature-256": signature.sign("other", BODY)},
        {"X-Hub-Signature-256": signature.sign("ref-secret", BODY), "x-hub-signature-256": "sha256=0"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        make_channel().verify(headers, BODY)


def test_the_handshake_returns_the_challenge_as_text() -> None:
    arguments = {"hub.mode": "subscribe", "hub.verify_token": "mật khẩu", "hub.challenge": "<1158201444>"}

    assert make_channel().handshake(arguments) == "<1158201444>"


@pytest.mark.parametrize(
    "change",
    [{"hub.mode": "unsubscribe"}, {"hub.verify_token": "mat khau"}, {"hub.verify_token": ""}, {"hub.challenge": ""}],
)
def test_a_wrong_handshake_is_refused(change: dict[str, str]) -> None:
    right = {"hub.mode": "subscribe", "hub.verify_token": "mật khẩu", "hub.challenge": "1"}

    assert make_channel().handshake(right | change) is None
    assert make_channel().handshake({}) is None


@given(st.dictionaries(st.sampled_from(["hub.mode", "hub.verify_token", "hub.challenge"]), st.text()))
def test_strange_handshakes_are_refused(arguments: dict[str, str]) -> None:
    assert make_channel().handshake(arguments) is None


def test_events_are_parsed() -> None:
    (event,) = make_channel().parse(page_event(message(text="điểm")))

    assert event.kind is InboundKind.MESSAGE


@pytest.mark.parametrize(("tag", "kind"), [("reply", "RESPONSE"), ("notice", "UPDATE"), ("promotion", "UPDATE")])
def test_an_answer_is_a_response_and_news_an_update(
    graph: Graph, channel: MessengerChannel, tag: str, kind: str
) -> None:
    assert channel.send(replace(OUTBOUND, tag=tag)) == "m_1"

    assert graph.calls[0].body["messaging_type"] == kind
    assert "tag" not in graph.calls[0].body  # Meta's message tags are dead since 27 April 2026


def test_the_picture_goes_first_and_the_words_name_the_message(graph: Graph, channel: MessengerChannel) -> None:
    assert channel.send(WITH_PICTURE) == "m_2"

    assert [sorted(sent) for sent in graph.messages] == [
        ["attachment", "metadata"],
        ["metadata", "quick_replies", "text"],
    ]


@pytest.mark.parametrize("fault", [Answer({"error": {"code": 100, "error_subcode": 2018008}}, 400), Answer(b"", 502)])
def test_a_picture_that_fails_does_not_keep_the_words_back(
    graph: Graph, channel: MessengerChannel, fault: Answer
) -> None:
    graph.will(fault)

    assert channel.send(WITH_PICTURE) == "m_2"
    assert graph.messages[1]["text"] == "Bạn có 120 điểm"


@pytest.mark.parametrize(("code", "subcode", "action"), [(613, 0, "retry"), (10, 2018278, "window"), (190, 0, "stop")])
def test_what_stops_the_picture_for_a_reason_stops_the_words_too(
    graph: Graph, channel: MessengerChannel, code: int, subcode: int, action: str
) -> None:
    graph.refuses(code, subcode)

    assert failure(channel, WITH_PICTURE).action == action
    assert len(graph.calls) == 1


def test_a_picture_without_words_must_arrive(graph: Graph, channel: MessengerChannel) -> None:
    graph.refuses(100, 2018008)

    assert failure(channel, replace(WITH_PICTURE, text="")).action is Action.CONTENT


@pytest.mark.parametrize(
    ("code", "subcode", "status", "action"),
    [
        (10, 2018278, 400, "window"),
        (551, 0, 400, "person"),
        (190, 460, 401, "stop"),
        (613, 0, 400, "retry"),
        (2, 0, 500, "unknown"),
        (100, 0, 400, "content"),
    ],
)
def test_a_refusal_is_classed(
    graph: Graph, channel: MessengerChannel, code: int, subcode: int, status: int, action: str
) -> None:
    graph.refuses(code, subcode, status)

    error = failure(channel)

    assert error.action == action
    assert error.code == (f"{code}/{subcode}" if subcode else str(code))
    assert error.detail == "no (fbtrace Axy)"


def test_the_error_that_means_sent_is_not_an_error(graph: Graph, channel: MessengerChannel) -> None:
    graph.refuses(1, 1357046, 500)

    assert channel.send(OUTBOUND) == ""


def test_an_answer_cut_short_may_have_gone_out(graph: Graph, channel: MessengerChannel) -> None:
    graph.will(Answer(fault=half_a_body))

    assert failure(channel).action is Action.UNKNOWN


def test_another_page_is_not_written_for(graph: Graph, channel: MessengerChannel) -> None:
    assert failure(channel, replace(OUTBOUND, account="7")).action is Action.CONTENT
    assert graph.calls == []


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"first_name": "Lan", "last_name": "Nguyễn"}, "Nguyễn Lan"),
        ({"first_name": "Lan"}, "Lan"),
        ({"first_name": " Thu  Lan\0", "last_name": 5}, "Thu Lan"),
    ],
)
def test_a_name_is_told_family_name_first(graph: Graph, channel: MessengerChannel, answer: Any, name: str) -> None:
    graph.will(Answer(answer))

    assert channel.profile(PERSON) == Profile(name)


@pytest.mark.parametrize(("code", "subcode"), [(100, 33), (100, 2018218), (10, 2018247), (2018218, 0), (100, 2018001)])
def test_without_a_profile_there_is_none(graph: Graph, channel: MessengerChannel, code: int, subcode: int) -> None:
    graph.refuses(code, subcode)

    assert channel.profile(PERSON) is None


def test_an_empty_profile_is_none(graph: Graph, channel: MessengerChannel) -> None:
    graph.will(Answer({"id": PERSON}))

    assert channel.profile(PERSON) is None


def test_a_profile_refused_for_the_token_is_an_error(graph: Graph, channel: MessengerChannel) -> None:
    graph.refuses(190)

    with pytest.raises(SendError) as caught:
        channel.profile(PERSON)

    assert caught.value.action is Action.STOP


def test_a_refused_page_token_cannot_be_renewed(graph: Graph, channel: MessengerChannel) -> None:
    with pytest.raises(SendError) as caught:
        channel.renew()

    assert caught.value.action is Action.STOP
    assert graph.calls == []


def subscribed(*fields: str) -> Answer:
    return Answer({"data": [{"id": "7", "subscribed_fields": list(fields)}]})


def test_upkeep_of_a_page_that_delivers_is_one_call(graph: Graph, channel: MessengerChannel) -> None:
    graph.will(subscribed(*FIELDS, "feed"))

    assert channel.upkeep() is None
    assert [(call.method, call.path) for call in graph.calls] == [("GET", f"/v26.0/{PAGE}/subscribed_apps")]


@pytest.mark.parametrize(
    ("found", "mended"),
    [
        (Answer({"data": []}), "subscription"),
        (subscribed("feed"), "subscription"),
        (subscribed(*FIELDS[:-1]), None),
        (Answer({"data": "strange"}), "subscription"),
    ],
)
def test_upkeep_subscribes_a_page_again_that_does_not(
    graph: Graph, channel: MessengerChannel, found: Answer, mended: str | None
) -> None:
    graph.will(found, Answer({"success": True}))

    assert channel.upkeep() == mended
    assert graph.calls[1].query["subscribed_fields"].split(",") == list(FIELDS)


def test_upkeep_refused_says_what_to_do(graph: Graph, channel: MessengerChannel) -> None:
    graph.refuses(200)

    with pytest.raises(SendError) as caught:
        channel.upkeep()

    assert caught.value.action is Action.STOP


@dataclass(frozen=True)
class Settings:
    messenger_page_id: str | None = PAGE
    messenger_page_token: str | None = "EAAtoken123"
    messenger_app_secret: str | None = "ref-secret"
    messenger_verify_token: str | None = "verify"
    messenger_api_url: str = "https://graph.invalid/"
    messenger_api_version: str = "v27.0"


def test_settings_make_the_channel(graph: Graph) -> None:
    channel = build(Settings(messenger_api_url=graph.url + "/"), None, None)

    assert channel is not None
    channel.send(OUTBOUND)
    assert graph.calls[0].path == f"/v27.0/{PAGE}/messages"


@pytest.mark.parametrize("blank", ["", None])
def test_without_credentials_the_channel_is_off(blank: str | None) -> None:
    assert build(Settings(blank, blank, blank, blank), None, None) is None


@pytest.mark.parametrize("name", ["page_id", "page_token", "app_secret", "verify_token"])
@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_a_missing_credential_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"LOYALTY_MESSENGER_{name.upper()}"):
        MessengerChannel.from_settings(replace(Settings(), **{f"messenger_{name}": value}))


@pytest.mark.parametrize("token", ["EAA token", "EAAtoken\n", "EAAtokén"])
def test_a_token_no_header_can_carry_is_refused_at_the_start(token: str) -> None:
    with pytest.raises(ValueError, match="PAGE_TOKEN"):
        MessengerChannel(PAGE, token, "s", "v")
