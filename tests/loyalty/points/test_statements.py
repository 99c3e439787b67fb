"""Opening and sums are always closing, and a period begins with what the one before it closed with."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.errors import LoyaltyError
from loyalty.points import adjusting, ledger, spending, statements
from loyalty.points.ending import due
from loyalty.points.returns import reversal
from loyalty.points.statements import BadPeriod, Statement, Sum
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, undo

DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)


def made_of(statement: Statement) -> dict[str, int]:
    return {kind.value: points for kind, points in statement.sums.items() if points}


def test_what_came_and_went_by_kind(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 500_000)  # 50, the day before the period
    later = NOON + DAY
    award(session, lan, 300_000, now=later)
    mistake = award(session, lan, 100_000, now=later)
    undo(session, mistake, now=later)
    used = spending.burn(session, lan.id, 20, key="b", actor="cli", now=later)
    reversal.give_back(session, used.entry.id, actor="cli", key="back", now=later)
    spending.burn(session, lan.id, 5, key="c", actor="cli", now=later)
    adjusting.adjust(session, lan.id, 7, "đền", actor="cli", key="a", now=later)

    statement = statements.of(session, lan.id, TODAY + DAY, TODAY + DAY)

    assert (statement.opening, statement.closing, statement.count) == (50, 82, 7)
    assert made_of(statement) == {"earned": 40, "taken_back": -10, "used": -25, "given_back": 20, "adjusted": 7}


def test_what_ended_is_counted_on_the_day_it_went(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 100_000)
    due.sweep(session, now=NOON + 366 * DAY)

    assert made_of(statements.of(session, lan.id, TODAY + DAY, TODAY + 365 * DAY)) == {}
    assert made_of(statements.of(session, lan.id, TODAY + 366 * DAY, TODAY + 366 * DAY)) == {"expired": -10}


def test_nothing_ever_happened(session: Session) -> None:
    statement = statements.of(session, make_customer(session).id, TODAY, TODAY)
    assert (statement.opening, statement.closing, statement.count) == (0, 0, 0)
    assert set(statement.sums) == set(Sum)


def test_a_period_ends_no_sooner_than_it_begins(session: Session) -> None:
    with pytest.raises(BadPeriod):
        statements.of(session, 1, TODAY, TODAY - DAY)


def test_its_movements_come_in_pages_oldest_first(session: Session) -> None:
    lan = make_customer(session)
    for day in range(5):
        award(session, lan, 100_000, now=NOON + day * DAY)
    statement = statements.of(session, lan.id, TODAY + DAY, TODAY + 3 * DAY)

    first = statements.list_entries(session, statement, limit=2)
    rest = statements.list_entries(session, statement, after=first[-1].seq, limit=2)

    assert [entry.seq for entry in [*first, *rest]] == [2, 3, 4]
    assert [entry.seq for entry in statements.list_newest(session, statement, limit=2)] == [4, 3]


STEPS = st.tuples(
    st.sampled_from(["earn", "use", "give", "undo", "night"]),
    st.integers(1, 60),  # points
    st.sampled_from([0, 0, 1, 30, 200]),  # days passed before
)


def act(session: Session, lan: Customer, what: str, points: int, now: datetime, key: str) -> None:
    """One step, whatever the rules say to it."""
    match what:
        case "earn":
            award(session, lan, points * 10_000, now=now)
        case "use":
            spending.burn(session, lan.id, points, key=key, actor="cli", now=now)
        case "give":
            adjusting.adjust(session, lan.id, points, "x", actor="cli", key=key, now=now)
        case "undo":
            for entry in ledger.list_newest(session, lan.id, limit=1):
                reversal.undo(session, entry.id, actor="cli", key=key, now=now)
        case _:
            due.sweep(session, now=now)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=12), cuts=st.lists(st.integers(-2, 900), min_size=3, max_size=3))
def test_sums_are_proven_whatever_happened(
    session: Session, steps: Sequence[tuple[str, int, int]], cuts: Sequence[int]
) -> None:
    lan, now = make_customer(session), NOON
    for place, (what, points, days) in enumerate(steps):
        now += days * DAY
        with suppress(LoyaltyError):
            act(session, lan, what, points, now, f"{lan.id}:{place}")
    one, two, three = (TODAY + days * DAY for days in sorted(cuts))

    early, late = statements.of(session, lan.id, one, two), statements.of(session, lan.id, two + DAY, three + DAY)
    whole = statements.of(session, lan.id, date(2000, 1, 1), date(2099, 12, 31))

    for statement in (early, late, whole):
        assert statement.opening + sum(statement.sums.values()) == statement.closing
        entries = statements.list_entries(session, statement, limit=100)
        assert sum(entry.points for entry in entries) == sum(statement.sums.values())
        assert len(entries) == statement.count
    assert early.closing == late.opening
    assert (whole.opening, whole.closing) == (0, ledger.balance(session, lan.id))
