"""Counts against hand-written SQL, and what must cost the same however many customers there are: one explained.

The limit of a count is what somebody who knows the tables would write for the same question; the project reads the
rules as JSON, checks and compiles them and counts.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import harness
from benchmarks.filling import NOON
from loyalty.db import Database, Instant
from loyalty.segments import membership, rules
from loyalty.segments.rules import Frame

REACH = 1.5  # times the limit's time
TODAY = NOON.date()
COUNT = "SELECT count(*) FROM customer_stats s WHERE erased_at IS NULL AND "
BUCKET = "(SELECT bucket FROM customer c WHERE c.id = s.customer_id)"
GAP = {
    "sqlite": "(strftime('%s', last_purchase_at) - strftime('%s', first_purchase_at))",
    "postgresql": "extract(epoch FROM last_purchase_at - first_purchase_at)",
}
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


def _ago(days: int) -> datetime:
    """A shop's midnight as a driver would bind it."""
    return datetime.combine(TODAY - timedelta(days=days), datetime.min.time(), NOON.tzinfo) - timedelta(hours=7)


TOTALS = [
    Case(
        "three totals",
        {"all": [_is("tier", ">=", "silver"), _is("spent_12m", ">=", 900_000), _is("last_purchase_days", "<=", 60)]},
        "tier IN ('silver', 'gold') AND spent_12m >= 900000 AND last_purchase_at >= :since",
        {"since": _ago(60)},
    ),
    Case(
        "away, agreed",
        {"all": [_is("orders", ">=", 1), _is("last_purchase_days", ">=", 60), _is("consent.promotion", "=", True)]},
        "orders >= 1 AND last_purchase_at < :until AND consent_promotion",
        {"until": _ago(59)},
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
        {"since": _ago(199)},
    ),
    Case("birthday this week", {"all": [_is("birthday_in_days", "<=", 7)]}, "birthday BETWEEN 1122 AND 1129"),
    Case(
        "average bill",
        {"all": [_is("average_bill", ">=", 150_000), _is("gap_days", "<=", 60)]},
        "orders > 0 AND spent >= 150000 * orders AND EXISTS (SELECT 1 FROM customer_habit h"
        " WHERE h.customer_id = s.customer_id AND h.gap <= 60)",
    ),
    Case("one in ten", {"all": [_is("bucket", "<", 10)]}, "{bucket} * 100 / 65536 < 10"),
]
BILLS = [
    Case(
        "a category in 90 days",
        {"all": [_is("bought.category", ">=", 1, of="Cà phê", within_days=90)]},
        "EXISTS (SELECT 1 FROM purchase p JOIN purchase_line l ON l.purchase_id = p.id WHERE p.customer_id ="
        " s.customer_id AND p.state = 'recorded' AND p.purchased_on >= :day AND l.category = 'Cà phê')",
        {"day": TODAY - timedelta(days=90)},
    ),
    Case(
        "bought often lately",
        {"all": [_is("bought.times", ">=", 3, within_days=200), _is("spent_12m", ">=", 500_000)]},
        "spent_12m >= 500000 AND (SELECT count(*) FROM purchase p WHERE p.customer_id = s.customer_id AND"
        " p.state = 'recorded' AND p.purchased_on >= :day) >= 3",
        {"day": TODAY - timedelta(days=200)},
    ),
]
OWN = [
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
]
CASES = (*TOTALS, *BILLS, *OWN)
EVERYTHING = {"all": [case.rules for case in CASES]}


def measure(database: Database, *, rounds: int = 5) -> Iterator[str]:
    with database.read_only() as session:
        frame = Frame.at(session, NOON)
        for case in CASES:
            yield _count(session, case, frame, rounds)
        yield _page(session, frame)


def _count(session: Session, case: Case, frame: Frame, rounds: int) -> str:
    text = statement(case, session)

    def limit() -> int:
        return int(session.execute(text, case.facts).scalar_one())

    def project() -> int:
        return membership.count(session, rules.parse(case.rules, frame), frame)

    assert limit() == project(), (case.name, limit(), project())
    found = harness.interleave(limit, project, rounds=rounds, warm_up=1)
    return found.times_line(f"count: {case.name}", reach=REACH) + f", {limit():,} people"


def statement(case: Case, session: Session) -> sa.TextClause:
    """The count by hand."""
    words = {"bucket": BUCKET, "gap": GAP[session.get_bind().dialect.name]}
    text = sa.text(COUNT + case.limit.format(**words))
    return text.bindparams(*(sa.bindparam(key, type_=type_of(value)) for key, value in case.facts.items()))


def type_of(value: Any) -> Any:
    return Instant() if isinstance(value, datetime) else sa.Date()


def _page(session: Session, frame: Frame) -> str:
    node = rules.parse(TOTALS[0].rules, frame)
    took = statistics.median(harness.seconds(lambda: membership.list_members(session, node, frame)) for _ in range(5))
    return f"  {'a page of members':<34} {1000 * took:.1f} ms"
