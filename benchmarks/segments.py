"""Counting segments against hand-written SQL: `python -m benchmarks.segments [sqlite|postgresql] [customers]`.

The limit is the count somebody who knows the tables would write for the same question; the project reads the rules as
JSON, checks and compiles them and counts. Behind it: a page of members, and one person explained. Each customer has
five purchases where the size is said (`1000000` on PostgreSQL takes minutes to fill), else the default is small.
"""

import re
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import harness
from loyalty.customers.traits import fields as own
from loyalty.customers.traits.fields import Definition
from loyalty.db import Database, Instant
from loyalty.segments import membership, rules
from loyalty.segments.rules import Frame
from loyalty.staff import stores
from loyalty.staff.audit import Author

SIZES = {"sqlite": 50_000, "postgresql": 100_000}
BILLS = 5  # of one customer
REACH = 1.5  # times the limit's time
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY = NOON.date()
KEPT = "erased_at IS NULL AND "
COUNT = "SELECT count(*) FROM customer_stats s WHERE "
Rules = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A question as rules, and as SQL by hand."""

    name: str
    rules: Rules
    limit: str
    facts: dict[str, Any] = field(default_factory=dict)


def _is(name: str, op: str, value: Any, **more: Any) -> Rules:
    return {"field": name, "op": op, "value": value, **more}


def cases(frame: Frame) -> list[Case]:
    """What shops ask; instants and days are bound the way a driver would."""

    def ago(days: int) -> datetime:
        return frame.shop.midnight(frame.today - timedelta(days=days))

    category = _is("bought.category", ">=", 1, of="Cà phê", within_days=90)
    return [
        Case(
            "three totals",
            {
                "all": [
                    _is("tier", ">=", "silver"),
                    _is("spent_12m", ">=", 900_000),
                    _is("last_purchase_days", "<=", 60),
                ]
            },
            "tier IN ('silver', 'gold') AND spent_12m >= 900000 AND last_purchase_at >= :since",
            {"since": ago(60)},
        ),
        Case(
            "away, agreed",
            {"all": [_is("orders", ">=", 1), _is("last_purchase_days", ">=", 60), _is("consent.promotion", "=", True)]},
            "orders >= 1 AND last_purchase_at < :until AND consent_promotion",
            {"until": ago(59)},
        ),
        Case(
            "a tree of six",
            {
                "any": [
                    {"all": [_is("points", "between", [50, 300]), _is("channel", "=", "zalo")]},
                    {"all": [{"not": _is("tier", "=", "member")}, _is("has_phone", "=", True)]},
                    {"all": [_is("spent", ">", 2_000_000), _is("joined_days", "<", 200)]},
                ]
            },
            "((points BETWEEN 50 AND 300 AND channels LIKE '%,zalo,%') OR (tier <> 'member' AND has_phone)"
            " OR (spent > 2000000 AND joined_at >= :since))",
            {"since": ago(199)},
        ),
        Case(
            "birthday this week",
            {"all": [_is("birthday_in_days", "<=", 7)]},
            "birthday BETWEEN 1122 AND 1129",
        ),
        Case(
            "average bill",
            {"all": [_is("average_bill", ">=", 150_000), _is("gap_days", "<=", 60)]},
            "orders > 1 AND spent >= 150000 * orders AND {gap} / 86400 <= 60 * (orders - 1)",
        ),
        Case("one in ten", {"all": [_is("bucket", "<", 10)]}, "{bucket} * 100 / 65536 < 10"),
        Case(
            "a category in 90 days",
            {"all": [category]},
            "EXISTS (SELECT 1 FROM purchase p JOIN purchase_line l ON l.purchase_id = p.id WHERE p.customer_id ="
            " s.customer_id AND p.state = 'recorded' AND p.purchased_on >= :day AND l.category = 'Cà phê')",
            {"day": TODAY - timedelta(days=90)},
        ),
        Case(
            "an own field, one in three",
            {"all": [_is("custom.size", ">=", 40)]},
            "customer_id IN (SELECT customer_id FROM custom_value WHERE field_id = 1 AND number >= 40)",
        ),
        Case(
            "an own field, few",
            {"all": [_is("custom.size", "=", 41), _is("tier", ">=", "silver")]},
            "tier IN ('silver', 'gold') AND customer_id IN (SELECT customer_id FROM custom_value WHERE field_id = 1"
            " AND number = 41)",
        ),
        Case(
            "bought often lately",
            {"all": [_is("bought.times", ">=", 3, within_days=200), _is("spent_12m", ">=", 500_000)]},
            "spent_12m >= 500000 AND (SELECT count(*) FROM purchase p WHERE p.customer_id = s.customer_id AND"
            " p.state = 'recorded' AND p.purchased_on >= :day) >= 3",
            {"day": TODAY - timedelta(days=200)},
        ),
    ]


BY_ENGINE = {
    "sqlite": {"gap": "(strftime('%s', last_purchase_at) - strftime('%s', first_purchase_at))"},
    "postgresql": {"gap": "extract(epoch FROM last_purchase_at - first_purchase_at)"},
}
BUCKET = "(SELECT bucket FROM customer c WHERE c.id = s.customer_id)"


SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {customers})",
    "postgresql": "WITH series AS (SELECT n FROM generate_series(CAST(1 AS BIGINT), {customers}) AS n)",
}
AGO = {  # an instant so many days back, and its day
    "sqlite": ("strftime('%Y-%m-%d 05:00:00.000000', '2026-11-22', '-' || ({}) || ' days')", "date({})"),
    "postgresql": ("(timestamptz '2026-11-22 05:00+00' - ({}) * interval '1 day')", "CAST({} AS date)"),
}
FILLING = {
    "customer": {
        "id": "n",
        "public_id": "'c-' || n",
        "bucket": "n * 7919 % 65536",
        "source": "'import'",
        "created_at": "{ago:n % 900}",
        "joined_at": "CASE WHEN n % 3 > 0 THEN {ago:n % 900} END",
        "demo": "false",
    },
    "customer_stats": {
        "customer_id": "n",
        "tier": "CASE WHEN n % 10 = 0 THEN 'gold' WHEN n % 4 = 0 THEN 'silver' ELSE 'member' END",
        "points": "n * 31 % 700",
        "orders": f"{BILLS}",
        "spent": "n * 37 % 400 * 10000",
        "spent_12m": "n * 37 % 200 * 10000",
        "first_purchase_at": "{ago:n % 180 + 220}",
        "last_purchase_at": "{ago:n % 180}",
        "tier_since": "{ago:9}",
        "rolled_on": "{on:0}",
        "has_phone": "n % 2 = 0",
        "consent_promotion": "n % 5 < 2",
        "channels": "CASE WHEN n % 2 = 0 THEN ',zalo,' WHEN n % 7 = 0 THEN ',messenger,zalo,' ELSE '' END",
        "birthday": "CASE WHEN n % 3 > 0 THEN (n % 12 + 1) * 100 + n % 28 + 1 END",
        "joined_at": "CASE WHEN n % 3 > 0 THEN {ago:n % 900} END",
        "consent_seq": "0",
        "ledger_seq": "0",
        "carry": "0",
        "consent_chain": "{empty}",
        "ledger_chain": "{empty}",
    },
    "custom_value": {
        "customer_id": "n",
        "field_id": "1",
        "number": "35 + n % 8",
        "source": "'import'",
        "author": "'demo'",
        "at": "{ago:n % 180}",
    },
    "purchase": {
        "id": "n * 5 + {bill}",
        "public_id": "'p-' || (n * 5 + {bill})",
        "key": "'p-' || (n * 5 + {bill})",
        "customer_id": "n",
        "store_id": "{store}",
        "source": "'counter'",
        "total": "100000",
        "discount": "0",
        "eligible": "0",
        "state": "'recorded'",
        "made_customer": "false",
        "purchased_at": "{ago:n % 180 + {bill} * 55}",
        "purchased_on": "{on:n % 180 + {bill} * 55}",
        "recorded_at": "{ago:n % 180 + {bill} * 55}",
        "tier_before": "'member'",
        "tier_after": "'member'",
    },
    "purchase_line": {
        "id": "n * 5 + {bill}",
        "purchase_id": "n * 5 + {bill}",
        "position": "0",
        "name": "'Món'",
        "category": "CASE (n + {bill}) % 3 WHEN 0 THEN 'Cà phê' WHEN 1 THEN 'Bánh' ELSE 'Trà' END",
        "quantity": "1",
        "unit_price": "100000",
        "discount": "0",
    },
}


def fill(database: Database, engine: str, customers: int) -> None:
    """So many customers with totals and five purchases of one line each, by statements of the database's own."""
    with database.transaction() as session:
        store = stores.default(session).id
        size = Definition("size", "Cỡ giày", "Shoe size", "number", "care", 24)
        assert own.define(session, size, by=Author("demo", "demo"), now=NOON).id == 1
    instant, day = AGO[engine]
    for table, columns in FILLING.items():
        for bill in range(BILLS if table.startswith("purchase") else 1):
            with database.transaction() as session:
                values = ", ".join(columns.values()).replace("{bill}", str(bill)).replace("{store}", str(store))
                values = re.sub(r"\{ago:(.*?)\}", lambda found: instant.format(found[1]), values)
                values = re.sub(r"\{on:(.*?)\}", lambda found: day.format(instant.format(found[1])), values)
                values = values.replace("{empty}", "x''" if engine == "sqlite" else "CAST('' AS bytea)")
                series = SERIES[engine].format(customers=customers)
                names = ", ".join(f'"{name}"' for name in columns)
                order = f"{series} INSERT INTO {table} ({names}) SELECT {values} FROM series"
                session.connection().exec_driver_sql(order.replace("%", "%%") if engine == "postgresql" else order)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def run(engine: str, customers: int) -> None:
    with harness.place(engine) as place:
        database = place.open("segments")
        started = time.monotonic()
        fill(database, engine, customers)
        took = time.monotonic() - started
        print(f"{engine}: {customers:,} customers, {customers * BILLS:,} purchases, filled in {took:.0f} s")
        with database.read_only() as session:
            frame = Frame.at(session, NOON)
            for case in cases(frame):
                _measure(session, case, frame, engine)
            _page_and_person(session, frame, customers)


def _measure(session: Session, case: Case, frame: Frame, engine: str) -> None:
    text = sa.text(COUNT + KEPT + case.limit.format(bucket=BUCKET, **BY_ENGINE[engine]))
    text = text.bindparams(*(sa.bindparam(key, type_=_type(value)) for key, value in case.facts.items()))

    def limit() -> int:
        return int(session.execute(text, case.facts).scalar_one())

    def project() -> int:
        return membership.count(session, rules.parse(case.rules, frame), frame)

    assert limit() == project(), (case.name, limit(), project())
    found = harness.interleave(limit, project, rounds=5, warm_up=1)
    times = statistics.median(1 / ratio for ratio in found.ratios)
    mark = "" if times <= REACH else "  OVER"
    limit_ms, project_ms = (1000 * statistics.median(each) for each in (found.limit, found.project))
    print(
        f"  {case.name:<24} {times:.2f}x of the limit (reach {REACH}); limit {limit_ms:.1f} ms, "
        f"project {project_ms:.1f} ms, {limit():,} people{mark}"
    )


def _type(value: Any) -> Any:
    return Instant() if isinstance(value, datetime) else sa.Date()


def _page_and_person(session: Session, frame: Frame, customers: int) -> None:
    everything = {"all": [case.rules for case in cases(frame)]}
    for name, work in (
        (
            "a page of members",
            lambda: membership.list_members(session, rules.parse(cases(frame)[0].rules, frame), frame),
        ),
        (
            "one person explained",
            lambda: membership.explain(session, rules.parse(everything, frame), frame, customers // 2),
        ),
    ):
        took = statistics.median(harness.seconds(work) for _ in range(5))
        print(f"  {name:<24} {1000 * took:.1f} ms")


def main() -> None:
    words = sys.argv[1:] if sys.argv[0].endswith("segments.py") else []
    sizes = [int(word) for word in words if word.isdigit()]
    for engine in [word for word in words if word in harness.ENGINES] or harness.ENGINES:
        run(engine, sizes[0] if sizes else SIZES[engine])


if __name__ == "__main__":
    main()
