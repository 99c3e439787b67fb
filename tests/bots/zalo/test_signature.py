import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import BadSignature, Malformed
from bots.zalo import signature

APP = "3344556677889900112"
SECRET = "example-oa-secret-A1b2"
BODY = (
    '{"app_id":"3344556677889900112","sender":{"id":"5123456789012345678"},"recipient":{"id":"4123456789012345678"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào 🙂","msg_id":"aa00bb11cc22dd33ee44"},'
    '"timestamp":"1790000000123"}'
).encode()
MAC = "02c15f7317284029c7b220d40a81cda669da4f4fdebb93d1e83af71f070e5308"


def verify(header: str | None, body: bytes = BODY, app_id: str = APP, secret: str = SECRET) -> None:
    signature.verify(header, body, app_id=app_id, secret=secret)


def test_the_test_vector_of_the_formula() -> None:
    assert len(BODY) == 237
    assert signature.sign(APP, BODY, "1790000000123", SECRET) == f"mac={MAC}"
    verify(f"mac={MAC}")


@pytest.mark.parametrize("header", [f"mac ={MAC}", f" mac= {MAC} ", f"\tmac = {MAC}\r\n"])
def test_space_around_the_name_is_forgiven(header: str) -> None:
    verify(header)


def test_every_changed_bit_of_the_body_is_refused() -> None:
    for position in range(len(BODY) * 8):
        changed = bytearray(BODY)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises((BadSignature, Malformed)):
            verify(f"mac={MAC}", bytes(changed))


def test_every_changed_bit_of_the_header_is_refused() -> None:
    header = f"mac={MAC}".encode()
    for position in range(len(header) * 8):
        changed = bytearray(header)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(BadSignature):
            verify(changed.decode("latin-1"))


def test_every_shortened_or_lengthened_request_is_refused() -> None:
    for length in range(len(BODY)):
        with pytest.raises((BadSignature, Malformed)):
            verify(f"mac={MAC}", BODY[:length])
    for more in (b" ", b"\n", b"\0", b"{}"):
        with pytest.raises((BadSignature, Malformed)):
            verify(f"mac={MAC}", BODY + more)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "mac",
        "mac=",
        MAC,
        f"sha256={MAC}",
        f"mac={MAC},mac={MAC}",
        f"mac={MAC}0",
        f"mac={MAC[:-1]}",
        "mac=ﬀ" * 32,
        "mac=" + "０" * 64,
        "mac=\ud800",
        "mac=" + "é" * 64,
        pytest.param("\0", id="nul"),
        pytest.param("m" * 100_000, id="long"),
    ],
)
def test_a_missing_or_odd_header_is_refused(header: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(header)


@given(st.one_of(st.none(), st.text()))
def test_no_header_text_passes_or_breaks(header: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(header)


@pytest.mark.parametrize(
    ("app_id", "secret"), [("3344556677889900113", SECRET), (APP, "example-oa-secret-A1b3"), (APP, ""), ("", SECRET)]
)
def test_another_app_or_secret_is_refused(app_id: str, secret: str) -> None:
    with pytest.raises(BadSignature):
        verify(f"mac={MAC}", app_id=app_id, secret=secret)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"1790000000123"', "1790000000123"),
        ("1790000000123", "1790000000123"),
        ('"154390853474"', "154390853474"),
        ("1.790000000123e12", "1.790000000123e12"),
        ("1790000000123.50", "1790000000123.50"),
        ("-0", "-0"),
        ("9" * 6000, "9" * 6000),
        ('""', ""),
        ('"ừ"', "ừ"),
        ('"\\ud800"', "\ud800"),
    ],
)
def test_the_timestamp_counts_as_it_is_written(written: str, text: str) -> None:
    body = f'{{"event_name":"follow","timestamp":{written}}}'.encode()
    assert signature.timestamp(body) == text
    verify(signature.sign(APP, body, text, SECRET), body)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"[]", b"1", b'"timestamp"', b"\xff", b'{"timestamp":"1"', b'{"timestamp":"1"}x'),
        *(b'{"timestamp":null}', b'{"timestamp":true}', b'{"timestamp":["1"]}', b'{"timestamp":NaN}'),
        *(b'{"a":{"timestamp":"1"}}', b'\xef\xbb\xbf{"timestamp":"1"}', '{"timestamp":"1"}'.encode("utf-16")),
        pytest.param(b'{"timestamp":"1","a":' + b"[" * 100_000, id="deep"),
    ],
)
def test_bytes_without_a_readable_timestamp_are_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        verify(f"mac={MAC}", body)


def test_depth_does_not_break_the_check() -> None:
    deep = b'{"timestamp":"1","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises((BadSignature, Malformed)):
        verify(f"mac={MAC}", deep)


@given(st.binary(), st.one_of(st.none(), st.text()))
def test_no_bytes_pass_or_break(body: bytes, header: str | None) -> None:
    with pytest.raises((BadSignature, Malformed)):
        verify(header, body)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none())))
def test_whatever_is_signed_with_the_key_is_accepted(fields: dict[str, object]) -> None:
    body = json.dumps(fields | {"timestamp": "1790000000123"}, ensure_ascii=True).encode()
    verify(signature.sign(APP, body, "1790000000123", SECRET), body)
