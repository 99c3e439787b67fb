"""One PostgreSQL database for many tests: emptied after each, made anew only when a test changed the schema."""

import itertools
import os
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

SHAPE = """
SELECT (SELECT string_agg(relname::text, ',' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
       (SELECT string_agg(tgname::text || tgenabled::text, ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal),
       (SELECT string_agg(nspname::text, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_'),
       (SELECT string_agg(version_num, ',') FROM alembic_version)
"""
EMPTY = """
DO $$
DECLARE found record; has_rows boolean;
BEGIN
  SET LOCAL session_replication_role = replica;  -- the guards guard real books, not a test's
  FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
               AND relname <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', found.relname) INTO has_rows;
    IF has_rows THEN EXECUTE format('DELETE FROM %I', found.relname); END IF;
  END LOOP;
  FOR found IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', found.sequencename);
  END LOOP;
END $$
"""
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class ReusedDatabase:
    """`url` names a migrated database without people; `clean` makes it so again."""

    def __init__(self, server: sa.URL, migrate: Callable[[str], None]) -> None:
        self._server = server
        self._migrate = migrate
        self._numbers = itertools.count(1)
        self._make()

    def clean(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(sa.text(OTHERS))
            if self._shape_of(connection) == self._shape:
                connection.execute(sa.text(EMPTY))
                self._refill(connection)
                connection.commit()
                return
        self._drop()
        self._make()

    def _make(self) -> None:
        self._name = f"kq_{os.getpid()}_{next(self._numbers)}"
        self._administer(f'CREATE DATABASE "{self._name}"')
        address = self._server.set(database=self._name)
        self.url = address.render_as_string(hide_password=False)
        self._migrate(self.url)
        self._engine = sa.create_engine(address, poolclass=sa.NullPool)
        with self._engine.connect() as connection:
            self._shape = self._shape_of(connection)
            assert self._shape is not None
            self._pristine = self._rows(connection)

    def _drop(self) -> None:
        self._engine.dispose()
        self._administer(f'DROP DATABASE "{self._name}" WITH (FORCE)')

    def _shape_of(self, connection: sa.Connection) -> Any:
        try:
            return tuple(connection.execute(sa.text(SHAPE)).one())
        except sa.exc.DBAPIError:  # a test took alembic's table away
            connection.rollback()
            return None

    def _rows(self, connection: sa.Connection) -> dict[sa.Table, list[dict[str, Any]]]:
        """What a fresh database is born with: keys, one store, the demo programme."""
        tables = sa.MetaData()
        tables.reflect(connection)
        found = {table: connection.execute(sa.select(table)).mappings().all() for table in tables.sorted_tables}
        return {
            table: [dict(row) for row in rows]
            for table, rows in found.items()
            if rows and table.name != "alembic_version"
        }

    def _refill(self, connection: sa.Connection) -> None:
        for table, rows in self._pristine.items():
            connection.execute(sa.insert(table), rows)
            key = next(iter(table.primary_key.columns)).name
            asked = {"table": table.name, "key": key}
            sequence = connection.scalar(sa.text("SELECT pg_get_serial_sequence(:table, :key)"), asked)
            if sequence:
                used = {"sequence": sequence, "top": max(row[key] for row in rows)}
                connection.execute(sa.text("SELECT setval(:sequence, :top)"), used)

    def _administer(self, statement: str) -> None:
        engine = sa.create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
