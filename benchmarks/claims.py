"""Outbox claims against the bare claim loop: `python -m benchmarks.claims`.

Both take 300,000 waiting messages in batches of 200 from tables of the same schema, until nothing is left to claim. The
limit knows no threads of conversation, no lanes and no stopped accounts: it takes the oldest due rows.
"""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from benchmarks import harness
from loyalty.channels import accounts
from loyalty.db import Database
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage

ROWS, BATCH = 300_000, 200
PER_ROUND = 50  # batches
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
REACH, REACH_TWO = 0.8, 1.4

BARE = """
WITH due AS (
  SELECT id FROM outbound_message
  WHERE state IN ('waiting', 'sending') AND state = 'waiting' AND due_at <= :now
  ORDER BY lane, due_at, id LIMIT :batch {lock}
)
UPDATE outbound_message SET attempts = attempts + 1, due_at = :later WHERE id IN (SELECT id FROM due)
RETURNING id, attempts
"""


def fill(database: Database, rows: int = ROWS) -> None:
    """Promotions to as many people, all due."""
    with database.transaction() as session:
        account_id = accounts.ensure(session, "zalo", "oa", window=timedelta(hours=48), now=NOON).id
    for start in range(0, rows, 10_000):
        values = [_row(number, account_id) for number in range(start, min(start + 10_000, rows))]
        with database.transaction() as session:
            session.execute(sa.insert(OutboundMessage), values)
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def _row(number: int, account_id: int) -> dict[str, object]:
    return {
        "public_id": f"p{number:015}",
        "dedupe_key": f"campaign:1:customer:{number}",
        "lane": 2,
        "channel_account_id": account_id,
        "user_id": f"{number:019}",
        "thread": f"promotion:{account_id}:{number:019}",
        "state": "waiting",
        "due_at": NOON,
        "attempts": 0,
        "created_at": NOON,
    }


def claim_ours(database: Database) -> int:
    with database.transaction() as session:
        return len(outbox.claim(session, limit=BATCH, now=NOON))


def claim_bare(database: Database) -> int:
    lock = "" if database.is_sqlite else "FOR UPDATE SKIP LOCKED"
    statement = sa.text(BARE.format(lock=lock)).bindparams(
        sa.bindparam("now", type_=OutboundMessage.due_at.type), sa.bindparam("later", type_=OutboundMessage.due_at.type)
    )
    values = {"now": NOON, "later": NOON + outbox.CLAIM_LEASE, "batch": BATCH}
    with database.writing(), database.engine.begin() as connection:
        return len(connection.execute(statement, values).all())


def one_round(claim: Callable[[Database], int], database: Database) -> Callable[[], None]:
    def work() -> None:
        for _ in range(PER_ROUND):
            assert claim(database) == BATCH

    return work


def two_workers(database: Database, seconds: float) -> float:
    """How much more two workers claim than one, in the same time (PostgreSQL; on SQLite one may write at a time)."""
    alone = _claimed(database, 1, seconds)
    together = _claimed(database, 2, seconds)
    return together / alone


def _claimed(database: Database, workers: int, seconds: float) -> int:
    counts = [0] * workers
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < until:
            counts[number] += claim_ours(database)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def measure(engine: str) -> list[str]:
    with harness.place(engine) as place:
        limit, project = place.open("limit"), place.open("project")
        fill(limit)
        fill(project)
        rounds = harness.interleave(one_round(claim_bare, limit), one_round(claim_ours, project), rounds=7)
        lines = [rounds.line(f"outbox claim, {engine}", per_round=PER_ROUND, reach=REACH)]
        if engine == "postgresql":
            gain = two_workers(project, 2.0)
            lines.append(
                f"{'outbox claim, two workers':<28} {gain:.2f} of one (reach {REACH_TWO:.2f}), threads of one process"
            )
    return lines


def main() -> None:
    for engine in sys.argv[1:] if sys.argv[1:] in (["sqlite"], ["postgresql"]) else harness.ENGINES:
        print("\n".join(measure(engine)), flush=True)


if __name__ == "__main__":
    main()
