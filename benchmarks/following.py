"""Segments that follow the timeline: `python -m benchmarks.following [sqlite|postgresql] [customers] [segments]`.

A hundred customers buy, each happening is followed in every segment, and the longest transaction that wrote is told:
on SQLite a webhook waits for it, so none may take over 50 ms, however many segments there are.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import filling, harness
from benchmarks.filling import NOON
from jobs.registry import Context
from jobs.segments import follow_segments
from loyalty.activity.models import Activity
from loyalty.customers.models import CustomerStats
from loyalty.db import Database, new_public_id
from loyalty.segments import saved
from loyalty.settings import Settings

CUSTOMERS, SEGMENTS, BUYERS, ROUNDS = 20_000, 40, 100, 5
REACH = 50.0  # ms


def make_segments(database: Database, count: int) -> None:
    """Some by totals, some by bills, some by the chat, each a little different."""
    kinds = (
        lambda n: {"field": "orders", "op": ">=", "value": 1 + n % 12},
        lambda n: {"field": "spent_12m", "op": ">=", "value": 200_000 * (n + 1)},
        lambda n: {"field": "bought.times", "op": ">=", "value": 1 + n % 4, "within_days": 30 + n},
        lambda n: {
            "all": [{"field": "channel", "op": "=", "value": "zalo"}, {"field": "points", "op": ">", "value": n}]
        },
        lambda n: {"field": "five", "op": "=", "value": ("vip", "repeat", "inactive", "promo")[n // 5 % 4]},
    )
    for number in range(count):
        with database.transaction() as session:
            saved.create(session, f"S{number}", kinds[number % len(kinds)](number), now=NOON)


def buy(database: Database, customers: int, day: int) -> None:
    """A hundred people's totals and timeline, as a hundred awards leave them."""
    ids = [1 + (day * 7919 + number * 211) % customers for number in range(BUYERS)]
    stats = CustomerStats
    bought = {"orders": stats.orders + 1, "spent_12m": stats.spent_12m + 300_000, "last_purchase_at": NOON}
    happened = {"kind": "purchase", "at": NOON, "on": NOON.date(), "data": {}}
    with database.transaction() as session:
        session.execute(
            sa.update(stats)
            .where(stats.customer_id.in_(ids))
            .values(bought)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            sa.insert(Activity), [{**happened, "public_id": new_public_id(), "customer_id": each} for each in ids]
        )


class Timed(Database):
    """The same database; how long each of its transactions that write was open is kept, ms."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.url.render_as_string(hide_password=False), database.keyring, database.shop)
        self.taken: list[float] = []

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        started = time.perf_counter()
        with super().transaction() as session:
            yield session
        self.taken.append(1000 * (time.perf_counter() - started))


def measure(database: Database, customers: int, segments: int = SEGMENTS) -> str:
    make_segments(database, segments)
    timed = Timed(database)
    context = Context(timed, Settings(data_keys=(harness.DATA_KEY,), secret_key="a benchmark's"), {}, lambda: NOON)
    while follow_segments(context):
        continue
    started = max(timed.taken)
    longest, whole = [], []
    for day in range(ROUNDS):
        buy(database, customers, day)
        timed.taken.clear()
        whole.append(harness.seconds(lambda: follow_segments(context)))
        longest.append(max(timed.taken))
    timed.close()
    return (
        f"  {'following':<24} longest transaction {statistics.median(longest):.0f} ms (range {min(longest):.0f}-"
        f"{max(longest):.0f}, reach {REACH:.0f}) of {BUYERS} purchases in {segments} segments, "
        f"{1000 * statistics.median(whole):.0f} ms altogether; {started:.0f} ms when they began"
    )


def main() -> None:
    words = sys.argv[1:] if sys.argv[0].endswith("following.py") else []
    numbers = [int(word) for word in words if word.isdigit()]
    customers, segments = (numbers + [CUSTOMERS, SEGMENTS][len(numbers) :])[:2]
    for engine in [word for word in words if word in harness.ENGINES] or harness.ENGINES:
        with harness.place(engine) as place:
            database = place.open("following")
            filling.fill(database, customers)
            print(f"{engine}, {customers:,} customers\n{measure(database, customers, segments)}", flush=True)


if __name__ == "__main__":
    main()
