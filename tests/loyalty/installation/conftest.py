"""A second database to restore into, on the engine a test asks for."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
import sqlalchemy as sa

from loyalty.settings import Settings

_numbers = count(1)


@pytest.fixture
def on_postgresql(settings: Settings, postgresql: sa.URL) -> Iterator[Settings]:
    """The same shop's settings over a PostgreSQL database nobody has used."""
    name = f"kq_empty_{os.getpid()}_{next(_numbers)}"
    server = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield replace(settings, database_url=postgresql.set(database=name).render_as_string(hide_password=False))
    with server.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
