"""When somebody buys, and when they are to be expected."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.purchases import habits
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.builders_customers import make_customer
from tests.builders_points import award, undo

TODAY = date(2026, 11, 22)


def at(day: int, hour: int) -> datetime:
    """An hour of a November day at the shop, seven hours before UTC's."""
    return datetime(2026, 11, day, hour - 7, 30, tzinfo=UTC)


def test_hours_and_weekdays_are_the_shops(session: Session) -> None:
    found = habits.of_instants([at(2, 8), at(9, 8), at(10, 19)], shop.of(session), today=TODAY)
    assert dict(found.by_hour) == {8: 2, 19: 1}
    assert dict(found.by_weekday) == {0: 2, 1: 1}  # 2 and 9 November 2026 are Mondays
    assert (found.busiest_hour, found.busiest_weekday) == (8, 0)


def test_the_usual_gap_is_the_median_of_shopping_days(session: Session) -> None:
    bought = [at(1, 9), at(3, 9), at(3, 15), at(5, 9), at(15, 9)]  # gaps of 2, 2 and 10 days
    found = habits.of_instants(bought, shop.of(session), today=TODAY)
    assert (found.gap_days, found.expected_on, found.late_days) == (2, date(2026, 11, 17), 5)


def test_nobody_is_late_before_their_day(session: Session) -> None:
    found = habits.of_instants([at(8, 9), at(15, 9), at(22, 9)], shop.of(session), today=TODAY)
    assert (found.gap_days, found.expected_on, found.late_days) == (7, date(2026, 11, 29), 0)


def test_the_next_visit_has_an_interval_from_three_bills_on(session: Session) -> None:
    three = habits.of_instants([at(1, 8), at(6, 9), at(15, 10)], shop.of(session), today=TODAY)
    assert (three.gap_days, three.expected_from, three.expected_until) == (7, date(2026, 11, 20), date(2026, 11, 24))
    days = [at(day, 9) for day in (1, 2, 4, 7, 11, 16)]  # gaps of 1, 2, 3, 4, 5 days
    six = habits.of_instants(days, shop.of(session), today=TODAY)
    assert (six.expected_from, six.expected_on, six.expected_until) == (
        date(2026, 11, 18),
        date(2026, 11, 19),
        date(2026, 11, 20),
    )


def test_two_days_make_no_habit(session: Session) -> None:
    found = habits.of_instants([at(1, 9), at(1, 10), at(8, 9)], shop.of(session), today=TODAY)
    assert (found.purchases, found.gap_days, found.expected_on, found.late_days) == (3, None, None, 0)
    nothing = habits.of_instants([], shop.of(session), today=TODAY)
    assert (nothing.purchases, nothing.busiest_hour, nothing.expected_on) == (0, None, None)


def test_bills_taken_back_do_not_count(session: Session) -> None:
    customer = make_customer(session)
    for day in (10, 12, 14):
        award(session, customer, 50_000, purchased_at=at(day, 8))
    undo(session, award(session, customer, 50_000, purchased_at=at(20, 22)))
    found = habits.of_customer(session, customer.id, now=NOON)
    assert (found.purchases, found.gap_days, found.expected_on) == (3, 2, date(2026, 11, 16))


def test_each_place_one_buys_at_has_habits_of_its_own(session: Session) -> None:
    lan = make_person(session, "Lan")
    for total, day, source in ((100_000, 1, "counter"), (50_000, 2, "counter"), (400_000, 3, "web")):
        award(session, lan, total, now=NOON - timedelta(days=day), source=source)
    counter, web = habits.by_source(session, lan.id, now=NOON)
    assert (counter.source, counter.habits.purchases, counter.basket) == ("counter", 2, 75_000)
    assert (web.source, web.habits.busiest_hour, web.basket) == ("web", 12, 400_000)
