"""Sixteen processes award and undo at once: the books stay right, nobody sees an error."""

import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from drills.shops import book_problems, open_shop, settings_for
from loyalty.customers import profiles
from loyalty.errors import LoyaltyError
from loyalty.installation import opening
from loyalty.points import accrual
from loyalty.points.accrual import Bill
from loyalty.points.models import LedgerEntry
from loyalty.points.returns import reversal
from loyalty.staff import accounts, stores

PROCESSES, ROUNDS, CUSTOMERS, RECEIPTS = 16, 60, 12, 150


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    now = datetime.now(UTC)
    with database.transaction() as session:
        people = [profiles.create(session, source="staff", now=now, joined=True).id for _ in range(CUSTOMERS)]
        staff_id = accounts.add(session, "Thu", "owner", now=now).id
    start = multiprocessing.get_context("spawn")
    results = start.Queue()
    seeds = [rng.randrange(10**9) for _ in range(PROCESSES)]
    workers = [start.Process(target=_work, args=(url, people, staff_id, seed, results)) for seed in seeds]
    for worker in workers:
        worker.start()
    outcomes: Counter[str] = Counter()
    for _ in workers:
        outcomes += Counter(results.get(timeout=900))
    for worker in workers:
        worker.join()
    yield f"{PROCESSES} processes, {sum(outcomes.values())} operations: {dict(outcomes)}"
    assert not [outcome for outcome in outcomes if outcome.startswith("ERROR")], outcomes
    assert outcomes["awarded"] > RECEIPTS / 2 and outcomes["undone"] > 0, "the race did not race"
    with database.read_only() as session:
        keys = session.execute(
            sa.select(LedgerEntry.idempotency_key, sa.func.count()).group_by(LedgerEntry.idempotency_key)
        ).all()
        assert all(count == 1 for _key, count in keys)
        assert len(keys) == outcomes["awarded"] + outcomes["undone"]
    problems = book_problems(database)
    assert problems == [], problems[:5]
    yield f"{len(keys)} ledger entries, each key once; verify is clean"
    database.close()


def _work(
    url: str, people: list[int], staff_id: int, seed: int, results: "multiprocessing.Queue[dict[str, int]]"
) -> None:
    """Award receipts that others award too, undo entries that others undo too."""
    rng = random.Random(seed)
    database = opening.open_database(settings_for(url))
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        try:
            with database.transaction() as session:
                outcome = _undo(session, rng, staff_id) if rng.random() < 0.3 else _award(session, rng, people)
        except LoyaltyError as refusal:
            outcome = f"refused {refusal.code}"
        except Exception as error:
            outcome = f"ERROR {type(error).__name__}: {str(error)[:200]} in round {number}"
        outcomes[outcome] += 1
    database.close()
    results.put(dict(outcomes))


def _award(session: Session, rng: random.Random, people: list[int]) -> str:
    key = f"HD{rng.randrange(RECEIPTS)}:{rng.randrange(2)}"  # two claims to each receipt, each made again and again
    fixed = random.Random(key)
    receipt, total, who = key.split(":")[0], 10_000 * fixed.randrange(1, 60), fixed.choice(people)
    bill = Bill(total=total, store_id=stores.default(session).id, reference=receipt)
    award = accrual.record_purchase(session, who, bill, actor="drill", key=f"drill:{key}", now=datetime.now(UTC))
    return "awarded" if award.is_new else "repeated"


def _undo(session: Session, rng: random.Random, staff_id: int) -> str:
    newest = session.scalars(
        sa.select(LedgerEntry.id).where(LedgerEntry.kind == "earn").order_by(LedgerEntry.id.desc()).limit(30)
    ).all()
    if not newest:
        return "nothing to undo"
    entry_id = rng.choice(newest)
    by = accounts.get(session, staff_id)
    undone = reversal.undo(session, entry_id, actor="drill", key=f"undo:{entry_id}", now=datetime.now(UTC), by=by)
    return "undone" if undone.is_new else "undone before"
