"""An award against the same rows written by the bare driver: `python -m benchmarks.award`.

Both run one transaction per award on a database of their own, same engine, schema, indexes, flushing and customers.
The limit knows its rows beforehand: it neither reads, locks, computes nor checks.
"""

import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import sqlalchemy as sa

from benchmarks import harness
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.points import accrual, verify
from loyalty.points.accrual import Bill

REACH = {"sqlite": 0.35, "postgresql": 0.40}
CUSTOMERS = 500
PER_ROUND = 300
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
TABLES = ("purchase", "ledger_entry", "lot")

PURCHASE = (
    "INSERT INTO purchase (public_id, key, receipt_key, customer_id, store_id, source, reference, staff_id, total, "
    "discount, eligible, state, made_customer, purchased_at, purchased_on, recorded_at, tier_before, tier_after) "
    "VALUES (?, ?, ?, ?, 1, 'counter', ?, NULL, 37000, 0, 37000, 'recorded', ?, ?, ?, ?, 'member', 'member') "
    "RETURNING id"
)
ENTRY = (
    "INSERT INTO ledger_entry (customer_id, seq, kind, points, balance_after, carry_change, carry, idempotency_key, "
    "reverses_id, purchase_id, programme, tier, credit, actor, posted_at, posted_on, chain) "
    "VALUES (?, ?, 'earn', 3, ?, 7000, ?, ?, NULL, ?, 1, 'member', 37000, 'cli', ?, ?, ?) RETURNING id"
)
LOT = "INSERT INTO lot (entry_id, customer_id, points, remaining, expires_on, moves) VALUES (?, ?, 3, 3, ?, ?)"
STATS = (
    "UPDATE customer_stats SET points = ?, points_pending = 0, carry = ?, ledger_seq = ?, ledger_chain = ?, "
    "tier = 'member', tier_since = ?, next_change_on = ?, orders = ?, spent = ?, spent_12m = ?, rolled_on = ?, "
    "first_purchase_at = ?, last_purchase_at = ? WHERE customer_id = ?"
)
ACTIVITY = 'INSERT INTO activity (public_id, customer_id, kind, at, "on", data, body) VALUES (?, ?, ?, ?, ?, ?, NULL)'


class Limit:
    """The same rows as the project writes, by the driver alone."""

    def __init__(self, database: Database) -> None:
        self.customers = fill(database)
        self.is_sqlite = database.is_sqlite
        self.connection: Any = connect(database)
        self.statements = [self._spell(text) for text in (PURCHASE, ENTRY, LOT, STATS, ACTIVITY)]
        self.numbers = count(1)

    def round(self) -> None:
        for _ in range(PER_ROUND):
            self._award(next(self.numbers))

    def _award(self, number: int) -> None:
        """What PostgreSQL's driver opens by itself, SQLite's must be told."""
        cursor = self.connection.cursor()
        if self.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        self._write(cursor, number)
        self.connection.commit()

    def _write(self, cursor: Any, number: int) -> None:
        customer, turn = self.customers[(number - 1) % CUSTOMERS], (number - 1) // CUSTOMERS + 1
        at: Any = NOON + timedelta(seconds=number)
        days: Any = (TODAY, date(2027, 11, 22), date(2027, 11, 23))
        if self.is_sqlite:  # they are kept as text
            at, days = f"{at:%Y-%m-%d %H:%M:%S.%f}", ("2026-11-22", "2027-11-22", "2027-11-23")
        on, expires, ends = days
        key, chain, made = f"k{number}", b"c" * 32, False
        purchase, entry, lot, stats, activity = self.statements
        row = (f"p{number:015}", key, f"counter|1||HD{number}", customer, f"HD{number}", made, at, on, at)
        purchase_id = cursor.execute(purchase, row).fetchone()[0]
        earned = (customer, turn, 3 * turn, 7000 * turn, f"award:{key}", purchase_id, at, on, chain)
        entry_id = cursor.execute(entry, earned).fetchone()[0]
        cursor.execute(lot, (entry_id, customer, expires, False))
        spent = 37_000 * turn
        held = (3 * turn, 7000 * turn, turn, chain, at, ends)
        cursor.execute(stats, (*held, turn, spent, spent, on, at, at, customer))
        data = f'{{"purchase": "p{number:015}", "entry": {entry_id}, "total": 37000, "points": 3}}'
        cursor.execute(activity, (f"a{number:015}", customer, "purchase", at, on, data))

    def _spell(self, text: str) -> str:
        return text if self.is_sqlite else text.replace("?", "%s")


class Project:
    """The award itself, as every entry point calls it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.customers = fill(database)
        self.numbers = count(1)

    def round(self) -> None:
        for _ in range(PER_ROUND):
            self._award(next(self.numbers))

    def _award(self, number: int) -> None:
        bill = Bill(total=37_000, store_id=1, reference=f"HD{number}")
        with self.database.transaction() as session:
            accrual.record_purchase(
                session,
                self.customers[(number - 1) % CUSTOMERS],
                bill,
                actor="cli",
                key=f"k{number}",
                now=NOON + timedelta(seconds=number),
            )


def fill(database: Database) -> Sequence[int]:
    """The customers both sides begin with."""
    with database.transaction() as session:
        return [
            profiles.create(session, source="benchmark", now=NOON, phone=f"+8490{number:07}", joined=True).id
            for number in range(CUSTOMERS)
        ]


def check(limit: Database, project: Database) -> None:
    """Both wrote every row, and the project's books are whole."""
    with limit.read_only() as one, project.read_only() as other:
        for table in TABLES:
            query = sa.text(f"SELECT count(*) FROM {table}")
            assert one.scalar(query) == other.scalar(query), table
        total = sa.select(sa.func.sum(CustomerStats.spent))
        assert one.scalar(total) == other.scalar(total)
        assert list(verify.problems(other)) == []


def measure(engine: str) -> str:
    with harness.place(engine) as place:
        limit_at, project_at = place.open("limit"), place.open("project")
        limit, project = Limit(limit_at), Project(project_at)
        rounds = harness.interleave(limit.round, project.round)
        limit.connection.close()
        check(limit_at, project_at)
    return rounds.line(f"award, {engine}", per_round=PER_ROUND, reach=REACH[engine])


def main() -> None:
    for engine in sys.argv[1:] or harness.ENGINES:
        print(measure(engine), flush=True)


def connect(database: Database) -> sqlite3.Connection | psycopg.Connection[Any]:
    """The driver's own connection, flushing like the project's."""
    if not database.is_sqlite:
        return psycopg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    connection = sqlite3.connect(str(database.url.database), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


if __name__ == "__main__":
    main()
