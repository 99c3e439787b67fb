"""Rules of starts as people choose them, and back."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from loyalty.campaigns import recurrence
from loyalty.campaigns.recurrence import Monthly, Weekly
from tests.builders import NOON

SHOP = ZoneInfo("Asia/Ho_Chi_Minh")
CHOICES = [
    (Weekly((1, 4), time(9, 30)), "30 9 * * 1,4"),
    (Weekly((6, 0), time(8)), "0 8 * * 6,0"),
    (Weekly((1, 2, 3, 4, 5, 6, 0), time(9)), "0 9 * * 1,2,3,4,5,6,0"),
    (Monthly(15, time(10)), "0 10 15 * *"),
]


@pytest.mark.parametrize(("choice", "rule"), CHOICES)
def test_a_choice_becomes_a_rule_and_is_read_back(choice: Weekly | Monthly, rule: str) -> None:
    assert recurrence.write(choice) == rule
    assert recurrence.read(rule) == choice


@pytest.mark.parametrize("rule", ["*/5 9 * * *", "0 9,15 * * *", "0 9 1,15 * *", "0 9 1 * mon", "0 9 1 6 *"])
def test_a_rule_that_says_more_is_no_choice(rule: str) -> None:
    assert recurrence.read(rule) is None


def test_the_next_starts_are_shown_in_order() -> None:
    starts = recurrence.upcoming("30 9 * * 1,4", NOON, SHOP)  # NOON is Sunday, 22 November 2026
    assert starts == [datetime(2026, 11, day, 2, 30, tzinfo=UTC) for day in (23, 26, 30)]


def test_a_day_some_months_lack_is_passed_over_and_one_no_month_has_never_comes() -> None:
    starts = recurrence.upcoming("0 9 31 * *", NOON, SHOP, count=2)
    assert [start.astimezone(SHOP).date().isoformat() for start in starts] == ["2026-12-31", "2027-01-31"]
    assert recurrence.upcoming("0 9 30 2 *", NOON, SHOP) == []
