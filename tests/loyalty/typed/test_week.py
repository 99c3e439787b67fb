"""Opening hours as people write them."""

from datetime import date, datetime

import pytest

from loyalty.typed import week
from loyalty.typed.week import HoursUnclear, Week

EVERY_DAY = [["08:00-21:00"]] * 7
MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  # local time of the shop


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("8:00-21:00", ["08:00-21:00"]),
        ("8h-21h", ["08:00-21:00"]),
        ("8 - 21", ["08:00-21:00"]),
        ("08.30 – 17g30", ["08:30-17:30"]),
        ("8h30 đến 21h", ["08:30-21:00"]),
        ("7 tới 11, 13h30-20h", ["07:00-11:00", "13:30-20:00"]),
        ("13h-20h và 7h-11h", ["07:00-11:00", "13:00-20:00"]),
        ("0-24", ["00:00-00:00"]),
        ("18h-2h", ["18:00-02:00"]),
        ("8-24", ["08:00-00:00"]),
        ("nghỉ", []),
        ("Đóng cửa", []),
        ("", []),
        ("closed", []),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, spans: list[str]) -> None:
    assert [str(span) for span in week.read_day(typed)] == spans


@pytest.mark.parametrize(
    "typed",
    ["8h", "8-25", "8:75-9", "8-12, 11-14", "sáng", "-8", "8--9-10", "1-2,3-4,5-6,7-8,9-10", "8" * 90, "20-2, 23-24"],
)
def test_what_nobody_can_be_sure_of_is_asked_back(typed: str) -> None:
    with pytest.raises(HoursUnclear):
        week.read_day(typed)


def test_hours_hold_from_their_first_minute_to_their_last() -> None:
    found = Week.of(EVERY_DAY)
    opens = [MONDAY.replace(hour=h, minute=m) for h, m in ((7, 59), (8, 0), (20, 59), (21, 0))]
    assert [found.is_open(local) for local in opens] == [False, True, True, False]


def test_a_span_past_midnight_is_the_evenings() -> None:
    found = Week.of([["18:00-02:00"], [], [], [], [], [], []])  # Mondays
    assert found.is_open(datetime(2026, 11, 24, 1, 59)) and not found.is_open(datetime(2026, 11, 24, 2))  # noqa: DTZ001
    assert not found.is_open(datetime(2026, 11, 23, 1))  # noqa: DTZ001


def test_a_whole_day_is_open_at_every_hour() -> None:
    found = Week.of([["00:00-00:00"]] * 7)
    assert all(found.is_open(MONDAY.replace(hour=hour)) for hour in range(24))


def test_it_opens_again_after_the_days_off() -> None:
    weekdays = [["08:00-12:00", "13:00-17:00"]] * 5 + [[], []]
    found = Week.of(weekdays, ["2026-11-30"])  # the Monday after
    assert found.opens_at(MONDAY.replace(hour=12, minute=30)) == MONDAY.replace(hour=13)
    friday_evening = datetime(2026, 11, 27, 20)  # noqa: DTZ001
    assert found.opens_at(friday_evening) == datetime(2026, 12, 1, 8)  # noqa: DTZ001
    assert not found.is_open(datetime(2026, 11, 30, 9))  # noqa: DTZ001


def test_a_shop_that_never_opens_says_so() -> None:
    assert Week.of([[]] * 7).opens_at(MONDAY) is None


def test_plain_texts_lead_back_to_the_same_week() -> None:
    found = Week.of([["08:00-12:00", "13:00-02:00"], *[[]] * 6], ["2027-02-05"])
    assert Week.of(found.plain(), [day.isoformat() for day in found.closed]) == found
    assert found.closed == {date(2027, 2, 5)}
