import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import BadSignature, Malformed
from bots.messenger import signature

SECRET = "ref-secret"
BODY = (
    rb'{"object":"page","entry":[{"id":"1","time":1,"messaging":'
    rb'[{"message":{"text":"c\u00e0 ph\u00ea \ud83c\udf89 \/x"}}]}]}'
)
HEADER = "sha256=f0c126a9354198332de9a1616088c004c7230c5c961bb2b4ae2c70cbfc037c0f"
SIGNED_REQUEST = (
    "CPH_23F6A1YwfmnL7Qkl-M6ccsqYNQ-OtmVj4LXXU0Q."
    "eyJ1c2VyX2lkIjoiMjE4NDcxIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjE3OTUzMTI4MDB9"
)


def signed_request(payload: bytes) -> str:
    encoded = urlsafe_b64encode(payload).rstrip(b"=").decode()
    digest = bytes.fromhex(signature.sign(SECRET, encoded.encode()).removeprefix("sha256="))
    return f"{urlsafe_b64encode(digest).rstrip(b'=').decode()}.{encoded}"


def test_the_reference_vector_is_signed_and_accepted() -> None:
    assert signature.sign(SECRET, BODY) == HEADER

    signature.verify(HEADER, BODY, SECRET)


@pytest.mark.parametrize(
    "rewritten",
    [
        json.dumps(json.loads(BODY), ensure_ascii=False, separators=(",", ":")).encode(),
        json.dumps(json.loads(BODY), separators=(",", ":")).encode(),
        BODY + b"\n",
        b"",
    ],
)
def test_a_body_written_anew_is_refused(rewritten: bytes) -> None:
    with pytest.raises(BadSignature):
        signature.verify(HEADER, rewritten, SECRET)


def test_no_bit_of_the_body_or_of_the_header_may_change() -> None:
    header = HEADER.encode()
    for whole, position in [(text, bit) for text in (BODY, header) for bit in range(8 * len(text))]:
        changed = bytearray(whole)
        changed[position // 8] ^= 1 << position % 8
        given_header, body = (HEADER, bytes(changed)) if whole is BODY else (changed.decode("latin-1"), BODY)

        with pytest.raises(BadSignature):
            signature.verify(given_header, body, SECRET)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        HEADER.removeprefix("sha256="),
        HEADER.upper(),
        HEADER.replace("sha256", "sha1"),
        "sha1=62fa0f549a3d22fb316d2a513b1475678a09690e",
        "sha256=62fa0f549a3d22fb316d2a513b1475678a09690e",
        f" {HEADER}",
        f"{HEADER} ",
        f"{HEADER},{HEADER}",
        HEADER + "0",
        HEADER[:-1],
        "sha256=é" + HEADER[8:],
        "\ud800" + HEADER,
        "sha256=" + "ａ" * 64,
        HEADER + "\0",
        "x" * 100_000,
    ],
)
def test_a_strange_header_is_refused_without_a_crash(header: str) -> None:
    with pytest.raises(BadSignature):
        signature.verify(header, BODY, SECRET)


def test_a_blank_secret_accepts_nothing() -> None:
    with pytest.raises(BadSignature):
        signature.verify(signature.sign("", BODY), BODY, "")


@given(st.text(), st.binary())
def test_random_headers_are_refused(header: str, body: bytes) -> None:
    with pytest.raises(BadSignature):
        signature.verify(header, body, SECRET)


@given(st.binary(), st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_is_signed_with_the_same_secret_is_accepted(body: bytes, secret: str) -> None:
    signature.verify(signature.sign(secret, body), body, secret)


def test_the_reference_proof_of_a_token() -> None:
    proof = "41c3bbfe9df863519f9dc74663ff0eaf37aba16a5942be8bbdb383589b81b812"

    assert signature.appsecret_proof("EAAtoken123", SECRET) == proof


def test_the_reference_signed_request_is_read() -> None:
    request = signature.parse_signed_request(SIGNED_REQUEST, SECRET)

    assert request == {"user_id": "218471", "algorithm": "HMAC-SHA256", "issued_at": 1795312800}


def test_a_signed_request_with_any_changed_letter_is_refused() -> None:
    for position, letter in enumerate(SIGNED_REQUEST):
        changed = SIGNED_REQUEST[:position] + ("A" if letter != "A" else "B") + SIGNED_REQUEST[position + 1 :]

        # The last letter of a 32-byte signature holds two bits of padding, which are nobody's.
        if position == SIGNED_REQUEST.index(".") - 1:
            continue
        with pytest.raises((BadSignature, Malformed)):
            signature.parse_signed_request(changed, SECRET)


def test_a_signed_request_of_another_algorithm_is_refused() -> None:
    with pytest.raises(BadSignature):
        signature.parse_signed_request(signed_request(b'{"user_id":"1","algorithm":"none"}'), SECRET)


def test_signed_bytes_that_are_no_object_are_malformed() -> None:
    with pytest.raises(Malformed):
        signature.parse_signed_request(signed_request(b"[1]"), SECRET)


@given(st.text())
def test_a_random_signed_request_never_gets_through(text: str) -> None:
    with pytest.raises((BadSignature, Malformed)):
        signature.parse_signed_request(text, SECRET)
