"""The schema goes up and down on both engines, matches the models, and keeps its guards at every step."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.installation import schema
from migrations import guards, models


def test_the_newest_schema_matches_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []


def test_every_version_goes_down_and_up_again(database: Database) -> None:
    schema.downgrade(database, "base")
    with database.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    schema.upgrade(database)
    assert schema.current(database) == schema.newest()
    assert _triggers(database) >= guards.names()


@pytest.mark.parametrize("table", guards.TABLES)
def test_guarded_tables_have_their_triggers(database: Database, table: str) -> None:
    assert {f"{table}_no_update", f"{table}_no_delete"} <= _triggers(database)


def test_an_audit_entry_is_neither_changed_nor_deleted(database: Database) -> None:
    with database.transaction() as session:
        _insert_audit(session)
    for statement in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(sa.text(statement))


def _insert_audit(session: Session) -> None:
    row = {"actor": "cli", "seq": 1, "action": "a", "subject": "s", "source": "cli", "detail": {}, "chain": b""}
    table = models.metadata.tables["audit_entry"]
    session.execute(table.insert().values(**row, at=sa.func.current_timestamp()))


def _triggers(database: Database) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.engine.connect() as connection:
        return set(connection.scalars(sa.text(query)))
