"""What `loyalty verify` finds in the books: nothing when they are whole, each single change when they are not."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database, is_sqlite
from loyalty.points import books as reading
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer
from tests.builders_points import add_terms, award, problems, undo


@pytest.fixture
def books(session: Session) -> Iterator[Customer]:
    """A customer with three awards, the second undone; whole before the test touches it."""
    lan = make_customer(session)
    award(session, lan, 2_005_000, reference="HD1")
    undo(session, award(session, lan, 250_000, reference="HD2"))
    award(session, lan, 77_000, now=NOON + timedelta(days=1))
    award(session, LAN, 30_000)
    assert problems(session) == []
    yield lan


@pytest.fixture
def unguarded(session: Session) -> Iterator[None]:
    """Somebody with the rights to do so takes the ledger's triggers away; the next test has them again."""
    for event in ("update", "delete"):
        table = "" if is_sqlite(session) else " ON ledger_entry"
        session.execute(sa.text(f"DROP TRIGGER ledger_entry_no_{event}{table}"))
    yield
    session.rollback()


def run(session: Session, statement: str, **values: Any) -> None:
    """A statement by hand, which must change exactly one row."""
    assert len(session.execute(sa.text(f"{statement} RETURNING 1"), values).all()) == 1


def problems_after(session: Session, statement: str, **values: Any) -> list[str]:
    """What is found after a statement by hand, which is then taken back."""
    with session.begin_nested() as attempt:
        run(session, statement, **values)
        found = problems(session)
        attempt.rollback()
    return found


LEDGER_CHANGES = [
    "points = points + 1",
    "balance_after = balance_after + 1",
    "carry_change = carry_change + 1",
    "carry = carry - 1",
    "credit = credit + 10000",
    "tier = 'gold'",
    "actor = 'staff:somebody'",
    "idempotency_key = 'another'",
    "programme = NULL",
    "purchase_id = NULL",
    "posted_on = '2026-11-20'",
    "posted_at = '2026-11-20 05:00:00.000000'",
    "kind = 'reverse'",
    "seq = 9",
]


def test_a_changed_entry_is_found(session: Session, books: Customer, unguarded: None) -> None:
    for change in LEDGER_CHANGES:
        for seq in (1, 4):
            statement = f"UPDATE ledger_entry SET {change} WHERE customer_id = :id AND seq = {seq}"
            found = problems_after(session, statement, id=books.id)
            assert found, statement
            assert all(line.startswith(f"customer {books.public_id}: ") for line in found), statement


def test_an_entry_moved_to_another_customer_is_found(session: Session, books: Customer, unguarded: None) -> None:
    other = make_customer(session)
    run(
        session,
        "UPDATE ledger_entry SET customer_id = :to WHERE customer_id = :id AND seq = 4",
        to=other.id,
        id=books.id,
    )

    found = " ".join(problems(session))

    assert books.public_id in found
    assert other.public_id in found


def test_a_last_entry_taken_away_is_found(session: Session, books: Customer, unguarded: None) -> None:
    session.execute(
        sa.text("DELETE FROM lot WHERE entry_id = (SELECT id FROM ledger_entry WHERE customer_id = :id AND seq = 4)"),
        {"id": books.id},
    )
    run(session, "DELETE FROM ledger_entry WHERE customer_id = :id AND seq = 4", id=books.id)

    assert problems(session)


def test_a_chain_forged_by_hand_is_found_at_its_head(session: Session, books: Customer, unguarded: None) -> None:
    run(
        session,
        "UPDATE ledger_entry SET chain = :chain WHERE customer_id = :id AND seq = 4",
        id=books.id,
        chain=b"0" * 32,
    )

    assert any("does not match its chain" in line for line in problems(session))


TOTALS_CHANGES = {
    "points = points + 1": "balance",
    "carry = carry + 1": "balance",
    "ledger_seq = ledger_seq + 1": "chain",
    "orders = orders + 1": "orders",
    "spent = spent - 1": "spent",
    "spent_12m = spent_12m + 1": "spent_12m",
    "first_purchase_at = NULL": "first_purchase_at",
    "last_purchase_at = NULL": "last_purchase_at",
    "tier = 'gold'": "tier held",
    "hand_tier = 'gold'": "half written down",
    "hand_until = '2026-12-31'": "a hand holds",
}


def test_wrong_totals_are_found(session: Session, books: Customer) -> None:
    for change, named in TOTALS_CHANGES.items():
        found = problems_after(session, f"UPDATE customer_stats SET {change} WHERE customer_id = :id", id=books.id)
        assert any(named in line for line in found), change


CHANGES = [
    "UPDATE lot SET remaining = remaining - 1 WHERE customer_id = :id AND points = 200",
    "UPDATE lot SET points = points + 1 WHERE customer_id = :id AND points = 200",
    "UPDATE lot SET closed_at = '2026-11-22 05:00:00.000000' WHERE customer_id = :id AND points = 200",
    "UPDATE lot SET closed_at = NULL WHERE customer_id = :id AND closed_at IS NOT NULL",
    "UPDATE lot SET remaining = 1 WHERE customer_id = :id AND closed_at IS NOT NULL",
    "DELETE FROM lot WHERE customer_id = :id AND points = 200",
    "UPDATE purchase SET total = total + 1 WHERE customer_id = :id AND reference = 'HD1'",
    "UPDATE purchase SET eligible = eligible + 10000 WHERE customer_id = :id AND reference = 'HD1'",
    "UPDATE purchase SET state = 'undone' WHERE customer_id = :id AND reference = 'HD1'",
    "UPDATE purchase SET state = 'recorded' WHERE customer_id = :id AND reference = 'HD2'",
    "UPDATE purchase SET receipt_key = 'x' WHERE customer_id = :id AND reference = 'HD2'",
    "UPDATE purchase SET purchased_on = '2020-01-01' WHERE customer_id = :id AND reference = 'HD1'",
    "UPDATE purchase SET public_id = 'x' WHERE customer_id = :id AND reference = 'HD1'",
    "UPDATE purchase SET tier_after = 'gold' WHERE customer_id = :id AND reference = 'HD1'",
]


def test_changed_lots_and_purchases_are_found(session: Session, books: Customer) -> None:
    for statement in CHANGES:
        assert problems_after(session, statement, id=books.id), statement


def test_lost_totals_are_found(session: Session, books: Customer) -> None:
    run(session, "DELETE FROM customer_stats WHERE customer_id = :id", id=books.id)

    assert problems(session) == [f"customer {books.public_id}: has no totals row"]


def test_rules_that_cannot_be_read_any_more_are_found(session: Session, books: Customer) -> None:
    run(session, "UPDATE programme_version SET document = 'nonsense' WHERE version = 1")

    assert problems(session)[0].startswith("programme 1: ")


def test_customers_beyond_one_chunk_are_looked_at(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    people = [make_customer(session) for _ in range(5)]
    for customer in people:
        award(session, customer)
    assert problems(session) == []

    run(session, "UPDATE customer_stats SET points = 7 WHERE customer_id = :id", id=people[-1].id)

    assert {line.split(":")[0] for line in problems(session)} == {f"customer {people[-1].public_id}"}


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET points = 0", "DELETE FROM ledger_entry"])
def test_the_ledger_is_neither_changed_nor_deleted(database: Database, statement: str) -> None:
    with database.transaction() as session:
        award(session, LAN)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(sa.text(statement))


BUDGET = """
[[rules]]
code = "first"
name = { vi = "Lần đầu", en = "First time" }
kind = "bonus"
points = 50
[rules.caps]
budget = 1000
day = 120
"""


def test_what_everybody_got_under_a_cap_is_the_sum_of_what_the_rules_gave(session: Session) -> None:
    add_terms(session, BUDGET)
    made = [award(session, make_customer(session), 100_000) for _ in range(3)]  # 50, 50, 20
    undo(session, made[0])
    assert problems(session) == []

    session.execute(sa.text("UPDATE rule_total SET given = 99 WHERE slot = 'budget|first'"))
    assert problems(session) == ["cap budget|first is kept as 99 given, the rules gave 70"]


def test_a_bill_from_before_a_cap_takes_nothing_of_it_when_it_is_undone(session: Session) -> None:
    add_terms(session, BUDGET.replace("budget = 1000\n", ""))
    made = award(session, make_customer(session), 100_000)
    add_terms(session, BUDGET, since=date(2026, 11, 22), version=3)
    award(session, make_customer(session), 100_000)
    undo(session, made)
    assert problems(session) == []
