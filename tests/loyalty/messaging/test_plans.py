"""Claims find their rows by index on SQLite: a cost that grows with all that ever was would show here."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.db import Database
from loyalty.messaging import inbox, outbox
from tests.builders import NOON


@pytest.fixture
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", listen)
    yield seen
    sa.event.remove(database.engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("look", [inbox.claim, outbox.claim, outbox.recover])
def test_a_look_for_due_rows_uses_the_partial_indexes(
    database: Database, statements: list[tuple[str, Any]], look: Any
) -> None:
    with database.transaction() as session:
        look(session, limit=5, now=NOON)
    asked = [(text, values) for text, values in statements if "outbound_message" in text or "inbound_event" in text]
    assert asked
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        for text, values in asked:
            steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()]
            tables = [step for step in steps if "outbound_message" in step or "inbound_event" in step]
            assert tables and not [step for step in tables if "INDEX" not in step and "PRIMARY KEY" not in step], steps
