"""Totals kept with each purchase, and what leaves them with time."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from loyalty.purchases import stats
from loyalty.purchases.stats import Totals
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, problems, stats_of, undo

EMPTY = Totals(0, 0, 0, date(2026, 11, 22), None, None)
DAY = timedelta(days=1)


def roll_all(session: Session, day: date, limit: int = 2) -> int:
    """Every chunk of a night; how many there were."""
    after, chunks = 0, 0
    while (last := stats.roll_off(session, day, after_id=after, limit=limit)) is not None:
        after, chunks = last, chunks + 1
    return chunks


def test_a_purchase_adds_to_every_total() -> None:
    totals = stats.add(EMPTY, 250_000, NOON, date(2026, 11, 22))
    late = stats.add(totals, 100_000, NOON - DAY, date(2026, 11, 21))
    old = stats.add(late, 70_000, NOON - 365 * DAY, date(2025, 11, 22))

    assert totals == Totals(1, 250_000, 250_000, date(2026, 11, 22), NOON, NOON)
    assert late == Totals(2, 350_000, 350_000, date(2026, 11, 22), NOON - DAY, NOON)
    assert old == Totals(3, 420_000, 350_000, date(2026, 11, 22), NOON - 365 * DAY, NOON)


def test_the_window_is_twelve_months_of_shop_days() -> None:
    assert stats.window_start(date(2026, 11, 22)) == date(2025, 11, 22)
    assert stats.window_start(date(2028, 2, 29)) == date(2027, 2, 28)


def test_a_purchase_leaves_the_window_on_the_day_it_turns_twelve_months(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 300_000)

    roll_all(session, date(2027, 11, 21))
    assert stats_of(session, lan).spent_12m == 300_000
    roll_all(session, date(2027, 11, 22))

    assert (stats_of(session, lan).spent_12m, stats_of(session, lan).spent) == (0, 300_000)
    assert problems(session) == []


def test_a_night_takes_off_what_is_due_of_everybody_in_chunks(session: Session) -> None:
    people = [make_customer(session) for _ in range(5)]
    for number, customer in enumerate(people):
        for back in range(number + 1):
            award(session, customer, 1_000, purchased_at=NOON - (364 - back) * DAY)

    assert roll_all(session, date(2026, 11, 24)) == 3

    assert [stats_of(session, customer).spent_12m for customer in people] == [0, 0, 1_000, 2_000, 3_000]
    assert problems(session) == []


def test_the_same_night_twice_takes_off_once(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 5_000, purchased_at=NOON - 364 * DAY)
    award(session, lan, 7_000)

    for _ in range(2):
        roll_all(session, date(2026, 11, 23))

    assert stats_of(session, lan).spent_12m == 7_000


def test_an_undone_purchase_leaves_the_window_once(session: Session) -> None:
    lan = make_customer(session)
    gone = award(session, lan, 5_000, purchased_at=NOON - 364 * DAY)
    award(session, lan, 7_000)
    undo(session, gone)

    roll_all(session, date(2026, 11, 23))

    assert stats_of(session, lan).spent_12m == 7_000


def test_a_purchase_rolls_its_own_customer_first(session: Session) -> None:
    lan = make_customer(session, now=NOON - 400 * DAY)
    award(session, lan, 5_000, now=NOON - 366 * DAY)
    award(session, lan, 6_000, now=NOON - 100 * DAY)

    award(session, lan, 7_000, now=NOON)

    stats_now = stats_of(session, lan)
    assert (stats_now.spent_12m, stats_now.spent, stats_now.rolled_on) == (13_000, 18_000, date(2026, 11, 22))
    assert problems(session) == []


def test_the_window_never_goes_back(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 5_000, now=datetime(2027, 11, 22, 5, tzinfo=UTC))

    award(session, lan, 6_000, now=NOON, purchased_at=NOON)

    assert (stats_of(session, lan).rolled_on, stats_of(session, lan).spent_12m) == (date(2027, 11, 22), 5_000)
    assert problems(session) == []
