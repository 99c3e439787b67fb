"""Whose points, how many and why, as staff type it."""

import pytest

from loyalty.typed.adjustment import PointsUnclear, ReasonMissing, parse_giving, parse_taking
from loyalty.typed.phones import PhoneUnclear

LAN = "+84912345678"


@pytest.mark.parametrize(
    ("typed", "points", "reason"),
    [
        ("0912345678 50 đền ly hỏng", 50, "đền ly hỏng"),
        ("0912 345 678 +50 đền ly hỏng", 50, "đền ly hỏng"),
        ("0912345678 -50 cộng nhầm", -50, "cộng nhầm"),
        ("0912345678 − 50 cộng nhầm", -50, "cộng nhầm"),
        ("0912345678: 50 điểm, đền 2 ly", 50, "đền 2 ly"),
        ("0912345678 1.250 điểm khai trương", 1250, "khai trương"),
        ("0912345678 1,250 points opening", 1250, "opening"),
        ("50 0912345678 đền ly hỏng", 50, "đền ly hỏng"),
        ("84 912 345 678 50 đền ly hỏng", 50, "đền ly hỏng"),
        ("0912 345678 50 gọi lại 0987654321", 50, "gọi lại 0987654321"),
        ("0912345678 50 2 ly hỏng", 50, "2 ly hỏng"),
    ],
)
def test_a_line_is_read(typed: str, points: int, reason: str) -> None:
    line = parse_giving(typed)
    assert (line.person.phone, line.points, line.reason) == (LAN, points, reason)


def test_a_member_code_does_instead_of_the_phone() -> None:
    assert parse_giving("m7k2qd 5 đền").person.code == "M7K2QD"


def test_taking_is_written_without_a_sign() -> None:
    assert parse_taking("0912345678 5 cộng nhầm").points == -5
    for sign in "+-":
        with pytest.raises(PointsUnclear) as refused:
            parse_taking(f"0912345678 {sign}5 cộng nhầm")
        assert refused.value.facts["reason"] == "sign"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("0912345678", "missing"),
        ("0912345678 đền ly hỏng", "missing"),
        ("0912345678 50k đền ly", "money"),
        ("0912345678 1 250 khai trương", "unclear"),
        ("0912345678 1,5 khai trương", "money"),
        ("0912345678 50đ đền ly", "money"),
        ("0912345678 9999999999 đền ly", "unclear"),
    ],
)
def test_points_that_may_be_something_else_are_asked_back(typed: str, reason: str) -> None:
    with pytest.raises(PointsUnclear) as refused:
        parse_giving(typed)
    assert refused.value.facts["reason"] == reason
    assert refused.value.facts["right"] == "0912345678 50 đền ly hỏng"


@pytest.mark.parametrize("typed", ["0912345678 70", "0912345678 70 điểm", "0912345678 70 ."])
def test_a_missing_reason_is_asked_for_with_what_was_understood(typed: str) -> None:
    with pytest.raises(ReasonMissing) as refused:
        parse_giving(typed)
    assert refused.value.facts == {"phone": LAN, "points": 70, "right": "0912345678 70 đền ly hỏng"}


@pytest.mark.parametrize("typed", ["", "50 đền ly", "912345678 50 đền ly", "x 50 y"])
def test_without_a_customer_nothing_is_read(typed: str) -> None:
    with pytest.raises(PhoneUnclear):
        parse_giving(typed)
