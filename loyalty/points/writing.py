"""The rows of one award: purchase, entry, lot and totals, all of them or none.

PostgreSQL takes them in one statement, each INSERT reading the id of the one before it: there a round trip costs more
than a row. SQLite lies in this process and takes them one by one.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import CTE, Connection, Insert, Select, bindparam, insert, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from loyalty import prepared
from loyalty.points import accounts, lots
from loyalty.points.accounts import Account
from loyalty.points.ledger import LEDGER
from loyalty.points.lots import LOTS
from loyalty.purchases import recording
from loyalty.purchases.stats import PURCHASES


class Ids(NamedTuple):
    """What the database called the rows."""

    purchase: int
    entry: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns by name, those of an entry without `purchase_id`; the account as it is afterwards."""

    purchase: dict[str, Any]
    entry: dict[str, Any]
    expires_on: date  # of the lot, when the entry gives points
    account: Account


def write(session: Session, rows: Rows) -> Ids | None:
    """Write them. None, and nothing is written, when the purchase's key or receipt is taken."""
    connection = session.connection()
    ids = (_one_by_one if connection.dialect.name == "sqlite" else _together)(connection, rows)
    if ids is not None:
        accounts.forget(session, rows.account.customer_id)
    return ids


def _one_by_one(connection: Connection, rows: Rows) -> Ids | None:
    made = prepared.one(connection, recording.INSERT["sqlite"], rows.purchase)
    if made is None:
        return None
    entry_id = prepared.one(connection, _ENTRY, {**rows.entry, "purchase_id": made.id}).id
    if rows.entry["points"] > 0:
        prepared.run(connection, _LOT, lots.row_of(entry_id, rows.entry, rows.expires_on))
    prepared.run(connection, accounts.SAVE, accounts.columns(rows.account))
    return Ids(made.id, entry_id)


def _together(connection: Connection, rows: Rows) -> Ids | None:
    purchase = {f"purchase_{name}": value for name, value in rows.purchase.items()}
    entry = {f"entry_{name}": value for name, value in rows.entry.items()}
    values = purchase | entry | accounts.columns(rows.account) | {"expires_on": rows.expires_on}
    written = prepared.one(connection, _ALL, values)
    return None if written is None else Ids(*written)


def _statement() -> Select[Any]:
    """INSERTs that hand their ids on; where the first one finds its key taken, the others find nothing to do."""
    names = [column.name for column in PURCHASES.c if column.name != "id" and column.server_default is None]
    purchase: dict[str, Any] = {name: bindparam(f"purchase_{name}") for name in names}
    made = recording.INSERT["postgresql"].values(purchase).returning(PURCHASES.c.customer_id).cte("made")
    posted = _entry(made).cte("posted")
    kept = _lot(posted).cte("kept")
    saved = accounts.SAVE.where(select(made.c.id).exists()).cte("saved")
    return select(made.c.id, posted.c.id).join_from(made, posted, true()).add_cte(kept, saved)


def _entry(made: CTE) -> ReturningInsert[Any]:
    given = [column for column in LEDGER.c if column.name not in ("id", "purchase_id", "customer_id", "reverses_id")]
    values = [bindparam(f"entry_{column.name}", type_=column.type) for column in given]
    row = select(made.c.id, made.c.customer_id, *values)
    names = ["purchase_id", "customer_id", *(column.name for column in given)]
    return insert(LEDGER).from_select(names, row).returning(LEDGER.c.id, LEDGER.c.customer_id, LEDGER.c.points)


def _lot(posted: CTE) -> Insert:
    expires_on = bindparam("expires_on", type_=LOTS.c.expires_on.type)
    row = select(posted.c.id, posted.c.customer_id, posted.c.points, posted.c.points, expires_on)
    names = ["entry_id", "customer_id", "points", "remaining", "expires_on"]
    return insert(LOTS).from_select(names, row.where(posted.c.points > 0))


_ENTRY = insert(LEDGER).returning(LEDGER.c.id)
_LOT = insert(LOTS)
_ALL = _statement()  # at most 50 parameters and 4,096 characters: longer ones psycopg reads anew each time
