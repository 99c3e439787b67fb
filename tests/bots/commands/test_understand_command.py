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
    assert [line["intent"] for line in found] == ["balance", "award", "unknown"]
    assert found[1] == {"intent": "award", "slots": {"code": "M7K2QD", "amount": 1_200_000}}


@pytest.mark.parametrize("context", [None, "none", "", "consent_asked"])
def test_a_context_changes_what_an_answer_says(context: str | None) -> None:
    asked = {"role": "customer", "context": context, "text": "thôi"}

    found = json.loads(run("--json", lines=[json.dumps(asked)]).output)

    assert found == {"intent": "consent_no" if context == "consent_asked" else "unknown", "slots": {}}


def test_what_is_asked_back_is_said_of_a_sentence_too() -> None:
    assert run("xem điểm và lịch sử").output == "Ý định: ASK\n"


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "{}",
        '{"text": 5}',
        '{"text": "điểm", "role": "king"}',
        '{"text": "điểm", "context": 3}',
        "[" * 9999,
    ],
)
def test_a_line_that_is_no_question_is_answered_and_told_by_the_exit_code(line: str) -> None:
    result = run("--json", lines=[line, '{"text": "điểm"}'])

    found = [json.loads(answer) for answer in result.output.splitlines()]
    assert result.exit_code == 1
    assert found[0]["intent"] is None and "example" in found[0]["error"]
    assert found[1] == {"intent": "balance", "slots": {}}
