"""Before anybody could owe points, and the way back while nobody does."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loyalty.db import Database
from loyalty.installation import schema
from loyalty.points import spending
from loyalty.points.returns import returning
from loyalty.purchases.returns import Goods
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import add_terms, award, problems

BEFORE = "0018"


def test_a_ledger_without_debts_goes_down_and_up_again(database: Database) -> None:
    with database.transaction() as session:
        award(session, make_customer(session), 250_000)
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(sa.text("UPDATE ledger_entry SET points = 1"))
    with database.read_only() as session:
        assert problems(session) == []


def test_a_ledger_with_a_debt_is_not_brought_down_and_nothing_but_goods_makes_one(database: Database) -> None:
    with database.transaction() as session:
        add_terms(session, '[returns]\nshortfall = "owe"')
        lan = make_customer(session)
        made = award(session, lan, 250_000)
        spending.burn(session, lan.id, 20, key="b", actor="cli", now=NOON)
        returning.take_back(session, made.purchase.id, Goods(), actor="cli", key="r", now=NOON)
    with pytest.raises(RuntimeError, match="points are owed"):
        schema.downgrade(database, BEFORE)
    with pytest.raises(DBAPIError, match="balance_floor"), database.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO ledger_entry (customer_id, seq, kind, points, balance_after, carry_change, carry,"
                " idempotency_key, credit, actor, posted_at, posted_on, chain) SELECT customer_id, 99, 'burn', -1, -21,"
                " 0, 0, 'x', 0, 'x', posted_at, posted_on, chain FROM ledger_entry WHERE seq = 1"
            )
        )
