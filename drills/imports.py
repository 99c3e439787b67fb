"""kill -9 at random moments while 1,500 rows are brought in and taken back: each row once, no point lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from drills.shops import book_problems, open_shop
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.exchange import batches
from loyalty.exchange.models import ImportBatch, ImportRow, State
from loyalty.points.models import LedgerEntry
from tests.builders_exchange import make_csv
from tests.world import SECRETS

ROWS, KILLS = 1_500, 12
POINTS = 7  # each row's


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    with tempfile.TemporaryDirectory(prefix="kq-drill-") as folder:
        file = Path(folder) / "khach.csv"
        rows = ((f"Khách {number}", f"09{number:08}", f"k{number}@example.com", "", POINTS) for number in _numbers())
        file.write_bytes(make_csv(*rows))
        yield f"brought in through {_storm(url, database, rng, 'customers', str(file))} kills"
        yield from _check_written(database)
        yield f"taken back through {_storm(url, database, rng, 'undo', _newest(database).public_id)} kills"
        yield from _check_undone(database)
    database.close()


def _numbers() -> Iterator[int]:
    """Phones of carriers there are: 0912…, one after the other."""
    return (12_000_000 + number for number in range(ROWS))


def _storm(url: str, database: Database, rng: random.Random, command: str, argument: str) -> int:
    """The same command again and again, each killed a while after it began, until one is let finish."""
    kills = 0
    while kills < KILLS:
        process = subprocess.Popen(
            [sys.executable, "-m", "loyalty.cli", "import", command, argument],
            env=os.environ | SECRETS | {"LOYALTY_DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        moved = _wait_for_work(database, process)
        time.sleep(rng.uniform(0.0, 0.4))
        if process.poll() is not None and not moved:
            break  # it had done all there was to do
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        _end_lease(database)
    done = subprocess.run(
        [sys.executable, "-m", "loyalty.cli", "import", command, argument],
        env=os.environ | SECRETS | {"LOYALTY_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    state = _newest(database).state
    assert state in (State.DONE, State.UNDONE), f"{state}: {done.stderr}"
    return kills


def _wait_for_work(database: Database, process: subprocess.Popen[bytes]) -> bool:
    """Until the process has done a chunk since it began, or ended."""
    before = _place(database)
    while process.poll() is None:
        if _place(database) != before:
            return True
        time.sleep(0.01)
    return _place(database) != before


def _place(database: Database) -> tuple[str, int] | None:
    with database.read_only() as session:
        newest = batches.list_newest(session, limit=1)
        return (newest[0].state, newest[0].cursor) if newest else None


def _end_lease(database: Database) -> None:
    """As if its time had passed: nobody wants to wait a quarter of a minute after each kill."""
    with database.transaction() as session:
        for batch in batches.list_newest(session, limit=1):
            if batch.leased_until is not None:
                batch.leased_until -= timedelta(minutes=1)


def _newest(database: Database) -> ImportBatch:
    with database.read_only() as session:
        return batches.list_newest(session, limit=1)[0]


def _check_written(database: Database) -> Iterator[str]:
    with database.read_only() as session:
        fates = Counter(session.scalars(sa.select(ImportRow.fate)))
        people = session.scalar(sa.select(sa.func.count()).where(Customer.phone_key.is_not(None)))
        points = session.scalar(sa.select(sa.func.sum(LedgerEntry.points)))
        entries = session.scalar(sa.select(sa.func.count(LedgerEntry.id)))
    yield f"{people} customers, {entries} entries, {points} points; rows {dict(fates)}"
    assert (people, entries, points) == (ROWS, ROWS, ROWS * POINTS)
    assert fates == {"written": ROWS}
    assert (problems := book_problems(database)) == [], problems[:5]


def _check_undone(database: Database) -> Iterator[str]:
    with database.read_only() as session:
        fates = Counter(session.scalars(sa.select(ImportRow.fate)))
        people = session.scalar(sa.select(sa.func.count()).where(Customer.phone_key.is_not(None)))
        points = session.scalar(sa.select(sa.func.sum(LedgerEntry.points)))
    yield f"{people} customers, {points} points; rows {dict(fates)}; verify is clean"
    assert (people, points) == (0, 0)
    assert fates == {"undone": ROWS}
    assert (problems := book_problems(database)) == [], problems[:5]
