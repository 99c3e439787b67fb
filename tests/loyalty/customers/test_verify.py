"""Each fault is made with the guards taken away, and must be named with its customer."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import profiles, verify
from loyalty.db import Database, is_sqlite
from tests.builders_customers import LAN, answer, later, make_chat, make_customer, make_identity, owner_of


def tamper(session: Session, statement: str) -> None:
    """Run it as somebody would who owns the database."""
    for event in ("update", "delete"):
        on = "" if is_sqlite(session) else " ON consent_event"
        session.execute(sa.text(f"DROP TRIGGER IF EXISTS consent_event_no_{event}{on}"))
    session.execute(sa.text(statement))


def found(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(verify.problems(session))


def test_a_shop_in_order_has_no_problems(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "CHUNK", 2)
    with database.transaction() as session:
        for number in range(5):
            chat = make_chat(session, name=f"Khách {number}")
            answer(session, chat, granted=bool(number % 2))
            answer(session, chat, granted=True)
        make_identity(session, owner_of(session, chat), "messenger", promotion=True)
    assert found(database) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE consent_event SET granted = NOT granted WHERE seq = 2", "consent 2 is not what was recorded"),
        ("UPDATE consent_event SET text_version = 'other' WHERE seq = 1", "consent 1 is not what was recorded"),
        ("UPDATE consent_event SET proof = NULL WHERE seq = 3", "consent 3 is not what was recorded"),
        ("UPDATE consent_event SET event_key = 'x' WHERE seq = 1", "consent 1 is not what was recorded"),
        ("UPDATE consent_event SET channel_account_id = NULL WHERE seq = 1", "consent 1 is not what was recorded"),
        ("DELETE FROM consent_event WHERE seq = 2", "consent 2 is missing"),
        ("DELETE FROM consent_event WHERE seq = 3", "2 consents are kept, the totals know 3"),
        ("UPDATE customer_stats SET consent_seq = 2", "3 consents are kept, the totals know 2"),
        ("UPDATE channel_identity SET promotion = false", "says promotion False"),
        ("UPDATE customer_stats SET consent_promotion = false", "totals say"),
        ("UPDATE customer_stats SET channels = ',messenger,'", "totals say"),
        ("UPDATE customer_stats SET last_interaction_at = NULL", "totals say"),
        ("UPDATE customer_stats SET has_phone = false", "has_phone False"),
        ("UPDATE customer_stats SET joined_at = NULL", "joined at different times"),
        ("UPDATE customer_stats SET erased_at = joined_at", "erased at different times"),
        ("DELETE FROM customer_key", "has no key"),
        ("DELETE FROM customer_stats", "has no totals"),
    ],
)
def test_every_fault_is_named_with_its_customer(
    database: Database, tampering: None, statement: str, problem: str
) -> None:
    with database.transaction() as session:
        customer = make_customer(session, phone=LAN, name="Lan")
        chat = make_identity(session, customer)
        for granted in (True, False, True):
            answer(session, chat, granted=granted)
        tamper(session, statement)
    problems = found(database)
    assert any(problem in line and customer.public_id in line for line in problems), problems


def test_a_row_of_another_customer_does_not_fit_the_chain(database: Database, tampering: None) -> None:
    with database.transaction() as session:
        lan, minh = owner_of(session, make_chat(session)), make_chat(session)
        answer(session, minh, granted=True)
        tamper(session, f"UPDATE consent_event SET customer_id = {lan.id}")
    problems = found(database)
    assert f"customer {lan.public_id}: consent 1 is not what was recorded" in problems
    assert any("0 consents are kept, the totals know 1" in line for line in problems)


def test_an_erased_customer_who_can_still_be_found_is_named(database: Database, tampering: None) -> None:
    with database.transaction() as session:
        customer = make_customer(session, phone=LAN, name="Lan")
        profiles.release(session, customer.id, now=later(1))
        session.execute(sa.text(f"INSERT INTO name_token (customer_id, token) VALUES ({customer.id}, 7)"))
    assert found(database) == [f"customer {customer.public_id}: was erased and can still be found"]
