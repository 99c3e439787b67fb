"""A month as people name one."""

from datetime import date

import pytest

from loyalty.typed.months import Month, MonthUnclear, parse_month

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("", "2026-11-01", "2026-11-30"),
        ("tháng này", "2026-11-01", "2026-11-30"),
        ("tháng trước", "2026-10-01", "2026-10-31"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("tháng 10", "2026-10-01", "2026-10-31"),
        ("t10", "2026-10-01", "2026-10-31"),
        ("tháng 12", "2025-12-01", "2025-12-31"),
        ("tháng chạp", "2025-12-01", "2025-12-31"),
        ("tháng mười một", "2026-11-01", "2026-11-30"),
        ("tháng giêng", "2026-01-01", "2026-01-31"),
        ("tháng 2/2024", "2024-02-01", "2024-02-29"),
        ("tháng 2 năm 2025", "2025-02-01", "2025-02-28"),
        ("9/2025", "2025-09-01", "2025-09-30"),
        ("October", "2026-10-01", "2026-10-31"),
        ("for oct 2024", "2024-10-01", "2024-10-31"),
    ],
)
def test_it_has_a_first_and_a_last_day(typed: str, first: str, last: str) -> None:
    assert parse_month(typed).days(TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


def test_the_month_before_january_is_december() -> None:
    assert Month(1).days(date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))


@pytest.mark.parametrize(("typed", "is_close"), [("tháng 13", True), ("tháng 0", True), ("ngân hàng", False)])
def test_other_words_are_none(typed: str, is_close: bool) -> None:
    with pytest.raises(MonthUnclear) as refused:
        parse_month(typed)
    assert refused.value.is_close is is_close
