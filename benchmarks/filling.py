"""A shop of any size, written by statements of the database's own: a million customers in minutes.

What measured paths read is true: totals are those of the purchases, consent that of the chats. Nobody has a name or a
phone's number, so there are no cells. Customer `n` has `n % 9 + 1` bills of one line, 25 days apart, the last one
`n % 181` days ago; four in five have a Zalo chat, one in seven (also) one on Messenger.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers.traits import fields as own
from loyalty.customers.traits.fields import Definition
from loyalty.db import Database
from loyalty.staff import stores
from loyalty.staff.audit import Author

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
BILLS = 9  # at most, of one customer; five on average
HOURS = {"zalo": 48, "messenger": 24}  # of the free window

Columns = Mapping[str, str]

SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {customers})",
    "postgresql": "WITH series AS (SELECT n FROM generate_series(CAST(1 AS BIGINT), {customers}) AS n)",
}
INSTANT = {  # so many days ago
    "sqlite": "strftime('%Y-%m-%d 05:00:00.000000', '2026-11-22', '-' || ({}) || ' days')",
    "postgresql": "(timestamptz '2026-11-22 05:00+00' - ({}) * interval '1 day')",
}
DAY = {"sqlite": "date({})", "postgresql": "CAST({} AS date)"}
EMPTY = {"sqlite": "x''", "postgresql": "CAST('' AS bytea)"}

RECENT = "n % 181"  # days since the last bill
ORDERS = f"(n % {BILLS} + 1)"
TOTAL = "(n * 37 % 60 + 4) * 10000"  # of each bill, whole ₫
IN_A_YEAR = f"CASE WHEN {RECENT} + 25 * (n % {BILLS}) < 365 THEN {ORDERS} ELSE (364 - {RECENT}) / 25 + 1 END"
AGREED = "n % 5 IN (1, 2)"
CUSTOMER: Columns = {
    "id": "n",
    "public_id": "'c-' || n",
    "bucket": "n * 7919 % 65536",
    "source": "'import'",
    "created_at": "{ago:n % 900}",
    "joined_at": "CASE WHEN n % 3 > 0 THEN {ago:n % 900} END",
    "demo": "false",
}
TOTALS: Columns = {
    "customer_id": "n",
    "tier": "CASE WHEN n % 10 = 0 THEN 'gold' WHEN n % 4 = 0 THEN 'silver' ELSE 'member' END",
    "points": "n * 31 % 700",
    "orders": ORDERS,
    "spent": f"{ORDERS} * {TOTAL}",
    "spent_12m": f"({IN_A_YEAR}) * {TOTAL}",
    "first_purchase_at": f"{{ago:{RECENT} + 25 * (n % {BILLS})}}",
    "last_purchase_at": f"{{ago:{RECENT}}}",
    "tier_since": "{ago:9}",
    "rolled_on": "{on:0}",
    "has_phone": "n % 2 = 0",
    "consent_promotion": AGREED,
    "channels": "CASE WHEN n % 5 > 0 AND n % 7 = 0 THEN ',messenger,zalo,' WHEN n % 5 > 0 THEN ',zalo,'"
    " WHEN n % 7 = 0 THEN ',messenger,' ELSE '' END",
    "last_interaction_at": "CASE WHEN n % 5 > 0 OR n % 7 = 0 THEN {ago:n % 90} END",
    "birthday": "CASE WHEN n % 3 > 0 THEN (n % 12 + 1) * 100 + n % 28 + 1 END",
    "joined_at": "CASE WHEN n % 3 > 0 THEN {ago:n % 900} END",
    "consent_seq": "0",
    "ledger_seq": "0",
    "carry": "0",
    "consent_chain": "{empty}",
    "ledger_chain": "{empty}",
}
HABIT: Columns = {
    "customer_id": "n",
    "orders": ORDERS,
    "last_at": f"{{ago:{RECENT}}}",
    "last_day": f"{NOON.date().toordinal()} - {RECENT}",
    "gap": f"CASE WHEN n % {BILLS} > 1 THEN 25 END",
    "stretch": f"CASE WHEN n % {BILLS} > 1 THEN 100 END",
    "promo_orders": "0",
    "promo_low": "0",
}
OWN: Columns = {
    "customer_id": "n",
    "field_id": "1",
    "number": "35 + n % 8",
    "source": "'import'",
    "author": "'demo'",
    "at": "{ago:n % 180}",
}
PURCHASE: Columns = {
    "id": f"n * {BILLS} + {{bill}}",
    "public_id": f"'p-' || (n * {BILLS} + {{bill}})",
    "key": f"'p-' || (n * {BILLS} + {{bill}})",
    "customer_id": "n",
    "store_id": "{store}",
    "source": "'counter'",
    "total": TOTAL,
    "discount": "0",
    "eligible": "0",
    "state": "'recorded'",
    "made_customer": "false",
    "purchased_at": f"{{ago:{RECENT} + {{bill}} * 25}}",
    "purchased_on": f"{{on:{RECENT} + {{bill}} * 25}}",
    "recorded_at": f"{{ago:{RECENT} + {{bill}} * 25}}",
    "tier_before": "'member'",
    "tier_after": "'member'",
}
LINE: Columns = {
    "id": f"n * {BILLS} + {{bill}}",
    "purchase_id": f"n * {BILLS} + {{bill}}",
    "position": "0",
    "name": "'Món'",
    "category": "CASE (n + {bill}) % 3 WHEN 0 THEN 'Cà phê' WHEN 1 THEN 'Bánh' ELSE 'Trà' END",
    "quantity": "1",
    "unit_price": TOTAL,
    "discount": "0",
}
CHAT: Columns = {
    "customer_id": "n",
    "channel_account_id": "(SELECT id FROM channel_account WHERE kind = '{channel}')",
    "user_id": "'u-' || n",
    "proof": "'shared'",
    "promotion": AGREED,
    "follows": "true",
    "first_seen_at": "{ago:900}",
    "last_interaction_at": "{ago:n % 90}",
    "profile_tries": "0",
    "misses": "0",
}


def fill(database: Database, customers: int) -> None:
    """So many customers with what belongs to them."""
    with database.transaction() as session:
        store = stores.default(session).id
        for kind, hours in HOURS.items():
            account = (
                "INSERT INTO channel_account (kind, external_id, window_seconds, created_at) VALUES (:a, :a, :b, :c)"
            )
            typed = sa.text(account).bindparams(sa.bindparam("c", NOON, sa.DateTime(timezone=not database.is_sqlite)))
            session.execute(typed, {"a": kind, "b": hours * 3_600})
        size = Definition("size", "Cỡ giày", "Shoe size", "number", "care", 24)
        assert own.define(session, size, by=Author("demo", "demo"), now=NOON).id == 1
    write = _Writer(database, customers)
    write("customer", CUSTOMER)
    write("customer_stats", TOTALS)
    write("customer_habit", HABIT)
    write("custom_value", OWN)
    for bill in range(BILLS):
        here, numbers = f"n % {BILLS} >= {bill}", {"bill": str(bill), "store": str(store)}
        write("purchase", PURCHASE, here, numbers)
        write("purchase_line", LINE, here, numbers)
    write("channel_identity", CHAT, "n % 5 > 0", {"channel": "zalo"})
    write("channel_identity", CHAT, "n % 7 = 0", {"channel": "messenger"})
    analyse(database)


def analyse(database: Database) -> None:
    """The planner's numbers, as a database that has run for a while has them."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


class _Writer:
    """INSERT … SELECT over the numbers of the customers."""

    def __init__(self, database: Database, customers: int) -> None:
        self.database, self.engine = database, "sqlite" if database.is_sqlite else "postgresql"
        self.series = SERIES[self.engine].format(customers=customers)

    def __call__(
        self, table: str, columns: Columns, where: str = "true", names: Mapping[str, str] | None = None
    ) -> None:
        values = self._words(", ".join(columns.values()), names or {})
        into = ", ".join(f'"{name}"' for name in columns)
        with self.database.transaction() as session:
            _leave_out_checks(session, self.engine)
            order = f"{self.series} INSERT INTO {table} ({into}) SELECT {values} FROM series WHERE {where}"
            session.connection().exec_driver_sql(order.replace("%", "%%") if self.engine == "postgresql" else order)

    def _words(self, text: str, names: Mapping[str, str]) -> str:
        for name, value in {**names, "empty": EMPTY[self.engine]}.items():
            text = text.replace(f"{{{name}}}", value)
        text = re.sub(r"\{ago:(.*?)\}", lambda found: INSTANT[self.engine].format(found[1]), text)
        return re.sub(
            r"\{on:(.*?)\}", lambda found: DAY[self.engine].format(INSTANT[self.engine].format(found[1])), text
        )


def _leave_out_checks(session: Session, engine: str) -> None:
    """Not a look at another table for each row: they are written in order."""
    if engine == "postgresql":
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
