"""Demo shops: a whole one, filled once per engine and only looked at; and small ones to play with."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import demo
from loyalty.cli import verify
from loyalty.db import Database
from loyalty.demo import crowd
from loyalty.demo.crowd import Guest
from loyalty.installation import opening
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_backups import quiet
from tests.conftest import ENGINES
from tests.loyalty.cli.conftest import environment, run

__all__ = ["environment", "run"]

Fill = Callable[..., None]
P = ParamSpec("P")
R = TypeVar("R")


@pytest.fixture(scope="session", params=ENGINES)
def whole(
    request: pytest.FixtureRequest, base_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The whole demo shop as filled at NOON. Tests only look at it."""
    var = tmp_path_factory.mktemp("demo")
    settings = replace(base_settings, database_url=_address(request, var), var=var)
    opening.migrate(settings)
    demo.fill(settings, say=quiet, now=NOON)
    database = opening.open_database(settings)
    yield database
    database.close()


@pytest.fixture
def shop(whole: Database) -> Iterator[Session]:
    with whole.read_only() as session:
        yield session


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the people of `people.py` and two further guests come, and nobody comes often."""
    named, further = crowd.guests()[:8], crowd.guests()[-9:-7]
    rare = (guest if guest.habit is None else replace(guest, habit=replace(guest.habit, visits=4)) for guest in named)
    chosen: tuple[Guest, ...] = (*rare, *further)
    monkeypatch.setattr(crowd, "guests", lambda: chosen)


@pytest.fixture
def fill(settings: Settings, few: None) -> Fill:
    """`fill(now=…)`: the small demo shop, in this test's database."""

    def filled(now: datetime = NOON) -> None:
        demo.fill(settings, say=quiet, now=now)

    return filled


class Killed(BaseException):
    """The process is gone."""


def dying(work: Callable[P, R], *, after: int) -> Callable[P, R]:
    """`work`, which does it so many times and is killed then."""
    left = iter(range(after))

    def until_killed(*arguments: P.args, **named: P.kwargs) -> R:
        if next(left, None) is None:
            raise Killed
        return work(*arguments, **named)

    return until_killed


def problems(database: Database) -> list[str]:
    """What `loyalty verify` would say."""
    with database.read_only() as session:
        return [f"{subject}: {line}" for subject, found in verify.subjects() for line in found(session)]


def _address(request: pytest.FixtureRequest, var: Path) -> str:
    """An empty database of the asked engine, nobody else's."""
    if request.param == "sqlite":
        return f"sqlite:///{var / 'loyalty.db'}"
    server: sa.URL = request.getfixturevalue("postgresql")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE kq_demo"))
    return server.set(database="kq_demo").render_as_string(hide_password=False)
