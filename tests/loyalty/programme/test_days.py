"""Days as a document names them."""

from datetime import date

import pytest

from loyalty.programme import days


def holds(text: str, day: str) -> bool:
    found = days.read(text, {})
    assert found is not None
    return any(one.hold(date.fromisoformat(day)) for one in found)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("2026-12-24", ["2026-12-24"], ["2027-12-24"]),
        ("24/12", ["2026-12-24", "2030-12-24"], ["2026-12-25"]),
        ("29/2", ["2028-02-29"], ["2027-02-28", "2027-03-01"]),
        ("24/12 - 2/1", ["2026-12-24", "2026-12-31", "2027-01-02"], ["2026-12-23", "2027-01-03"]),
        ("lunar 15/8", ["2026-09-25", "2025-10-06"], ["2025-10-05", "2025-10-07"]),
        ("lunar 29/12 - 5/1", ["2026-02-16", "2026-02-17", "2026-02-21"], ["2026-02-15", "2026-02-22"]),
        ("tet", ["2025-01-28", "2025-01-29", "2025-02-02", "2030-02-02"], ["2025-01-27", "2025-02-03"]),
        ("TET", ["2027-02-06"], ["2027-02-11"]),
        ("lunar 30/12", ["2025-01-28", "2024-02-09"], ["2025-01-27", "2025-01-29"]),  # 2024 had no 30th
        ("hung_kings", ["2026-04-26"], ["2026-04-27"]),
        ("lunar 1/6", ["2025-06-25"], ["2025-07-25"]),  # the leap month has none
    ],
)
def test_days_hold(text: str, inside: list[str], outside: list[str]) -> None:
    assert [day for day in inside if not holds(text, day)] == []
    assert [day for day in outside if holds(text, day)] == []


@pytest.mark.parametrize(
    "text", ["30/2", "2026-02-30", "2027-02-29", "0/1", "32/1", "1/13", "lunar 31/1", "lunar", "", "Tet 2026", "1/1 -"]
)
def test_what_is_no_day_is_told_apart(text: str) -> None:
    assert days.read(text, {}) is None


def test_every_name_stands_for_days() -> None:
    assert [name for name in days.NAMED if not days.read(name, {})] == []


def test_a_shop_names_days_of_its_own() -> None:
    own = {"opening": [days.of_date(date(2026, 6, 15))]}

    assert days.read("Opening", own) == own["opening"]
