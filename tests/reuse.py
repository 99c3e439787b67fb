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
  FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'pristine'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('INSERT INTO %1$I SELECT * FROM pristine.%1$I', found.relname);
  END LOOP;
  FOR found IN SELECT sequencename, last_value FROM pristine_sequence.kept LOOP
    PERFORM setval(quote_ident(found.sequencename), found.last_value);
  END LOOP;
END $$
"""
PRISTINE = """
DO $$
DECLARE found record; has_rows boolean;
BEGIN
  CREATE SCHEMA pristine;
  FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
               AND relname <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', found.relname) INTO has_rows;
    IF has_rows THEN EXECUTE format('CREATE TABLE pristine.%1$I AS SELECT * FROM %1$I', found.relname); END IF;
  END LOOP;
  CREATE SCHEMA pristine_sequence;
  CREATE TABLE pristine_sequence.kept AS SELECT sequencename::text, last_value FROM pg_sequences
  WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""  # what a fresh database is born with: keys, one store, the demo programme
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
AND NOT (state = 'idle' AND pid = ANY(:kept))
"""


class ReusedDatabase:
    """`url` names a migrated database without people; `clean` makes it so again."""

    def __init__(self, server: sa.URL, migrate: Callable[[str], None]) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._template = f"kq_{os.getpid()}_pristine"
        self._administer(f'CREATE DATABASE "{self._template}"')
        migrate(self._address(self._template).render_as_string(hide_password=False))
        self._administer(PRISTINE, self._template)
        self._make()

    def clean(self, kept: list[int]) -> None:
        """Over one connection for all tests: a new one reads the whole catalogue first, which is most of the work.

        Nobody else stays connected but these idle backends.
        """
        with self._engine.connect() as connection:
            if self._shape_of(connection) == self._shape:
                connection.execute(sa.text(OTHERS), {"kept": kept})
                connection.execute(sa.text(EMPTY))
                return
        self._drop()
        self._make()

    def leave(self) -> None:
        """Hold no connection until the next `clean`: a test is about to ask who else is here."""
        self._engine.dispose()

    def _make(self) -> None:
        self._name = f"kq_{os.getpid()}_{next(self._numbers)}"
        self._administer(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._template}"')
        address = self._address(self._name)
        self.url = address.render_as_string(hide_password=False)
        self._engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)
        with self._engine.connect() as connection:
            self._shape = self._shape_of(connection)

    def _drop(self) -> None:
        self._engine.dispose()
        self._administer(f'DROP DATABASE "{self._name}" WITH (FORCE)')

    def _shape_of(self, connection: sa.Connection) -> Any:
        try:
            return tuple(connection.execute(sa.text(SHAPE)).one())
        except sa.exc.DBAPIError:  # a test took alembic's table away
            return None

    def _address(self, name: str) -> sa.URL:
        return self._server.set(database=name)

    def _administer(self, statement: str, name: str | None = None) -> None:
        """One statement in the server's own database, or in the one of this name."""
        engine = sa.create_engine(
            self._address(name) if name else self._server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
