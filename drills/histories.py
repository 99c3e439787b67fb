"""Ten thousand random histories of points, each step done by the engine and by a model that knows nothing of it.

Several processes, each with a database of its own. One that fails is printed, shortened, and kept in a file.
"""

import multiprocessing
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from drills.shops import open_shop
from loyalty.db import Database
from tests.loyalty.points.stateful.machine import Histories

SEQUENCES = {"sqlite": 9_000, "postgresql": 1_000}
PART, STEPS = 20, 25  # histories of one seed, steps of one history
KEPT = Path(tempfile.gettempdir()) / "kq-histories"
_database: Database  # of a process of the pool


class Part(NamedTuple):
    """Some histories of one seed: how many ran, and what went wrong."""

    seed: int
    ran: int
    fault: str


def run(url: str, rng: random.Random, limit: str = "") -> Iterator[str]:
    """`limit`: how many histories (`500`), or for how long (`60s`)."""
    engine = "sqlite" if url.startswith("sqlite") else "postgresql"
    ends = time.monotonic() + int(limit[:-1]) if limit.endswith("s") else None
    wanted = int(limit) if limit and ends is None else SEQUENCES[engine] if ends is None else sys.maxsize
    start = multiprocessing.get_context("spawn")
    began, done = time.monotonic(), 0
    seeds = (rng.randrange(10**9) for _ in iter(int, 1))
    with start.Pool(os.cpu_count(), initializer=_open, initargs=(url,)) as pool:
        while done < wanted and (ends is None or time.monotonic() < ends):
            parts = min((os.cpu_count() or 1) * 4, -(-(wanted - done) // PART))
            jobs = [(next(seeds), min(PART, wanted - done - number * PART)) for number in range(parts)]
            for part in pool.imap_unordered(_run, jobs):
                done += part.ran
                assert not part.fault, _keep(engine, part)
            yield f"{done} histories in {time.monotonic() - began:.0f} s"


def _keep(engine: str, part: Part) -> str:
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{engine}-{part.seed}.txt"
    path.write_text(part.fault, encoding="utf-8")
    return f"seed {part.seed}, kept in {path}\n{part.fault}"


def _open(url: str) -> None:
    """A database of this process's own, beside the drill's."""
    global _database  # one for each process of the pool
    _database = open_shop(_own(sa.make_url(url)).render_as_string(hide_password=False))


def _own(url: sa.URL) -> sa.URL:
    name = f"histories_{os.getpid()}"
    if url.get_backend_name() == "sqlite":
        return url.set(database=str(Path(url.database or "").with_name(f"{name}.db")))
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    return url.set(database=name)


def _run(job: tuple[int, int]) -> Part:
    number, count = job
    ran = 0

    def make() -> Histories:
        nonlocal ran
        ran += 1
        return Histories(_database)

    seed(number)(make)
    chosen = settings(
        max_examples=count,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(make, settings=chosen)  # type: ignore[arg-type]  # any maker will do
    except Exception as error:
        return Part(number, ran, "".join(traceback.format_exception(error)))
    return Part(number, ran, "")
