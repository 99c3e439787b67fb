"""The rows of one award: purchase, entry, lot and totals, all of them or none.

PostgreSQL takes them in one statement, each INSERT reading the id of the one before it: there a round trip costs more
than a row. SQLite lies in this process and takes them one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import CTE, BindParameter, Connection, Insert, Select, Table, bindparam, insert, select, true, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from loyalty.points import accounts
from loyalty.points.models import LedgerEntry, Lot
from loyalty.purchases import insertion
from loyalty.purchases.models import Purchase
from loyalty.purchases.stats import PURCHASES, STATS

Row = dict[str, Any]
LEDGER = LedgerEntry.metadata.tables[LedgerEntry.__tablename__]
LOTS = Lot.metadata.tables[Lot.__tablename__]


class Ids(NamedTuple):
    """What the database called the rows."""

    purchase: int
    entry: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns by name; an entry has no `purchase_id` yet, a lot no `entry_id`. `lot` is None for an entry of 0 points."""

    purchase: Row
    entry: Row
    lot: Row | None
    account: accounts.Account  # as it is afterwards


def write(session: Session, rows: Rows) -> Ids | None:
    """Write them. None, and nothing is written, when the purchase's key or receipt is taken."""
    connection = session.connection()
    ids = (_one_by_one if connection.dialect.name == "sqlite" else _together)(connection, rows)
    if ids is not None:
        accounts.forget(session, rows.account.customer_id)
    return ids


def _one_by_one(connection: Connection, rows: Rows) -> Ids | None:
    purchase = connection.execute(_PURCHASE, rows.purchase).fetchone()
    if purchase is None:
        return None
    entry_id = connection.execute(_ENTRY, {**rows.entry, "purchase_id": purchase.id}).scalar_one()
    if rows.lot is not None:
        connection.execute(_LOT, {**rows.lot, "entry_id": entry_id})
    connection.execute(accounts.SAVE, accounts.columns(rows.account))
    return Ids(purchase.id, entry_id)


def _together(connection: Connection, rows: Rows) -> Ids | None:
    statement = _WITHOUT_LOT if rows.lot is None else _WITH_LOT
    parts = {"purchase": rows.purchase, "entry": rows.entry, "lot": rows.lot or {}}
    named = {f"{part}_{name}": value for part, row in parts.items() for name, value in row.items()}
    row = connection.execute(statement, named | accounts.columns(rows.account)).fetchone()
    return None if row is None else Ids(*row)
