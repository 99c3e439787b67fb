"""Whoever has points that end in 30, 7 or 1 days is told once, of all of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bots import voice
from jobs import points as jobs
from jobs.registry import Context
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import spending
from loyalty.points.ending import expiring
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_chat import said
from tests.builders_customers import make_customer, make_identity
from tests.builders_points import award, promise

DAY = timedelta(days=1)
TODAY = date(2027, 10, 23)  # points of 22/11/2026 end in 30 days
TEN = datetime(2027, 10, 23, 3, 0, tzinfo=UTC)  # 10:00 at the shop


@pytest.fixture
def lan(database: Database) -> int:
    """Lan wrote a moment ago and has 25 points that end in 30 days, 10 in 7 and 5 in 60."""
    with database.transaction() as session:
        customer = make_customer(session, name="Lan")
        make_identity(session, customer, user_id="lan", last_interaction_at=TEN)
        award(session, customer, 250_000)
        award(session, customer, 100_000, purchased_at=NOON - 23 * DAY)
        award(session, customer, 50_000, purchased_at=NOON + 30 * DAY, now=NOON + 30 * DAY)
        return customer.id


def texts(database: Database, user: str = "lan") -> list[str]:
    with database.read_only() as session:
        return [message.text for message in said(session) if message.user == user]


def run(database: Database, settings: Settings, due_at: datetime = TEN, late: timedelta = timedelta()) -> None:
    jobs.warn_of_expiry(Context(database, settings, {}, clock=lambda: due_at + late), due_at)


def test_one_notice_names_how_many_end_and_when(database: Database, settings: Settings, lan: int) -> None:
    run(database, settings)

    assert texts(database) == [
        "10 điểm của bạn hết hạn ngày 30/10. Còn 7 ngày.\n25 điểm của bạn hết hạn ngày 22/11. Còn 30 ngày.\n"
        "Nhắn «quà» để xem đổi được gì."
    ]


def test_a_second_run_or_a_second_worker_says_nothing_twice(database: Database, settings: Settings, lan: int) -> None:
    for late in (0, 0, 5):
        run(database, settings, late=timedelta(minutes=late))
    assert len(texts(database)) == 1


def test_on_other_days_nobody_is_told(database: Database, settings: Settings, lan: int) -> None:
    for days in (1, 5, 7):
        run(database, settings, TEN + days * DAY)
    assert texts(database) == []


def test_the_day_before_says_tomorrow(database: Database, settings: Settings, lan: int) -> None:
    with database.transaction() as session:
        make_identity(session, session.get_one(Customer, lan), user_id="again", last_interaction_at=TEN + 29 * DAY)
    run(database, settings, TEN + 29 * DAY)
    assert texts(database, "again")[0].startswith("25 điểm của bạn dùng được đến hết ngày mai, 22/11.")


def test_used_points_promised_points_and_closed_windows_are_left_alone(
    database: Database, settings: Settings, lan: int
) -> None:
    with database.transaction() as session:
        spending.burn(session, lan, 35, key="b", actor="cli", now=TEN)
        silent = make_customer(session)
        make_identity(session, silent, user_id="silent", last_interaction_at=TEN - 3 * DAY)
        award(session, silent, 100_000)
        waiting = make_customer(session)
        make_identity(session, waiting, user_id="waiting", last_interaction_at=TEN)
        promise(session, waiting, 5, date(2027, 12, 1))

    run(database, settings)

    with database.read_only() as session:
        assert said(session) == []


def test_a_run_made_up_for_late_at_night_is_let_go(database: Database, settings: Settings, lan: int) -> None:
    run(database, settings, late=timedelta(hours=12))
    assert texts(database) == []


def test_a_run_made_up_for_the_next_morning_counts_the_days_that_are_left(
    database: Database, settings: Settings, lan: int
) -> None:
    run(database, settings, late=timedelta(hours=23))
    assert "Còn 29 ngày." in texts(database)[0]


def test_everybody_is_reached_in_small_steps(database: Database) -> None:
    with database.transaction() as session:
        people = [make_customer(session) for _ in range(5)]
        for place, customer in enumerate(people):
            make_identity(session, customer, user_id=f"user {place}", last_interaction_at=TEN)
            award(session, customer, 100_000)
    after: int | None = 0
    steps = 0
    while after is not None:
        with database.transaction() as session:
            after = expiring.warn(session, voice, TODAY, 30, now=TEN, after_id=after, limit=2)
        steps += 1
    with database.read_only() as session:
        assert steps == 3 and len({message.user for message in said(session)}) == 5


def test_the_lots_of_a_day_are_found_by_their_index(database: Database) -> None:
    sent: list[tuple[str, Any]] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append((given[2], given[3])))
    with database.transaction() as session:
        expiring.warn(session, voice, TODAY, 30, now=TEN)
        if database.engine.dialect.name == "sqlite":  # PostgreSQL plans by how many rows there are
            [(query, values)] = [each for each in sent if "DISTINCT" in each[0]]
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
            assert "USING INDEX ix_lot_expires_on_customer_id" in str(plan) and "TEMP B-TREE" not in str(plan)
