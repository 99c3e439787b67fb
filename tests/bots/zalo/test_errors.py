import pickle
import re
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Action, SendError
from bots.zalo import codes
from bots.zalo.client import Client, ZaloException, ZaloHTTPException, ZaloOAException, ZaloReplyException
from bots.zalo.errors import ZaloOAAuthTokenExpiredException, retry_after, send_error
from tests.fakes_http import Answer, RecordingServer, closed_port

# The classes of the reference page, letter by letter.
OA_CLASSES = {
    "T": "-200 -214",
    "busy": "-32",
    "Q": "-211 -218 -311",
    "N": "-234",
    "R": "-216 -220",
    "U": "-217 -222 -227 -244",
    "W": "-213 -230 -232 -305",
    "A": "-202 -204 -205 -207 -208 -209 -212 -215 -219 -223 -235 -221 -224 -237 -238 -241 -403 -240 -242 -320 -321",
    "P": "-100 -201 -210 -233 -248 -249",
}
ZNS_CLASSES = {
    "T": "-100",
    "busy": "-32",
    "Q": "-144 -147 -1441 -1471 -1472",
    "N": "-133",
    "R": "-124",
    "U": "-108 -110 -114 -118 -119 -139 -140 -141",
    "A": "-101 -102 -103 -104 -105 -106 -120 -135 -1351 -136 -138 -1381 -145 -1201 -1202 -115 -137 -1241 -125 -117 -131"
    " -146 -126 -127 -142 -143 -128 -129 -152",
    "P": "-107 -109 -111 -112 -1121 -1122 -1123 -1124 -113 -1131 -116 -121 -122 -123 -130 -132 -151 -153 -161 -162 -148"
    " -149 -150 -1491",
}
HOUR = timedelta(hours=1)
MEANING = {
    "T": (Action.RETRY, None),
    "busy": (Action.RETRY, timedelta(minutes=1)),
    "Q": (Action.RETRY, HOUR),
    "R": (Action.REFRESH, None),
    "U": (Action.PERSON, None),
    "W": (Action.WINDOW, None),
    "A": (Action.STOP, None),
    "P": (Action.CONTENT, None),
}


def expected(letter: str, waits: timedelta | None) -> bool:
    """At night until 06:05 of the next morning and ten minutes more, else as the class says."""
    if letter == "N":
        return waits is not None and timedelta(0) < waits < timedelta(hours=24, minutes=11)
    return waits == MEANING[letter][1]


def _cases(classes: dict[str, str]) -> list[tuple[int, str]]:
    return [(int(code), letter) for letter, listed in classes.items() for code in listed.split()]


@pytest.mark.parametrize(("code", "letter"), _cases(OA_CLASSES))
def test_oa_codes_are_classed_as_the_reference_says(code: int, letter: str) -> None:
    verdict = send_error(ZaloOAException(code, "text"))
    assert verdict.action is (Action.RETRY if letter == "N" else MEANING[letter][0])
    assert expected(letter, verdict.retry_after)
    assert not verdict.is_unknown
    assert (verdict.code, verdict.detail) == (str(code), "text")


@pytest.mark.parametrize(("code", "letter"), _cases(ZNS_CLASSES))
def test_zns_codes_are_classed_as_the_reference_says(code: int, letter: str) -> None:
    verdict = send_error(ZaloException(code, "text"))
    assert verdict.action is (Action.RETRY if letter == "N" else MEANING[letter][0])
    assert expected(letter, verdict.retry_after)
    assert not verdict.is_unknown


def test_no_code_is_classed_that_the_reference_does_not_name() -> None:
    assert set(codes.OA) == {code for code, _ in _cases(OA_CLASSES)}
    assert set(codes.ZNS) == {code for code, _ in _cases(ZNS_CLASSES)}


def test_an_invalid_user_id_is_about_the_person() -> None:
    assert send_error(ZaloOAException(-201, "user_id is invalid")).action is Action.PERSON
    assert send_error(ZaloOAException(-201, "Params is invalid: text")).action is Action.CONTENT


@pytest.mark.parametrize("code", [-1, -99999, 7, None, True, "busy", [], 1.5])
def test_an_unknown_code_is_taken_for_a_fault_of_the_message(code: object) -> None:
    for verdict in (send_error(ZaloOAException(code)), send_error(ZaloException(code))):
        assert (verdict.action, verdict.is_unknown) == (Action.CONTENT, True)


@pytest.mark.parametrize(
    ("code", "message", "action", "wait"),
    [
        (-32, "Your application reach limit call api", Action.RETRY, timedelta(minutes=1)),
        (-32, "Out of daily quota", Action.RETRY, HOUR),
        (-223, "OA has not granted this API to the app", Action.STOP, None),
        (-223, "OA article quota exceeded", Action.RETRY, HOUR),
    ],
)
def test_overloaded_codes_are_told_apart_by_their_words(
    code: int, message: str, action: Action, wait: timedelta | None
) -> None:
    verdict = send_error(ZaloOAException(code, message))
    assert (verdict.action, verdict.retry_after) == (action, wait)


@pytest.mark.parametrize(
    ("hour", "minute", "waits"),
    [(22, 0, timedelta(hours=8, minutes=5)), (3, 0, timedelta(hours=3, minutes=5)), (6, 5, timedelta(days=1))],
)
def test_the_night_ends_at_five_past_six_in_vietnam(hour: int, minute: int, waits: timedelta) -> None:
    now = datetime(2026, 11, 29, hour, minute, tzinfo=codes.VIETNAM)
    assert codes.until_morning(now, 0) == waits
    assert codes.until_morning(now.astimezone(UTC), 17) == waits + timedelta(minutes=7)


def test_a_refused_token_asks_for_another() -> None:
    for code in (-216, -220, -124, 401):
        assert send_error(ZaloOAAuthTokenExpiredException(code, "text")).action is Action.REFRESH


@pytest.mark.parametrize(
    ("status", "action"),
    [
        *((status, Action.UNKNOWN) for status in (204, 500, 502, 503, 504, 599)),
        *((status, Action.STOP) for status in (302, 308, 403, 404, 405)),
        *((status, Action.CONTENT) for status in (400, 413, 422)),
        *((status, Action.RETRY) for status in (408, 429)),
    ],
)
def test_statuses(status: int, action: Action) -> None:
    assert send_error(ZaloHTTPException(status)).action is action


def test_too_many_requests_wait_as_long_as_zalo_says() -> None:
    assert send_error(ZaloHTTPException(429, retry_after=timedelta(seconds=7))).retry_after == timedelta(seconds=7)
    assert send_error(ZaloHTTPException(429)).retry_after == timedelta(minutes=1)


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert retry_after("120") == timedelta(minutes=2)
    assert retry_after("999999999") == timedelta(days=1)
    in_an_hour = retry_after(format_datetime(datetime.now(UTC) + HOUR, usegmt=True))
    assert in_an_hour is not None
    assert HOUR - timedelta(seconds=5) < in_an_hour <= HOUR
    for useless in ("", "soon", "-1", "1.5", "9" * 5000, "Thu, 01 Jan 1970 00:00:00 GMT", "0 0 0 0 0"):
        assert retry_after(useless) is None


@given(st.text())
def test_no_retry_after_breaks(header: str) -> None:
    wait = retry_after(header)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


@pytest.mark.parametrize(
    ("answer", "action", "code"),
    [
        (Answer(reset=True), Action.UNKNOWN, "connection"),
        (Answer(delay=20), Action.UNKNOWN, "timeout"),
        (Answer(drip=0.3), Action.UNKNOWN, "timeout"),
        (Answer({"error": 0}, cut=True), Action.UNKNOWN, "connection"),
        (Answer(b'{"error":'), Action.UNKNOWN, "reply"),
        (Answer(b"x" * 2_000_000), Action.UNKNOWN, "reply"),
        (Answer(status=500), Action.UNKNOWN, "http 500"),
        (Answer(status=429, headers={"Retry-After": "9"}), Action.RETRY, "http 429"),
        (Answer(status=401), Action.REFRESH, "401"),
    ],
)
def test_what_may_have_gone_out_is_unknown(answer: Answer, action: Action, code: str, server: RecordingServer) -> None:
    server.default = answer
    verdict = _verdict(server.url)
    assert (verdict.action, verdict.code) == (action, code)


def test_what_never_left_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = _verdict(f"http://127.0.0.1:{closed_port()}")
    assert (verdict.action, verdict.code) == (Action.RETRY, "connect")


@pytest.mark.parametrize(
    ("reason", "action"),
    [
        (urllib3.exceptions.NameResolutionError("h", None, OSError()), Action.RETRY),  # type: ignore[arg-type] # no pool
        (urllib3.exceptions.ConnectTimeoutError(), Action.RETRY),
        (urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("expired")), Action.RETRY),
        (urllib3.exceptions.SSLError(ssl.SSLError("reset in the middle")), Action.UNKNOWN),
    ],
)
def test_only_a_connection_that_never_stood_is_surely_unsent(reason: Exception, action: Action) -> None:
    wrapped = urllib3.exceptions.MaxRetryError(None, "/", reason)  # type: ignore[arg-type] # no pool is needed
    assert send_error(requests.ConnectionError(wrapped)).action is action


@pytest.mark.parametrize("url", ["", "openapi.zalo.me", "http://", "ftp://127.0.0.1", "http://[::1", "http://a b/"])
def test_an_address_that_cannot_be_called_stops_the_channel(url: str) -> None:
    assert _verdict(url).action is Action.STOP


def test_zalo_sdk_s_attributes_and_words() -> None:
    error = ZaloOAException(-213, "đã chặn")
    assert (error._code, error._custom_message) == (-213, "đã chặn")
    assert re.fullmatch(r"Zalo OA error \(-213\) \[.+\]: đã chặn", str(error))
    assert ZaloOAException(-999).errCodeToStr() == "unknown error"
    assert str(ZaloException(-118)) == "Zalo error (-118)"


@pytest.mark.parametrize(
    "error", [ZaloException(-1, "a"), ZaloOAException(-2), ZaloHTTPException(500, "b"), ZaloReplyException(-1, "c")]
)
def test_exceptions_cross_process_borders(error: ZaloException) -> None:
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def _verdict(url: str) -> SendError:
    client = Client("app", "secret", "token", endpoint_prefix=url, timeout=(0.5, 0.6))
    with pytest.raises((ZaloException, requests.RequestException)) as failed:
        client.get_oa()
    assert isinstance(failed.value, (ZaloException, requests.RequestException))
    return send_error(failed.value)
