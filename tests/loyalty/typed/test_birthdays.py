"""A birthday as people write it."""

from datetime import date

import pytest

from loyalty.typed.birthdays import BirthdayUnclear, parse_birthday

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("20/11/1990", (1990, 11, 20)),
        ("20/11", (None, 11, 20)),
        ("5-1-2001", (2001, 1, 5)),
        ("20.11.1990", (1990, 11, 20)),
        ("20 11 1990", (1990, 11, 20)),
        ("ngày 20 tháng 11 năm 1990", (1990, 11, 20)),
        ("20 tháng 11", (None, 11, 20)),
        ("20111990", (1990, 11, 20)),
        ("1990-11-20", (1990, 11, 20)),
        ("29/2", (None, 2, 29)),
        ("29/2/2000", (2000, 2, 29)),
    ],
)
def test_day_before_month_with_a_year_or_without(typed: str, read: tuple[int | None, int, int]) -> None:
    assert parse_birthday(typed, TODAY) == read


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("30/2", "never"),
        ("29/2/2001", "never"),
        ("11/20/1990", "never"),
        ("20/11/90", "year"),
        ("23/11/2026", "future"),
        ("20/11/1890", "never"),
        ("mai", ""),
        ("20/11/1990 21/11", ""),
        ("1/1/99999", ""),
    ],
)
def test_what_is_no_birthday_says_why(typed: str, reason: str) -> None:
    with pytest.raises(BirthdayUnclear) as refused:
        parse_birthday(typed, TODAY)
    assert refused.value.facts["reason"] == reason
