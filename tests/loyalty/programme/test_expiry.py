"""When points end, by every policy shops use."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.programme import expiry
from loyalty.programme.document import Expiry, Policy
from loyalty.programme.expiry import Facts, last_day

YEAR = Expiry(Policy.AFTER, months=12)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("policy", "earned_on", "ends_on"),
    [
        (Expiry(Policy.AFTER, months=1), "2026-01-31", "2026-02-28"),
        (Expiry(Policy.AFTER, months=1), "2028-01-31", "2028-02-29"),
        (YEAR, "2028-02-29", "2029-02-28"),
        (YEAR, "2026-11-22", "2027-11-22"),
        (Expiry(Policy.AFTER, days=30), "2026-11-22", "2026-12-22"),
        (Expiry(Policy.AFTER, months=12, round_up="month"), "2026-11-22", "2027-11-30"),
        (Expiry(Policy.AFTER, months=12, round_up="quarter"), "2026-11-22", "2027-12-31"),
        (Expiry(Policy.AFTER, months=12, round_up="quarter"), "2026-03-31", "2027-03-31"),
        (Expiry(Policy.AFTER, months=6, round_up="half_year"), "2026-11-22", "2027-06-30"),
        (Expiry(Policy.AFTER, months=12, round_up="year"), "2026-11-22", "2027-12-31"),
        (Expiry(Policy.DATES, dates=((3, 31),)), "2026-03-30", "2026-03-31"),
        (Expiry(Policy.DATES, dates=((3, 31),)), "2026-03-31", "2027-03-31"),  # the day of earning does not count
        (Expiry(Policy.DATES, dates=((6, 30), (12, 31))), "2026-01-01", "2026-06-30"),
        (Expiry(Policy.DATES, dates=((6, 30), (12, 31))), "2026-07-01", "2026-12-31"),
        (Expiry(Policy.DATES, dates=((2, 29),)), "2026-11-22", "2027-02-28"),
    ],
)
def test_the_end_is_known_on_the_day_of_earning(policy: Expiry, earned_on: str, ends_on: str) -> None:
    assert last_day(policy, day(earned_on)) == day(ends_on)


@pytest.mark.parametrize(
    ("policy", "facts", "ends_on"),
    [
        (Expiry(Policy.INACTIVITY, days=30), Facts(), "2026-12-22"),  # zero after 30 days without earning
        (Expiry(Policy.INACTIVITY, days=30), Facts(earned_last_on=day("2026-12-10")), "2027-01-09"),
        (
            Expiry(Policy.INACTIVITY, months=6, activity="purchase"),
            Facts(earned_last_on=day("2027-01-31")),
            "2027-05-22",
        ),
        (Expiry(Policy.INACTIVITY, months=1, activity="purchase"), Facts(None, day("2027-01-31")), "2027-02-28"),
        (Expiry(Policy.YEAR_UNLESS_BOUGHT), Facts(), "2026-12-31"),  # given by hand, nothing bought
        (Expiry(Policy.YEAR_UNLESS_BOUGHT), Facts(bought_last_on=day("2026-11-22")), "2027-12-31"),
        (Expiry(Policy.YEAR_UNLESS_BOUGHT), Facts(bought_last_on=day("2027-01-01")), "2028-12-31"),
        (Expiry(Policy.TIER_WINDOW), Facts(tier_until=day("2027-03-05")), "2027-03-05"),
        (Expiry(Policy.TIER_WINDOW), Facts(tier_until=day("2026-03-05")), "2026-11-22"),
    ],
)
def test_the_end_moves_with_the_customer(policy: Expiry, facts: Facts, ends_on: str) -> None:
    assert last_day(policy, day("2026-11-22"), facts) == day(ends_on)


def test_points_may_have_no_end() -> None:
    assert last_day(Expiry(Policy.NEVER), day("2026-11-22")) is None
    assert last_day(Expiry(Policy.TIER_WINDOW), day("2026-11-22")) is None  # the lowest tier is held for good


def test_returned_points_whose_lot_ended_live_on_for_the_days_of_grace() -> None:
    graceful = Expiry(Policy.AFTER, months=12, grace_days=7)

    assert expiry.usable_again(graceful, day("2026-11-20"), day("2026-11-22")) == day("2026-11-29")
    assert expiry.usable_again(YEAR, day("2026-11-20"), day("2026-11-22")) is None
    assert expiry.usable_again(graceful, day("2026-11-22"), day("2026-11-22")) is None  # it still counts, whole


def test_the_calendar_shows_today_and_the_twelve_months_to_come() -> None:
    shown = list(expiry.calendar(Expiry(Policy.AFTER, months=12, round_up="month"), day("2026-11-22")))

    assert [earned for earned, _ends in shown][:3] == [day("2026-11-22"), day("2026-12-01"), day("2027-01-01")]
    assert (len(shown), shown[-1]) == (13, (day("2027-11-01"), day("2028-11-30")))


@given(
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    st.sampled_from(
        [
            Expiry(Policy.AFTER, months=3, round_up="quarter"),
            Expiry(Policy.DATES, dates=((2, 29), (3, 31))),
            Expiry(Policy.INACTIVITY, days=30),
            Expiry(Policy.YEAR_UNLESS_BOUGHT),
        ]
    ),
)
def test_points_never_end_before_they_are_earned(earned_on: date, active_on: date, policy: Expiry) -> None:
    ends = last_day(policy, earned_on, Facts(active_on, active_on))

    assert ends is not None and ends >= earned_on
