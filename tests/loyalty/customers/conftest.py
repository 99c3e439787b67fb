"""Whatever a test does through the domain, the stored rows hold together afterwards."""

from collections.abc import Iterator

import pytest

from loyalty.customers import verify
from loyalty.db import Database


@pytest.fixture(autouse=True)
def _sound(request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs `verify` over the database after every test that had one and did not tamper with it."""
    database: Database | None = request.getfixturevalue("database") if "database" in request.fixturenames else None
    yield
    if database is not None and "tampering" not in request.fixturenames:
        with database.read_only() as session:
            assert list(verify.problems(session)) == []


@pytest.fixture
def tampering() -> None:
    """Named by tests that break the stored rows on purpose."""
