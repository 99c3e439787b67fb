"""`loyalty understand`: for people in words, for programs line by line."""

import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner, Result

from loyalty.cli import loyalty


def run(*arguments: str, lines: Sequence[str] = ()) -> Result:
    return CliRunner().invoke(loyalty, ["understand", *arguments], input="\n".join(lines))


@pytest.fixture(autouse=True)
def _vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOYALTY_LOCALE", "vi")


def test_a_sentence_is_explained() -> None:
    result = run("em còn bao nhiêu điểm ạ")

    assert (result.exit_code, result.output) == (0, "Lệnh: điểm\n")


def test_values_are_shown_as_read() -> None:
    result = run("/tich 0912 345 678 250k #hd123", "--role", "staff")

    assert result.output.splitlines() == [
        *("Lệnh: /tich", "who: phone", "phone: +84912345678", "amount: 250000", "receipt: HD123")
    ]


def test_what_is_unclear_is_named() -> None:
    assert "Chưa rõ (money_unclear)" in run("/tich 0912345678 250", "--role", "staff").output


def test_without_a_slash_staff_are_told_what_was_probably_meant() -> None:
    assert "/tich" in run("tich 0912345678 250k", "--role", "staff").output
    assert run("tich 0912345678 250k").output == "Không phải lệnh nào.\n"


def test_json_is_one_document() -> None:
    found = json.loads(run("/huy 1042", "--json").output)

    assert (found["command"], found["for"], found["values"]) == ("/huy", "staff", {"number": 1042})


def test_lines_in_lines_out() -> None:
    asked = [{"text": "điểm"}, {"text": "/tich M7K2QD 1tr2", "role": "staff"}, {"text": "đang dừng xe ở đâu"}]

    result = run("--json", lines=[json.dumps(line) for line in asked])

    found = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert [line["command"] for line in found] == ["điểm", "/tich", None]
    assert found[1]["values"] == {"who": "code", "code": "M7K2QD", "amount": 1_200_000}


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", "{}", '{"text": 5}', '{"text": "điểm", "role": "king"}', "[" * 9999]
)
def test_a_line_that_is_no_question_is_answered_and_told_by_the_exit_code(line: str) -> None:
    result = run("--json", lines=[line, '{"text": "điểm"}'])

    found = [json.loads(answer) for answer in result.output.splitlines()]
    assert result.exit_code == 1
    assert [answer.get("error") for answer in found] == ["malformed", None]
