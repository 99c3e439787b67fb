"""The nightly RFM refresh against rebuilding every score: `python -m benchmarks.rfm [sqlite|postgresql] [customers]`.

The limit is one hand-written statement that gives everybody three NTILEs and writes them. The project takes the
quintiles anew and writes the scores that changed, after a day on which one customer in a hundred bought (and was scored
then against the bounds of the night before, as the worker does). It is checked in the same run that every score is the
one a sorted list gives.
"""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from benchmarks import harness
from loyalty.customers.models import Customer, CustomerStats
from loyalty.db import Database
from loyalty.segments import rfm

CUSTOMERS, TOGETHER = {"sqlite": 200_000, "postgresql": 1_000_000}, 20_000
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
REACH = 0.15  # of the limit's time
ROUNDS, WARM_UP = 5, 1
REBUILD = """
UPDATE customer_stats SET rfm_r = scored.r, rfm_f = scored.f, rfm_m = scored.m
FROM (SELECT customer_id, ntile(5) OVER (ORDER BY last_purchase_at) AS r, ntile(5) OVER (ORDER BY orders) AS f,
             ntile(5) OVER (ORDER BY spent_12m) AS m
      FROM customer_stats WHERE last_purchase_at IS NOT NULL) AS scored
WHERE scored.customer_id = customer_stats.customer_id
"""


def fill(database: Database, count: int) -> None:
    """Customers with totals as shops have them: half bought once or twice, a few very often."""
    chance = Random(7)
    for start in range(1, count + 1, TOGETHER):
        ids = range(start, min(start + TOGETHER, count + 1))
        with database.transaction() as session:
            session.execute(sa.insert(Customer), [_customer(number) for number in ids])
            session.execute(sa.insert(CustomerStats), [_stats(number, chance) for number in ids])
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def _customer(number: int) -> dict[str, Any]:
    row = {"id": number, "public_id": f"p{number:015}", "bucket": number % 65_536, "source": "import"}
    return {**row, "created_at": NOON, "demo": False}


def _stats(number: int, chance: Random) -> dict[str, Any]:
    orders = min(200, int(chance.paretovariate(1.2)))
    spent = orders * int(chance.lognormvariate(11.5, 0.6))
    return {
        "customer_id": number,
        "points": 0,
        "carry": 0,
        "ledger_seq": 0,
        "ledger_chain": b"",
        "consent_seq": 0,
        "consent_chain": b"",
        "tier": "member",
        "tier_since": NOON,
        "orders": orders,
        "spent": spent,
        "spent_12m": spent,
        "rolled_on": TODAY,
        "last_purchase_at": NOON - timedelta(hours=chance.randrange(24 * 500)),
        "has_phone": True,
        "consent_promotion": False,
        "channels": "",
    }


def rebuild(database: Database) -> Callable[[], None]:
    def work() -> None:
        with database.writing(), database.engine.begin() as connection:
            connection.execute(sa.text(REBUILD))

    return work


def refresh(database: Database) -> Callable[[], None]:
    """The night's work, in the chunks it has."""

    def work() -> None:
        with database.transaction() as session:
            kept = rfm.take_bounds(session, TODAY)
        after = 0
        while True:
            with database.read_only() as session:
                changed = rfm.list_differing(session, kept, after_id=after)
            if not changed:
                return
            with database.transaction() as session:
                rfm.rescore(session, kept, changed)
            after = changed[-1]

    return work


def a_day(database: Database, number: int) -> None:
    """One in a hundred buys."""
    stats = CustomerStats
    bought = {
        "orders": stats.orders + 1,
        "spent": stats.spent + 80_000,
        "spent_12m": stats.spent_12m + 80_000,
        "last_purchase_at": NOON + timedelta(days=number),
    }
    with database.transaction() as session:
        whose = stats.customer_id % 100 == number % 100
        session.execute(sa.update(stats).where(whose).values(bought).execution_options(synchronize_session=False))


def score_buyers(database: Database, number: int, count: int) -> None:
    """What the worker does after each purchase."""
    with database.transaction() as session:
        rfm.rescore(session, rfm.bounds(session), [each for each in range(1, count + 1) if each % 100 == number % 100])


def check(database: Database) -> int:
    """How many scores are not those of the quintiles of a sorted list."""
    with database.read_only() as session:
        columns = (CustomerStats.last_purchase_at, CustomerStats.orders, CustomerStats.spent_12m)
        scores = (CustomerStats.rfm_r, CustomerStats.rfm_f, CustomerStats.rfm_m)
        rows = session.execute(sa.select(*columns, *scores).where(CustomerStats.last_purchase_at.is_not(None))).all()
        place = session.info["shop"]
    wrong = 0
    for measure in range(3):
        values = [place.day(row[0]).toordinal() if measure == 0 else row[measure] for row in rows]
        ordered = sorted(values)
        ends = [ordered[-(-len(ordered) * fifth // 5) - 1] for fifth in rfm.FIFTHS]
        wrong += sum(
            1 + sum(value > end for end in ends) != row[3 + measure] for value, row in zip(values, rows, strict=True)
        )
    return wrong


def run(engine: str, count: int | None = None) -> None:
    people = count or CUSTOMERS[engine]
    with harness.place(engine) as here:
        ours, bare = here.open("ours"), here.open("bare")
        for database in (ours, bare):
            fill(database, people)
            rebuild(database)()
        limit, project = rebuild(bare), refresh(ours)
        project()
        times: list[tuple[float, float]] = []
        for number in range(1, WARM_UP + ROUNDS + 1):
            for database in (ours, bare):
                a_day(database, number)
            score_buyers(ours, number, people)
            pair = (harness.seconds(limit), harness.seconds(project))
            times += [pair] if number > WARM_UP else []
        wrong = check(ours)
    ratios = sorted(took / bound for bound, took in times)
    middle = ratios[len(ratios) // 2]
    print(
        f"{engine}: RFM refresh of {people:,} customers {middle:.3f} of a full rebuild's time "
        f"(range {ratios[0]:.3f}-{ratios[-1]:.3f}, reach {REACH:.2f}); "
        f"rebuild {sorted(bound for bound, _ in times)[len(times) // 2]:.2f} s, "
        f"refresh {sorted(took for _, took in times)[len(times) // 2]:.2f} s, {wrong} wrong scores"
    )
    assert wrong == 0


def main() -> None:
    wanted, count = sys.argv[1:2], sys.argv[2:3]
    for engine in harness.ENGINES:
        if not wanted or engine in wanted:
            run(engine, int(count[0]) if count else None)


if __name__ == "__main__":
    main()
