"""Five-field cron in shop time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.campaigns import cron
from loyalty.campaigns.cron import BadCron

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=SAIGON)  # a Sunday


def after(rule: str, instant: datetime = NOON, zone: ZoneInfo = SAIGON) -> str:
    found = cron.parse(rule).next_after(instant, zone)
    assert found is not None
    return found.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("* * * * *", "Sun 2026-11-22 12:01"),
        ("0 12 * * *", "Mon 2026-11-23 12:00"),
        ("0 9 * * mon", "Mon 2026-11-23 09:00"),
        ("0 9 * * 0", "Sun 2026-11-29 09:00"),
        ("0 9 * * 7", "Sun 2026-11-29 09:00"),
        ("0 9 * * 1-5", "Mon 2026-11-23 09:00"),
        ("0 9 * * SAT,SUN", "Sat 2026-11-28 09:00"),
        ("0 9 1 * *", "Tue 2026-12-01 09:00"),
        ("30 18 20 nov *", "Sat 2027-11-20 18:30"),
        ("*/15 * * * *", "Sun 2026-11-22 12:15"),
        ("5/20 12 * * *", "Sun 2026-11-22 12:05"),
        ("0 8-20/6 * * *", "Sun 2026-11-22 14:00"),
        ("0 0 29 2 *", "Tue 2028-02-29 00:00"),
        ("0 9 13 * fri", "Fri 2026-11-27 09:00"),  # either day suffices
        ("0 9 */2 * mon", "Mon 2026-11-23 09:00"),  # a starred day restricts as well
    ],
)
def test_the_next_start_is_the_first_one_after(rule: str, start: str) -> None:
    assert after(rule) == start


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "-1 * * * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/ * * * *",
        "1,,2 * * * *",
        "a * * * *",
        "* * * * monday",
        "mon * * * *",
        "@daily",
        "٣ * * * *",
        "9999999999 * * * *",
        "0 0 1 1 1" + " " * 100,
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(BadCron):
        cron.parse(rule)


@given(st.text(alphabet="0123456789*,-/ monfribx٣", max_size=40))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        start = cron.parse(text).next_after(NOON, SAIGON)
    except BadCron:
        return
    assert start is None or start > NOON


def test_a_day_that_never_comes_has_no_start() -> None:
    assert cron.parse("0 0 30 2 *").next_after(NOON, SAIGON) is None


def test_the_leap_day_comes_even_after_a_century_without() -> None:
    eve = datetime(2096, 3, 1, tzinfo=UTC)
    assert after("0 0 29 2 *", eve) == "Fri 2104-02-29 00:00"


def test_an_hour_the_clock_skips_is_made_up_for_and_a_repeated_one_counts_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring = datetime(2026, 3, 28, 12, 0, tzinfo=berlin)
    assert after("30 2 * * *", spring, berlin) == "Sun 2026-03-29 03:30"
    autumn = datetime(2026, 10, 25, 1, 0, tzinfo=berlin)
    first = cron.parse("30 2 * * *").next_after(autumn, berlin)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert after("30 2 * * *", first, berlin) == "Mon 2026-10-26 02:30"
