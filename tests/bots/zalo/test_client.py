"""What our client promises beyond zalo-sdk: limits, clocks, threads, further calls."""

import gzip
import hashlib
import hmac
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from bots.zalo import transport
from bots.zalo.client import (
    Client,
    ZaloException,
    ZaloHTTPException,
    ZaloOAAuthTokenExpiredException,
    ZaloOAException,
    ZaloRecipient,
    ZaloReplyException,
    ZNSClient,
)
from tests.fakes_http import Answer, RecordingServer, Request, closed_port


def client(server: RecordingServer, **more: Any) -> Client:
    return Client("app", "secret", "token", "r1", endpoint_prefix=server.url, oauth_url=server.url, **more)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer({"error": 0}, delay=20), id="silent"),
        pytest.param(Answer({"error": 0}, drip=0.3), id="dripping status line"),
        pytest.param(Answer(b" " * 9000 + b"{}", headers={"X-A": "1"}, drip=0.002), id="dripping body"),
    ],
)
def test_a_slow_answer_ends_at_the_total_time_however_it_drips(answer: Answer, server: RecordingServer) -> None:
    server.default = answer

    began = time.monotonic()
    with pytest.raises(requests.RequestException):
        client(server, timeout=(0.2, 0.5)).get_oa()
    assert 0.4 < time.monotonic() - began < 5


def test_what_is_left_of_the_time_holds_for_each_read(server: RecordingServer) -> None:
    server.default = Answer({"error": 0}, drip=0.8)

    began = time.monotonic()
    with pytest.raises(requests.RequestException):
        client(server, timeout=(0.5, 1.0)).get_oa()
    assert 0.9 < time.monotonic() - began < 1.5  # the second byte comes at 1.6


def test_the_time_limits_are_three_and_ten_seconds() -> None:
    assert transport.TIMEOUT == (3.0, 10.0)


def test_a_connection_serves_the_next_call_with_a_fresh_time_limit(server: RecordingServer) -> None:
    shared = client(server, timeout=(1.0, 1.0))
    for _ in range(3):
        server.answers.append(Answer({"error": 0}, delay=0.4))
        shared.get_oa()

    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("length", [transport.REPLY_LIMIT + 1, 3 * transport.REPLY_LIMIT])
def test_a_reply_over_one_mebibyte_is_refused(length: int, server: RecordingServer) -> None:
    server.default = Answer(b'{"error":0,"a":"' + b"x" * length + b'"}')
    with pytest.raises(ZaloReplyException):
        client(server).get_oa()


def test_a_reply_that_unpacks_to_over_one_mebibyte_is_refused(server: RecordingServer) -> None:
    server.default = Answer(gzip.compress(b" " * (64 << 20)), headers={"Content-Encoding": "gzip"})
    with pytest.raises(ZaloReplyException):
        client(server).get_oa()


def test_a_reply_of_just_one_mebibyte_is_read(server: RecordingServer) -> None:
    filler = "x" * (transport.REPLY_LIMIT - len('{"a": ""}'))
    server.default = Answer({"a": filler})
    assert client(server).get_oa() == {"a": filler}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"1", b"null", b'{"error":', b"[" * 100_000, b"\xff\xfe"])
def test_an_answer_that_is_no_json_object_is_a_typed_exception(body: bytes, server: RecordingServer) -> None:
    server.default = Answer(body)
    with pytest.raises(ZaloReplyException):
        client(server).get_oa()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_is_not_followed(status: int, server: RecordingServer) -> None:
    server.default = Answer(status=status, headers={"Location": server.url + "/elsewhere"})
    with pytest.raises(ZaloHTTPException) as refused:
        client(server).get_oa()
    assert refused.value.status == status
    assert len(server.requests) == 1


def test_http_401_means_the_token_was_refused(server: RecordingServer) -> None:
    server.default = Answer(status=401)
    with pytest.raises(ZaloOAAuthTokenExpiredException):
        client(server).get_oa()


@pytest.mark.parametrize("code", [-201, "-201", " -201 "])
def test_an_error_under_http_200_is_raised_with_code_and_text(code: Any, server: RecordingServer) -> None:
    server.default = Answer({"error": code, "message": "Params is invalid"})
    with pytest.raises(ZaloOAException) as refused:
        client(server).get_oa()
    assert "Params is invalid" in str(refused.value)
    assert refused.value.message == "Params is invalid"
    assert str(refused.value.code).strip() == "-201"


@pytest.mark.parametrize("error", [None, True, "busy", [], {}, 1.5, "-" * 50])
def test_an_error_of_any_type_is_a_refusal(error: Any, server: RecordingServer) -> None:
    server.default = Answer({"error": error, "message": ["odd"]})
    with pytest.raises(ZaloOAException):
        client(server).get_oa()


def test_zero_as_text_is_success(server: RecordingServer) -> None:
    server.default = Answer({"error": "0", "data": []})
    assert client(server).get_oa() == {"error": "0", "data": []}


def test_no_proxy_and_no_netrc_of_the_machine_is_used(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    client(server).get_oa()
    assert server.last.path == "/v2.0/oa/getoa"
    assert "authorization" not in server.last.headers


def test_no_cookie_is_kept(server: RecordingServer) -> None:
    server.default = Answer({"error": 0}, headers={"Set-Cookie": "a=b; Path=/"})
    shared = client(server)
    shared.get_oa()
    shared.get_oa()
    assert "cookie" not in server.last.headers


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh", "America/New_York"])
def test_the_expiry_is_the_same_in_every_time_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert Client("a", "s", expire_at=int(time.time()) - 60).isAccessTokenExpired()
        assert not Client("a", "s", expire_at=str(int(time.time()) + 60)).isAccessTokenExpired()
        assert not Client("a", "s").isAccessTokenExpired()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_threads_that_refresh_together_spend_the_refresh_token_once(server: RecordingServer) -> None:
    server.default = Answer({"access_token": "a2", "refresh_token": "r2", "expires_in": "90000"}, delay=0.5)
    shared, together = client(server), threading.Barrier(8)

    def refresh(_: int) -> tuple[str, str, int]:
        together.wait()
        return shared.refresh_acccess_token()

    with ThreadPoolExecutor(8) as pool:
        pairs = {found[:2] for found in pool.map(refresh, range(8))}

    assert pairs == {("a2", "r2")}
    assert [request.form["refresh_token"] for request in server.requests] == ["r1"]


def test_a_refused_refresh_keeps_the_old_tokens(server: RecordingServer) -> None:
    server.default = Answer({"error": -14020, "error_name": "Invalid refresh token"})
    kept = client(server)
    with pytest.raises(ZaloException):
        kept.refresh_acccess_token()
    server.default = Answer({"access_token": "a2"})
    with pytest.raises(ZaloException):
        kept.refresh_acccess_token()
    assert (kept.access_token, kept.refresh_token) == ("token", "r1")


def test_many_threads_share_one_client(server: RecordingServer) -> None:
    server.default = lambda request: Answer({"error": 0, "query": request.query["data"]})
    shared = client(server)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: shared.get_user_detail(str(n)), range(200)))

    assert [reply["query"] for reply in replies] == [f'{{"user_id": "{n}"}}' for n in range(200)]
    assert server.connections <= 8


def test_the_token_is_asked_for_before_every_call(server: RecordingServer) -> None:
    tokens = iter(["first", "second"])
    asking = client(server, token=lambda: next(tokens))
    asking.get_oa()
    asking.get_oa()
    assert [request.headers["access_token"] for request in server.requests] == ["first", "second"]


def test_the_app_secret_proof_is_sent_where_it_is_wanted(server: RecordingServer) -> None:
    proving = client(server, proof=True)
    proving.get_oa()
    proving.upload_file(b"x", "image")
    proving.send_message(ZaloRecipient(user_id="1"))

    expected = hmac.new(b"secret", b"token", hashlib.sha256).hexdigest()
    assert [request.headers["appsecret_proof"] for request in server.requests] == [expected] * 3
    client(server).get_oa()
    assert "appsecret_proof" not in server.last.headers


@pytest.mark.parametrize("made", ["oa", "zns"])
def test_an_app_that_wants_a_proof_gets_it_from_then_on(server: RecordingServer, made: str) -> None:
    refusal = {"error": -242 if made == "oa" else -1241, "message": "appsecret_proof is invalid"}
    server.default = lambda request: Answer({"error": 0} if "appsecret_proof" in request.headers else refusal)
    asking = client(server) if made == "oa" else ZNSClient("app", "secret", "token", endpoint_prefix=server.url)
    for _ in range(2):
        asking.get_oa() if isinstance(asking, Client) else asking.get_quality()
    assert ["appsecret_proof" in request.headers for request in server.requests] == [False, True, True]

    server.default = lambda request: Answer(refusal)  # and whatever it thinks wrong then is said once
    with pytest.raises(ZaloException):
        asking.get_oa() if isinstance(asking, Client) else asking.get_quality()
    assert len(server.requests) == 4


def test_a_token_http_cannot_carry_is_a_requests_exception(server: RecordingServer) -> None:
    for token in ("“quoted”", "a\nb", " a"):
        with pytest.raises(requests.RequestException):
            client(server, token=lambda token=token: token).get_oa()
    assert server.requests == []


def test_the_calls_zalo_sdk_lacks(server: RecordingServer) -> None:
    oa = client(server)
    oa.send_template_message("u1", "250001", {"name": "Lan"})
    oa.get_oa()
    oa.get_conversation("u1", 10)
    oa.get_recent_chats(count=5)
    oa.update_user("u1", user_alias="chị Lan")
    oa.update_user("u1", shared_info={"phone": "84912345670"})
    oa.upload_file(b"GIF89a", "gif", "a.gif", "image/gif")
    oa.send_message({"anonymous_id": "x", "conversation_id": "y"}, {"text": "t"}, category="action")

    assert [_told(request) for request in server.requests] == [
        (
            "/v3.0/oa/message/template",
            {},
            {"user_id": "u1", "template_id": "250001", "template_data": {"name": "Lan"}},
        ),
        ("/v2.0/oa/getoa", {}, None),
        ("/v2.0/oa/conversation", {"data": '{"user_id": "u1", "offset": 10, "count": 10}'}, None),
        ("/v2.0/oa/listrecentchat", {"data": '{"offset": 0, "count": 5}'}, None),
        ("/v3.0/oa/user/update", {}, {"user_id": "u1", "user_alias": "chị Lan"}),
        ("/v3.0/oa/user/update", {}, {"user_id": "u1", "shared_info": {"phone": "84912345670"}}),
        ("/v2.0/oa/upload/gif", {}, None),
        (
            "/v2.0/oa/message",
            {},
            {"recipient": {"anonymous_id": "x", "conversation_id": "y"}, "message": {"text": "t"}},
        ),
    ]


def test_the_zns_calls_zalo_sdk_lacks(server: RecordingServer) -> None:
    zns = ZNSClient("app", "secret", "token", endpoint_prefix=server.url)
    zns.get_template_info("250001")
    zns.get_message_status("m1")
    zns.get_message_quota()
    zns.get_quality()

    assert [_told(request) for request in server.requests] == [
        ("/template/info/v2", {"template_id": "250001"}, None),
        ("/message/status", {"message_id": "m1"}, None),
        ("/message/quota", {}, None),
        ("/quality", {}, None),
    ]
    assert {request.headers["access_token"] for request in server.requests} == {"token"}


def _told(request: Request) -> tuple[str, dict[str, str], Any]:
    is_json = request.headers.get("content-type") == "application/json"
    return request.path, dict(request.query), request.json if is_json else None
