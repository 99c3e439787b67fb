import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.channel import Action, BadSignature, Button, Channel, InboundKind, Malformed, Outbound, Profile, SendError
from bots.zalo import ZaloChannel, build, signature
from loyalty.db import Database
from loyalty.settings import Settings
from tests.bots.zalo import samples
from tests.bots.zalo.samples import APP, OA, USER
from tests.builders import NOON
from tests.fakes_http import Answer, RecordingServer, Request

SECRET = "example-oa-secret-A1b2"
SENT = Answer({"error": 0, "message": "Success", "data": {"message_id": "sent-1", "user_id": USER}})
CARD_REFUSED = Answer({"error": -201, "message": "attachment is invalid"})


def channel(url: str = "http://127.0.0.1:9", **more: Any) -> ZaloChannel:
    arguments: dict[str, Any] = {"token": lambda: "token", "api_url": url, "zns_url": url} | more
    return ZaloChannel(APP, "app-secret", OA, SECRET, **arguments)


def message(text: str = "Bạn có 320 điểm.", *buttons: Button) -> Outbound:
    return Outbound(OA, USER, text, buttons)


def signed(body: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return {signature.HEADER: signature.sign(APP, raw, body["timestamp"], SECRET)}, raw


def test_it_is_a_channel() -> None:
    made: Channel = channel()
    assert (made.kind, made.account, made.body_limit, made.text_limit) == ("zalo", OA, 262_144, 2000)
    assert made.window == timedelta(hours=48)


@pytest.mark.parametrize("odd", ["", " ", "khoá", "a b", "a\n"])
@pytest.mark.parametrize(("place", "name"), list(enumerate(["APP_ID", "APP_SECRET", "OA_ID", "OA_SECRET_KEY"])))
def test_a_missing_or_odd_credential_is_named(place: int, name: str, odd: str) -> None:
    keys = [APP, "app-secret", OA, SECRET]
    keys[place] = odd
    with pytest.raises(ValueError, match=f"LOYALTY_ZALO_{name} "):
        ZaloChannel(*keys, token=str)


def test_without_any_credential_the_channel_is_off(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    assert build(Settings(), database, lambda: NOON) is None
    on = Settings(zalo_app_id=APP, zalo_app_secret="s", zalo_oa_id=OA, zalo_oa_secret_key=SECRET)
    built = build(on, database, lambda: NOON)
    assert built is not None
    assert built.account == OA
    with pytest.raises(ValueError, match="LOYALTY_ZALO_OA_ID"):
        build(replace(on, zalo_oa_id=""), database, lambda: NOON)


def test_renewing_and_upkeep_are_the_token_keepers() -> None:
    asked: list[str] = []
    made = channel(renew=lambda: asked.append("renew"), upkeep=lambda: asked.append("upkeep"))
    made.renew()
    made.upkeep()
    assert asked == ["renew", "upkeep"]

    channel().upkeep()
    with pytest.raises(SendError) as refused:
        channel().renew()
    assert refused.value.action is Action.STOP


def test_it_is_made_from_the_settings(server: RecordingServer) -> None:
    settings = Settings(
        zalo_app_id=APP,
        zalo_app_secret="app-secret",
        zalo_oa_id=OA,
        zalo_oa_secret_key=SECRET,
        zalo_api_url=server.url + "/",
        zalo_zns_url=server.url + "/zns/",
    )
    made = ZaloChannel.from_settings(settings, lambda: "the token")
    made.client.get_oa()
    made.zns.get_quality()
    assert [request.path for request in server.requests] == ["/v2.0/oa/getoa", "/zns/quality"]
    assert {request.headers["access_token"] for request in server.requests} == {"the token"}
    made.verify(*signed(samples.TEXT))


@pytest.mark.parametrize("name", ["X-ZEvent-Signature", "x-zevent-signature", "X-Zevent-Signature"])
def test_a_signed_event_is_verified_admitted_and_read(name: str) -> None:
    headers, raw = signed(samples.TEXT)
    made = channel()
    made.verify({name: headers[signature.HEADER]}, raw)
    made.admit(samples.TEXT)
    (event,) = made.parse(samples.TEXT)
    assert (event.kind, event.account) == (InboundKind.MESSAGE, made.account)


def test_an_unsigned_or_foreign_event_is_refused() -> None:
    headers, raw = signed(samples.TEXT)
    made = channel()
    with pytest.raises(BadSignature):
        made.verify({}, raw)
    with pytest.raises(BadSignature):
        made.verify({"X-Hub-Signature-256": headers[signature.HEADER]}, raw)
    with pytest.raises(BadSignature):
        made.verify(headers, raw.replace(b"user_send_text", b"user_send_file"))
    with pytest.raises(Malformed):
        made.verify(headers, b"{}")
    strange: list[Any] = ["3344556677889900113", "", None, 1, [], {}, True]
    for foreign in strange:
        with pytest.raises(BadSignature):
            made.admit(samples.TEXT | {"app_id": foreign})
    with pytest.raises(BadSignature):
        made.admit({})


@pytest.mark.parametrize("body", [b"{}", b" {}\n", b"{ }", b"\r\n{\t}"])
def test_the_probe_is_an_unsigned_empty_object(body: bytes) -> None:
    made = channel()
    assert made.is_probe({}, body)
    assert not made.is_probe({"x-zevent-signature": ""}, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}{}", b'{"a":1}', b"null", b"\x00{}", b"\xff"])
def test_nothing_else_is_a_probe(body: bytes) -> None:
    assert not channel().is_probe({}, body)


def test_there_is_no_handshake() -> None:
    assert channel().handshake({"hub.challenge": "1"}) is None


def test_a_text_is_sent_as_a_consultation_message(server: RecordingServer) -> None:
    server.default = SENT
    assert channel(server.url).send(message()) == "sent-1"
    assert (server.last.method, server.last.path) == ("POST", "/v3.0/oa/message/cs")
    assert server.last.json == {"recipient": {"user_id": USER}, "message": {"text": "Bạn có 320 điểm."}}


@pytest.mark.parametrize("code", [-201, -233])
def test_refused_buttons_go_out_once_more_as_numbered_text(code: int, server: RecordingServer) -> None:
    server.answers.extend([Answer({"error": code, "message": "attachment is invalid"}), SENT])
    sent = channel(server.url).send(message("Chọn:", Button("Điểm", "điểm"), Button("Quà", "quà")))

    assert sent == "sent-1"
    card, plain = (request.json["message"] for request in server.requests)
    assert [one["title"] for one in card["attachment"]["payload"]["buttons"]] == ["Điểm", "Quà"]
    assert plain == {"text": "Chọn:\n1. Điểm\n2. Quà"}


def test_a_refused_request_for_the_phone_falls_back_too(server: RecordingServer) -> None:
    server.answers.extend([CARD_REFUSED, SENT])
    channel(server.url).send(message("Cho mình xin số nhé.", Button("Gửi số", "số", contact=True)))
    assert server.requests[0].json["message"]["attachment"]["payload"]["template_type"] == "request_user_info"
    assert server.last.json["message"] == {"text": "Cho mình xin số nhé.\n1. Gửi số"}


def test_a_refused_picture_does_not_keep_the_words_back(server: RecordingServer) -> None:
    server.answers.extend([CARD_REFUSED, CARD_REFUSED, SENT])
    made = Outbound(OA, USER, "Mã của bạn: K7P4-M2QX", [Button("Hủy", "hủy đổi quà")], "https://shop.vn/x.png")
    assert channel(server.url).send(made) == "sent-1"
    assert ["attachment" in request.json["message"] for request in server.requests] == [True, True, False]
    assert server.last.json["message"] == {"text": "Mã của bạn: K7P4-M2QX\n1. Hủy"}


def test_a_message_of_another_account_is_not_sent(server: RecordingServer) -> None:
    with pytest.raises(SendError) as refused:
        channel(server.url).send(replace(message(), account="another OA"))
    assert (refused.value.action, server.requests) == (Action.CONTENT, [])


@pytest.mark.parametrize(
    ("answers", "buttons", "calls", "code"),
    [
        ([CARD_REFUSED, CARD_REFUSED], 1, 2, "-201"),
        ([CARD_REFUSED], 0, 1, "-201"),
        ([Answer({"error": -201, "message": "user_id is invalid"})], 1, 1, "-201"),
        ([Answer({"error": -248, "message": "violation"})], 1, 1, "-248"),
        ([Answer(status=400)], 1, 1, "http 400"),
        ([Answer(reset=True)], 1, 1, "connection"),
        ([CARD_REFUSED, Answer(status=503)], 1, 2, "http 503"),
    ],
)
def test_nothing_else_is_sent_twice(
    answers: list[Answer], buttons: int, calls: int, code: str, server: RecordingServer
) -> None:
    server.answers.extend(answers)
    with pytest.raises(SendError) as refused:
        channel(server.url).send(message("Chọn:", *[Button("Điểm", "điểm")] * buttons))
    assert (len(server.requests), refused.value.code) == (calls, code)


def test_refusals_carry_the_action_and_no_request(server: RecordingServer) -> None:
    server.default = Answer({"error": -230, "message": "User has not interacted"})
    with pytest.raises(SendError) as refused:
        channel(server.url).send(message())
    assert (refused.value.action, refused.value.detail) == (Action.WINDOW, "User has not interacted")
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("reply", "sent"),
    [
        ({"error": 0, "data": {"message_id": 123}}, "123"),
        ({"error": 0, "data": {}}, ""),
        ({"error": 0, "data": None}, ""),
        ({"error": 0, "data": {"message_id": ["x"]}}, ""),
        ({"error": "0"}, ""),
    ],
)
def test_a_message_zalo_took_without_a_name_is_sent(reply: Any, sent: str, server: RecordingServer) -> None:
    server.default = Answer(reply)
    assert channel(server.url).send(message()) == sent


def test_the_token_of_the_moment_is_used_and_kept_apart_between_threads(server: RecordingServer) -> None:
    own = threading.local()
    server.default = _echo_token
    made = channel(server.url, token=lambda: own.token)
    found: dict[int, str] = {}

    def work(number: int) -> None:
        own.token = f"token-{number}"
        found[number] = made.send(message())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"token-{number}" for number in range(8)}


def _echo_token(request: Request) -> Answer:
    return Answer({"error": 0, "data": {"message_id": request.headers["access_token"]}})


def test_a_profile_is_the_display_name(server: RecordingServer) -> None:
    server.default = Answer({"error": 0, "data": {"display_name": " Nguyễn Thị Lan ", "user_alias": "chị Lan"}})
    assert channel(server.url).profile(USER) == Profile(name="Nguyễn Thị Lan")
    assert (server.last.path, json.loads(server.last.query["data"])) == ("/v3.0/oa/user/detail", {"user_id": USER})


@pytest.mark.parametrize(
    "reply",
    [
        *({"error": -213, "message": "not followed"}, {"error": -227}, {"error": -201, "message": "user_id"}),
        *({"error": 0}, {"error": 0, "data": []}, {"error": 0, "data": {"display_name": " "}}),
    ],
)
def test_somebody_zalo_does_not_show_has_no_profile(reply: Any, server: RecordingServer) -> None:
    server.default = Answer(reply)
    assert channel(server.url).profile(USER) is None


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (Answer({"error": -216, "message": "Access token is invalid"}), Action.REFRESH),
        (Answer({"error": -32}), Action.RETRY),
        (Answer(status=500), Action.UNKNOWN),
        (Answer({"error": -209}), Action.STOP),
    ],
)
def test_a_look_up_that_failed_says_why(answer: Answer, action: Action, server: RecordingServer) -> None:
    server.default = answer
    with pytest.raises(SendError) as failed:
        channel(server.url).profile(USER)
    assert failed.value.action is action


@pytest.mark.parametrize(
    "text",
    ["\ud800", "a\0b", "🙂" * 1000, "</script>", '{"x":1}', "\u202e"],
    ids=["surrogate", "nul", "emoji", "html", "json", "rtl"],
)
def test_any_text_can_be_sent(text: str, server: RecordingServer) -> None:
    server.default = SENT
    assert channel(server.url).send(message(text, Button(text, text))) == "sent-1"


def test_a_broken_token_or_address_stops_the_channel(server: RecordingServer) -> None:
    senders: list[Callable[[], Any]] = [
        lambda: channel(server.url, token=lambda: "a\nb").send(message()),
        lambda: channel(server.url, token=lambda: "“a”").send(message()),
        lambda: channel("zalo").send(message()),
    ]
    for send in senders:
        with pytest.raises(SendError) as refused:
            send()
        assert refused.value.action is Action.STOP
