"""Bills from before goods could come back, and the way back while none did."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loyalty.db import Database
from loyalty.installation import schema
from loyalty.points.accrual import Line
from loyalty.points.returns import returning
from loyalty.purchases.returns import Goods
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, problems, undo

BEFORE, LINES = "0011", (Line("Latte đá", 5, 50_000),)


def counts(database: Database) -> Mapping[str, int]:
    with database.read_only() as session:
        tables = ("purchase", "purchase_line", "ledger_entry", "lot")
        return {table: session.scalar(sa.text(f"SELECT COUNT(*) FROM {table}")) or 0 for table in tables}


def test_bills_go_down_and_up_again_and_their_goods_may_come_back(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session)
        made = award(session, lan, 250_000, lines=LINES, reference="HD1")
        undo(session, award(session, lan, 9_000))
    before = counts(database)

    schema.downgrade(database, BEFORE)
    schema.upgrade(database)

    assert counts(database) == before
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(sa.text("UPDATE ledger_entry SET points = 1"))
    with database.transaction() as session:
        returning.take_back(session, made.purchase.id, Goods(lines={1: 5}), actor="cli", key="k", now=NOON)
        assert problems(session) == []


def test_a_ledger_with_returns_in_it_is_not_brought_down(database: Database) -> None:
    with database.transaction() as session:
        made = award(session, make_customer(session), 250_000)
        returning.take_back(session, made.purchase.id, Goods(), actor="cli", key="k", now=NOON)

    with pytest.raises(RuntimeError, match="goods were returned"):
        schema.downgrade(database, BEFORE)

    assert schema.current(database) == schema.newest()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE purchase SET returned = total + 1",
        "UPDATE purchase SET returned = -1",
        "UPDATE purchase SET returned = total",  # and still an order
        "UPDATE purchase SET state = 'returned'",
        "UPDATE purchase_line SET returned_quantity = quantity + 1",
        "UPDATE purchase_return SET amount = 0",
    ],
)
def test_the_database_refuses_what_cannot_be(database: Database, change: str) -> None:
    with database.transaction() as session:
        made = award(session, make_customer(session), 250_000, lines=LINES)
        returning.take_back(session, made.purchase.id, Goods(1_000), actor="cli", key="k", now=NOON)

    with pytest.raises(DBAPIError), database.transaction() as session:
        session.execute(sa.text(change))
