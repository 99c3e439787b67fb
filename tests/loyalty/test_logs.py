"""Logs are lines of JSON in which nobody can be found."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from loyalty import logs
from loyalty.errors import NotFound


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is logged, with the ways of logging put back afterwards."""
    earlier, handlers = structlog.get_config(), list(logging.getLogger().handlers)
    written = io.StringIO()
    logs.configure(written)
    yield written
    structlog.configure(**earlier)
    logging.getLogger().handlers[:] = handlers


def _only(stream: io.StringIO) -> dict[str, Any]:
    [line] = stream.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_line_says_when_how_grave_and_what(stream: io.StringIO) -> None:
    structlog.get_logger().warning("send_refused", channel="zalo", attempt=3, code="-213")

    told = _only(stream)
    assert datetime.fromisoformat(told.pop("timestamp")).tzinfo is not None
    assert told == {"level": "warning", "event": "send_refused", "channel": "zalo", "attempt": 3, "code": "-213"}


@pytest.mark.parametrize("field", ["name", "phone", "text", "token", "body", "user_id", "sender", "email", "display"])
def test_a_field_nobody_allowed_is_dropped(stream: io.StringIO, field: str) -> None:
    structlog.get_logger().info("met", **{field: "Lan"})
    assert "Lan" not in stream.getvalue()
    assert field not in _only(stream)


@pytest.mark.parametrize(
    "value",
    [
        "0912345678",
        "+84912345678",
        "0912.345.678",
        "zalo:1:0912-345-678",
        912345678,
        912345678.0,
        "Nguyễn",
        "Nguyen Van A",
        "cho em hoi diem",
        "a\nb",
        "kq_" + "a" * 43,
        "Bearer/" + "x9" * 40,
        {"phone": "0912"},
        object(),
        b"0912345678",
        float("nan"),
        ["0912345678", "Nguyễn Thu"],
    ],
)
def test_what_looks_like_a_person_or_a_token_is_hidden_in_any_field(stream: io.StringIO, value: Any) -> None:
    structlog.get_logger().info("met", reason=value)

    told = stream.getvalue()
    assert logs.HIDDEN in told
    for secret in ("0912", "912345678", "345", "Nguy", "hoi diem", "aaaa", "x9x9"):
        assert secret not in told.replace(_only(stream)["timestamp"], "")


@pytest.mark.parametrize("value", [True, None, 0, 99_999_999, 1.5, "process_died", "Rw3x-9_kQ1zT7abC", ["a", 1]])
def test_machines_words_are_kept(stream: io.StringIO, value: Any) -> None:
    structlog.get_logger().info("met", reason=value)
    assert _only(stream)["reason"] == value


def test_instants_are_written_out(stream: io.StringIO) -> None:
    structlog.get_logger().info("due", due_at=datetime(2026, 11, 22, 5, 0, 1, 123456, tzinfo=UTC))
    assert _only(stream)["due_at"] == "2026-11-22T05:00:01.123456+00:00"


@pytest.mark.parametrize("event", ["hello Lan", "Lan", "gọi 0912345678", "", "x" * 200, "a\nb"])
def test_an_event_is_an_identifier_or_has_no_name(stream: io.StringIO, event: str) -> None:
    structlog.get_logger().info(event)
    assert _only(stream)["event"] == "unnamed_event"


def test_a_forged_line_stays_within_its_line(stream: io.StringIO) -> None:
    structlog.get_logger().info("met", reason='x\n{"event": "payment_received"}')
    assert len(stream.getvalue().splitlines()) == 1


def test_an_exception_is_told_by_class_and_place_without_its_words(stream: io.StringIO) -> None:
    try:
        try:
            raise NotFound("0912345678")
        except NotFound as inner:
            raise RuntimeError("Nguyễn Thị Lan said hello") from inner
    except RuntimeError:
        structlog.get_logger().exception("event_failed")

    told = _only(stream)
    assert [each["class"] for each in told["exception"]] == ["builtins.RuntimeError", "loyalty.errors.NotFound"]
    assert told["exception"][0]["places"][0].startswith("tests/loyalty/test_logs.py:")
    assert told["exception"][0]["places"][0].endswith("test_an_exception_is_told_by_class_and_place_without_its_words")
    assert "0912345678" not in stream.getvalue()
    assert "Lan" not in stream.getvalue()


def test_exceptions_that_lead_to_each_other_end(stream: io.StringIO) -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    structlog.get_logger().error("event_failed", exc_info=one)
    assert len(_only(stream)["exception"]) == 2


def test_libraries_are_heard_from_warnings_on_and_without_values(stream: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.setLevel(logging.DEBUG)
    library.info("info of %s", "0912345678")
    library.warning("Retrying %s after 0912345678", "0912345678")

    told = _only(stream)
    assert (told["event"], told["logger"], told["level"]) == ("library", "some.library", "warning")
    assert told["template"] == f"Retrying %s after {logs.HIDDEN}"
    assert told["place"].startswith("tests/loyalty/test_logs.py:")


def test_a_finished_sentence_of_a_library_is_told_by_its_place_only(stream: io.StringIO) -> None:
    try:
        raise ValueError("Lan")
    except ValueError:
        logging.getLogger("some.library").exception("customer Lan failed")

    assert "Lan" not in stream.getvalue()
    assert _only(stream)["exception"][0]["class"] == "builtins.ValueError"


def test_configuring_twice_writes_once(stream: io.StringIO) -> None:
    logs.configure(stream)
    logging.getLogger("some.library").warning("once %s", "only")
    structlog.get_logger().info("once")
    assert len(stream.getvalue().splitlines()) == 2


def test_without_a_stream_standard_error_is_written_to(stream: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info("started")
    assert capsys.readouterr().err.count("started") == 1
    assert stream.getvalue() == ""
