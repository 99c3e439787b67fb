"""The numbers of Today against bare SQL, with 1,000,000 purchases of 100,000 customers: `python -m benchmarks.insights`.

The limit asks for the same sums by hand-written statements on the bare driver. Two years lie in the tables; a period of
thirty days must cost what its own days cost, so the same is measured with a tenth of the purchases and printed beside.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks import harness
from loyalty.customers import bulk
from loyalty.customers.bulk import Newcomer
from loyalty.db import Database
from loyalty.insights import products, reports, rows, sales
from loyalty.insights.periods import Period
from loyalty.insights.rows import Choice

CUSTOMERS, TOGETHER = 100_000, 5_000
PURCHASES = 1_000_000
DAYS = 730
REACH = 1 / 1.5
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
MONTH = Period.ending("month", TODAY)
HERE = {"first": "2026-10-24", "last": "2026-11-22", "before": "2026-09-24", "cut": "2026-10-23"}

NUMBERS = {  # by engine: a number from 1 to :count as n
    "sqlite": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < :count) ",
    "postgresql": "WITH t AS (SELECT generate_series(1, :count) AS n) ",
}
AT = {  # purchases lie evenly in the two years, the last one this noon
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', '2026-11-22 05:00:00', '-' || ((:count - n) * 86400 * :days / :count) "
    "|| ' seconds') || '.000000'",
    "postgresql": "timestamptz '2026-11-22 05:00:00+00' - ((:count - n) * 86400 * :days / :count) * interval '1 second'",
}
ON = {"sqlite": "date({at}, '+7 hours')", "postgresql": "(({at}) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"}
PURCHASE = (
    "INSERT INTO purchase (public_id, key, customer_id, store_id, source, total, discount, eligible, state, "
    "made_customer, purchased_at, purchased_on, recorded_at, tier_before, tier_after) {numbers}"
    "SELECT 'p' || n, 'k' || n, 1 + n * 7919 % :customers, 1, 'till', 20000 + n % 300 * 1000, 0, 20000, "
    "CASE WHEN n % 97 = 0 THEN 'undone' ELSE 'recorded' END, n % 10 = 0, {at}, {on}, {at}, 'member', 'member' FROM t"
)
LINE = (
    "INSERT INTO purchase_line (purchase_id, position, name, quantity, unit_price, discount) "
    "SELECT id, 1, 'Món ' || (id % 40), 1, total, 0 FROM purchase"
)
ENTRY = (
    "INSERT INTO ledger_entry (customer_id, seq, kind, points, balance_after, carry_change, carry, idempotency_key, "
    "purchase_id, credit, actor, posted_at, posted_on, chain) SELECT customer_id, 1000 + id, 'earn', 12, 12, 0, 0, "
    "'award:' || key, id, total, 'cli', purchased_at, purchased_on, {chain} FROM purchase"
)
TOTALS = (
    "SELECT purchased_on, sum(total), count(*), sum(CASE WHEN made_customer THEN 0 ELSE 1 END) FROM purchase "
    "WHERE state = 'recorded' AND purchased_on BETWEEN {first} AND {last} GROUP BY purchased_on"
)
ACTIVE = (
    "SELECT count(*) FROM customer_stats WHERE joined_at IS NOT NULL AND customer_id IN (SELECT customer_id "
    "FROM purchase WHERE state = 'recorded' AND purchased_on BETWEEN {first} AND {last})"
)
POINTS = (
    "SELECT posted_on, kind, sum(points) FROM ledger_entry WHERE posted_on BETWEEN {first} AND {last} "
    "GROUP BY posted_on, kind"
)
HOURS = {
    "sqlite": "SELECT substr(purchased_at, 1, 13), sum(total), count(*) FROM purchase WHERE state = 'recorded' "
    "AND purchased_on BETWEEN :first AND :last GROUP BY 1",
    "postgresql": "SELECT date_trunc('hour', purchased_at), sum(total), count(*) FROM purchase "
    "WHERE state = 'recorded' AND purchased_on BETWEEN :first AND :last GROUP BY 1",
}
PRODUCTS = (
    "SELECT name, sum(sales) AS sold, sum(pieces), count(*), sum(CASE WHEN bills > 1 THEN 1 ELSE 0 END) FROM (SELECT "
    "l.name, sum(l.quantity * l.unit_price - l.discount) AS sales, sum(l.quantity) AS pieces, "
    "count(DISTINCT l.purchase_id) AS bills FROM purchase p JOIN purchase_line l ON l.purchase_id = p.id "
    "WHERE p.state = 'recorded' AND p.purchased_on BETWEEN :first AND :last GROUP BY l.name, p.customer_id) x "
    "GROUP BY name ORDER BY sold DESC LIMIT 8"
)
ROWS = (
    "SELECT * FROM purchase p JOIN ledger_entry e ON e.purchase_id = p.id AND e.kind = 'earn' "
    "WHERE p.purchased_on BETWEEN :first AND :last ORDER BY p.purchased_on DESC, p.id DESC LIMIT 51"
)


def fill(database: Database, purchases: int) -> None:
    """Customers, and their purchases of two years with one line and one movement each."""
    assert database.keyring is not None and database.shop is not None
    for start in range(0, CUSTOMERS, TOGETHER):
        people = [Newcomer(f"+849{number:08}", None, joined_at=NOON) for number in range(start, start + TOGETHER)]
        sealed = [bulk.seal(each, database.keyring, database.shop, source="import", now=NOON) for each in people]
        with database.transaction() as session:
            bulk.create_many(session, sealed)
    engine = "sqlite" if database.is_sqlite else "postgresql"
    facts = {"count": purchases, "days": DAYS, "customers": CUSTOMERS}
    on = ON[engine].format(at=AT[engine])
    chain = "zeroblob(32)" if database.is_sqlite else "decode(repeat('00', 32), 'hex')"
    with database.engine.begin() as connection:
        connection.execute(sa.text(PURCHASE.format(numbers=NUMBERS[engine], at=AT[engine], on=on)), facts)
        connection.execute(sa.text(LINE))
        connection.execute(sa.text(ENTRY.format(chain=chain)))
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def limit(database: Database, *statements: str) -> Callable[[], Sequence[Any]]:
    """The statements on one connection, read to the end."""

    def run() -> Sequence[Any]:
        with database.engine.connect() as connection:
            return [connection.execute(sa.text(statement), HERE).all() for statement in statements]

    return run


def project(database: Database, ask: Callable[[Any], Any]) -> Callable[[], Any]:
    """The same by the functions every page calls."""

    def run() -> Any:
        with database.read_only() as session:
            return ask(session)

    return run


def cases(database: Database) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    engine = "sqlite" if database.is_sqlite else "postgresql"
    spans = ((":first", ":last"), (":before", ":cut"))
    both = [text.format(first=a, last=b) for a, b in spans for text in (TOTALS, ACTIVE, POINTS)]
    return {
        "numbers of 30 days": (
            limit(database, *both),
            project(database, lambda session: reports.make(session, MONTH, now=NOON)),
        ),
        "hour by weekday": (
            limit(database, HOURS[engine]),
            project(database, lambda session: sales.by_hour(session, MONTH)),
        ),
        "best sellers": (
            limit(database, PRODUCTS),
            project(database, lambda session: products.best(session, MONTH, limit=8)),
        ),
        "a page of bills": (
            limit(database, ROWS),
            project(database, lambda session: rows.bills(session, Choice(MONTH), limit=51)),
        ),
    }


def check(database: Database) -> None:
    """Both count the same."""
    first, last = HERE["first"], HERE["last"]
    with database.read_only() as session:
        sums = [row[1:] for row in session.execute(sa.text(TOTALS.format(first=":first", last=":last")), HERE)]
        figures = reports.make(session, MONTH, now=NOON).figures
    assert figures["sales"].value == sum(int(row[0]) for row in sums), (first, last)
    assert figures["orders"].value == sum(int(row[1]) for row in sums)


def measure(engine: str, purchases: int) -> None:
    with harness.place(engine) as place:
        database = place.open("insights")
        fill(database, purchases)
        check(database)
        for name, (bare, ours) in cases(database).items():
            taken = harness.interleave(bare, ours, rounds=5)
            print(taken.line(f"{name}, {purchases:,}, {engine}", per_round=1, reach=REACH), flush=True)


def main() -> None:
    for engine in sys.argv[1:] or harness.ENGINES:
        for purchases in (PURCHASES // 10, PURCHASES):
            measure(engine, purchases)


if __name__ == "__main__":
    main()
