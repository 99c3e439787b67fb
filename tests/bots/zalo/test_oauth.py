import hashlib
import logging
import time
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bots.zalo import oauth, transport
from bots.zalo.oauth import TokenAnswerLost, TokenPair, TokenRefused
from tests.fakes_http import Answer, RecordingServer, closed_port

PAIR = {"access_token": "an-access-token", "refresh_token": "a-refresh-token", "expires_in": "90000"}


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", (0.5, 0.5))


def refresh(server: RecordingServer) -> TokenPair:
    return oauth.refresh("app", "the-app-secret", "the-old-token", oauth_url=server.url)


def test_a_refresh_sends_the_form_and_the_secret_and_reads_the_pair(server: RecordingServer) -> None:
    server.default = Answer(PAIR)
    before = datetime.now(UTC)
    pair = refresh(server)

    assert (pair.access, pair.refresh) == ("an-access-token", "a-refresh-token")
    assert timedelta(0) <= pair.expires_at - (before + timedelta(hours=25)) < timedelta(seconds=5)
    assert (server.last.method, server.last.path) == ("POST", "/v4/oa/access_token")
    assert server.last.headers["secret_key"] == "the-app-secret"
    assert server.last.headers["content-type"] == "application/x-www-form-urlencoded"
    assert server.last.form == {"refresh_token": "the-old-token", "app_id": "app", "grant_type": "refresh_token"}


def test_a_code_is_exchanged_with_its_verifier(server: RecordingServer) -> None:
    server.default = Answer(PAIR)
    pair = oauth.exchange("app", "the-app-secret", "a code&=", "the-verifier", oauth_url=server.url + "/")

    assert pair.access == "an-access-token"
    assert server.last.path == "/v4/oa/access_token"
    assert server.last.form == {
        "code": "a code&=",
        "app_id": "app",
        "grant_type": "authorization_code",
        "code_verifier": "the-verifier",
    }


@pytest.mark.parametrize("expires_in", [None, "", "soon", -1, "-5", 1.5, [], "9" * 400, "٣٠٠"])
def test_a_pair_is_never_lost_over_a_damaged_lifetime(expires_in: Any, server: RecordingServer) -> None:
    server.default = Answer(PAIR | {"expires_in": expires_in})
    assert abs(refresh(server).expires_at - datetime.now(UTC) - timedelta(hours=25)) < timedelta(seconds=5)


def test_the_lifetime_may_be_a_number(server: RecordingServer) -> None:
    server.default = Answer(PAIR | {"expires_in": 600})
    assert abs(refresh(server).expires_at - datetime.now(UTC) - timedelta(minutes=10)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("answer", "code", "terminal"),
    [
        (Answer({"error": -14020, "error_name": "Invalid refresh token"}), "-14020", True),
        (Answer({"error": -14002, "message": "Invalid app id"}), "-14002", True),
        (Answer({"error": "-14020"}), "-14020", True),
        (Answer({"error": -14020}, status=400), "-14020", True),
        (Answer({}), "http 200", True),
        (Answer(b"<html>", status=404), "http 404", True),
        (Answer(status=302, body=b"", headers={"Location": "/"}), "http 302", True),
        (Answer({"error": -32, "message": "too many"}), "-32", False),
        (Answer({"error": "-32"}), "-32", False),
        (Answer(b"", status=429), "http 429", False),
    ],
)
def test_a_refusal_is_final_unless_it_is_about_the_moment(
    answer: Answer, code: str, terminal: bool, server: RecordingServer
) -> None:
    server.default = answer
    with pytest.raises(TokenRefused) as refused:
        refresh(server)
    assert (refused.value.code, refused.value.terminal) == (code, terminal)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(delay=20),
        Answer(PAIR, drip=0.3),
        Answer(PAIR, cut=True),
        Answer(reset=True),
        Answer(status=500),
        Answer(PAIR, status=502),
        Answer(b'{"access_token":"an-acc'),
        Answer(b""),
        Answer([PAIR]),
        Answer({"access_token": "an-access-token"}),
        Answer(PAIR, status=201),
        Answer(b"[" * 100_000),
        Answer(b" " * 2_000_000),
    ],
)
def test_a_broken_answer_may_have_spent_the_token(answer: Answer, server: RecordingServer) -> None:
    server.default = answer
    began = time.monotonic()
    with pytest.raises(TokenAnswerLost):
        refresh(server)
    assert len(server.requests) == 1
    assert time.monotonic() - began < 5


def test_a_refresh_that_never_left_is_tried_again_later() -> None:
    with pytest.raises(TokenRefused) as refused:
        oauth.refresh("app", "secret", "old", oauth_url=f"http://127.0.0.1:{closed_port()}")
    assert (refused.value.code, refused.value.terminal) == ("connect", False)


@pytest.mark.parametrize(
    "answer", [Answer(PAIR), Answer(PAIR, cut=True), Answer({"error": -14020}), Answer(reset=True)]
)
def test_no_token_is_written_anywhere(
    answer: Answer, server: RecordingServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server.default = answer
    caplog.set_level(logging.DEBUG)
    try:
        shown = repr(refresh(server))
    except (TokenRefused, TokenAnswerLost) as error:
        shown = repr(error)
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
    written = shown + caplog.text + "".join(capfd.readouterr())
    for secret in ("the-app-secret", "the-old-token", "an-access-token", "a-refresh-token"):
        assert secret not in written


def test_the_consent_address_names_app_return_challenge_and_state() -> None:
    address = urlsplit(oauth.permission_url("app", "https://a.vn/b?c=1", challenge="ch", state="st"))
    assert (address.netloc, address.path) == ("oauth.zaloapp.com", "/v4/oa/permission")
    assert parse_qs(address.query) == {
        "app_id": ["app"],
        "redirect_uri": ["https://a.vn/b?c=1"],
        "code_challenge": ["ch"],
        "state": ["st"],
    }
    assert "state" not in oauth.permission_url("app", "https://a.vn")


def test_a_verifier_is_43_letters_and_digits_and_its_challenge_unpadded_sha256() -> None:
    verifiers = {oauth.new_verifier() for _ in range(100)}
    assert len(verifiers) == 100
    for verifier in verifiers:
        assert len(verifier) == 43
        assert verifier.isascii()
        assert verifier.isalnum()
        challenge = oauth.challenge(verifier)
        assert len(challenge) == 43
        assert urlsafe_b64decode(challenge + "=") == hashlib.sha256(verifier.encode()).digest()


def test_the_challenge_of_rfc_7636() -> None:
    assert (
        oauth.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
