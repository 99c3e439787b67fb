"""The Vietnamese lunar calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.typed import lunar
from loyalty.typed.lunar import LunarDay

TET = """
    2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13
    2030-02-02 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08 2036-01-28 2037-02-15 2038-02-04 2039-01-24
    2040-02-12 2041-02-01 2042-01-22 2043-02-10 2044-01-30 2045-02-17 2046-02-06 2047-01-26 2048-02-14 2049-02-02
    2050-01-23
"""


@pytest.mark.parametrize("day", TET.split())
def test_tet_is_on_the_day_of_the_calendar_office(day: str) -> None:
    assert lunar.tet(date.fromisoformat(day).year) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "chinese"),
    [
        ("1968-01-29", "1968-01-30"),
        ("1985-01-21", "1985-02-20"),
        ("2007-02-17", "2007-02-18"),
        ("2030-02-02", "2030-02-03"),
        ("2053-02-18", "2053-02-19"),
    ],
)
def test_tet_is_not_the_chinese_new_year(day: str, chinese: str) -> None:
    assert lunar.tet(int(day[:4])) == date.fromisoformat(day) != date.fromisoformat(chinese)


@pytest.mark.parametrize(
    ("day", "lunar_day"),
    [
        ("2026-11-22", LunarDay(14, 10, 2026, False)),
        ("2025-10-06", LunarDay(15, 8, 2025, False)),  # mid-autumn
        ("2025-07-25", LunarDay(1, 6, 2025, True)),  # the leap sixth month
        ("2025-08-22", LunarDay(29, 6, 2025, True)),
        ("2023-03-22", LunarDay(1, 2, 2023, True)),  # the leap second month
        ("2026-04-26", LunarDay(10, 3, 2026, False)),  # the kings' day
        ("2024-02-09", LunarDay(30, 12, 2023, False)),
        ("2025-01-28", LunarDay(29, 12, 2024, False)),  # a twelfth month of 29 days
    ],
)
def test_a_day_has_its_lunar_day(day: str, lunar_day: LunarDay) -> None:
    assert lunar.of(date.fromisoformat(day)) == lunar_day


def test_a_thirtieth_that_does_not_exist_is_kept_on_the_twenty_ninth() -> None:
    assert lunar.to_date(30, 12, 2024) == lunar.to_date(29, 12, 2024) == date(2025, 1, 28)


@given(st.dates(date(1968, 2, 1), date(2100, 12, 30)))
def test_days_follow_each_other_and_lead_back(day: date) -> None:
    today, tomorrow = lunar.of(day), lunar.of(day + timedelta(days=1))

    assert tomorrow.day in (today.day + 1, 1)
    assert 1 <= today.day <= 30 and 1 <= today.month <= 12
    assert today.is_leap or lunar.to_date(today.day, today.month, today.year) == day
