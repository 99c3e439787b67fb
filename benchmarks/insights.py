"""The numbers of Today against bare SQL, with 1,000,000 purchases: `python -m benchmarks.insights [ENGINE]`.

The limit asks for the same sums by hand-written statements. Both are sent by the bare driver and read to the end, as in
`lists`. 100,000 customers bought for two years; the same is measured with a tenth of the purchases, printed beside.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import harness, lists
from loyalty.customers import bulk
from loyalty.customers.bulk import Newcomer
from loyalty.db import Database
from loyalty.insights import products, reports, rows, sales
from loyalty.insights.periods import Period
from loyalty.insights.rows import Choice

CUSTOMERS, TOGETHER = 100_000, 5_000
PURCHASES = 1_000_000
DAYS = 730
REACH = 1.5  # times the limit
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
MONTH = Period.ending("month", TODAY)
HERE = {"first": "2026-10-24", "last": "2026-11-22", "before": "2026-09-24", "cut": "2026-10-23"}

NUMBERS = {  # by engine: a number from 1 to :count as n
    "sqlite": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < :count) ",
    "postgresql": "WITH t AS (SELECT generate_series(1::bigint, :count) AS n) ",
}
AT = {  # purchases lie evenly in the two years, the last one this noon
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', '2026-11-22 05:00:00', '-' || ((:count - n) * 86400 * :days / :count) "
    "|| ' seconds') || '.000000'",
    "postgresql": "timestamptz '2026-11-22 05:00:00+00' "
    "- ((:count - n) * 86400 * :days / :count) * interval '1 second'",
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
NEW = (  # by days of UTC, which is as much work
    "SELECT date({column}), count(*) FROM customer WHERE source <> 'import' AND erased_at IS NULL "
    "AND {column} BETWEEN {{first}} AND {{last}} GROUP BY 1"
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


NUMBERS_OF = tuple(
    text.format(first=first, last=last)
    for first, last in ((":first", ":last"), (":before", ":cut"))
    for text in (TOTALS, ACTIVE, POINTS, NEW.format(column="created_at"), NEW.format(column="joined_at"))
)


@dataclass(frozen=True, slots=True)
class Case:
    """What a page asks for, and the statements that takes."""

    name: str
    project: Callable[[Session], Sequence[Any]]
    limit: tuple[str, ...]
    times: int = 5  # per round


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


def cases(database: Database) -> list[Case]:
    engine = "sqlite" if database.is_sqlite else "postgresql"
    return [
        Case("numbers of 30 days", lambda session: [reports.make(session, MONTH, now=NOON)], NUMBERS_OF),
        Case("hour by weekday", lambda session: sales.by_hour(session, MONTH), (HOURS[engine],)),
        Case("best sellers", lambda session: products.best(session, MONTH, limit=8), (PRODUCTS,)),
        Case("a page of bills", lambda session: rows.bills(session, Choice(MONTH), limit=51), (ROWS,), 60),
    ]


def check(database: Database) -> None:
    """Both count the same."""
    first, last = HERE["first"], HERE["last"]
    with database.read_only() as session:
        sums = [row[1:] for row in session.execute(sa.text(TOTALS.format(first=":first", last=":last")), HERE)]
        figures = reports.make(session, MONTH, now=NOON).figures
    assert figures["sales"].value == sum(int(row[0]) for row in sums), (first, last)
    assert figures["orders"].value == sum(int(row[1]) for row in sums)


def compare(database: Database, case: Case, purchases: int) -> str:
    """The case as a line: how many times the limit's time its statements take."""

    def bare(session: Session) -> Sequence[Any]:
        return [row for statement in case.limit for row in session.execute(sa.text(statement), HERE)]

    limit, project = lists.capture(database, bare, 1), lists.capture(database, case.project, 1)
    connection = database.engine.raw_connection()
    try:
        rounds = harness.interleave(
            partial(lists.send, connection, limit, case.times), partial(lists.send, connection, project, case.times)
        )
    finally:
        connection.close()
    ratio = statistics.median(1 / ratio for ratio in rounds.ratios)
    mine, theirs = (1000 * statistics.median(taken) / case.times for taken in (rounds.project, rounds.limit))
    return (
        f"{case.name:<20} {purchases:>9,} {ratio:.2f} × its bare query (reach {REACH}); {theirs:.1f} ms, {mine:.1f} ms"
    )


def measure(engine: str, purchases: int) -> None:
    with harness.place(engine) as place:
        database = place.open("insights")
        fill(database, purchases)
        check(database)
        for case in cases(database):
            print(compare(database, case, purchases), flush=True)


def main() -> None:
    for engine in sys.argv[1:] or harness.ENGINES:
        for purchases in (PURCHASES // 10, PURCHASES):
            measure(engine, purchases)


if __name__ == "__main__":
    main()
