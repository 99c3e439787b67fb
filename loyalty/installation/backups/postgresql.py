"""Replacing a PostgreSQL database: in one transaction, the old tables moved to a schema of their own."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from loyalty.db import Database
from loyalty.installation import schema
from loyalty.installation.backups.envelope import BadBackup
from loyalty.installation.backups.plan import Plan

COMPANY = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
GUARDS = sa.text(
    "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE NOT t.tgisinternal AND n.nspname = current_schema()"
)


def replace(url: sa.URL, plan: Plan) -> str | None:
    """Fill the database with what is planned; returns where the old tables are now, None when there were none.

    Until the commit at its end nothing has happened. Raises BadBackup (in_use, no_right).
    """
    database = Database(url.render_as_string(hide_password=False))
    try:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": schema.LOCK})
            _refuse_company(connection)
            survivors = plan.look(connection)
            present = set(plan.tables).intersection(sa.inspect(connection).get_table_names())
            kept = _move_aside(connection, sorted(present), plan.mark.replace("-", "_")) if present else None
            plan.fill(connection, survivors)
        with database.autocommit.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
    finally:
        database.close()
    return kept


def _refuse_company(connection: sa.Connection) -> None:
    others = connection.scalar(COMPANY)
    if others:
        raise BadBackup("in_use")


def _move_aside(connection: sa.Connection, names: Iterable[str], mark: str) -> str:
    """Our tables, with their rows, into a schema of their own: nothing is lost before the owner drops it."""
    aside = f"before_restore_{mark}"
    quote = connection.dialect.identifier_preparer.quote
    guards = connection.scalars(GUARDS).all()
    try:
        connection.exec_driver_sql(f"CREATE SCHEMA {aside}")
    except ProgrammingError as error:
        raise BadBackup("no_right", reason=error.orig, database=connection.engine.url.database) from None
    for name in names:
        connection.exec_driver_sql(f"ALTER TABLE {quote(name)} SET SCHEMA {aside}")
    for name in guards:
        connection.exec_driver_sql(f"ALTER FUNCTION {quote(name)}() SET SCHEMA {aside}")
    return f"schema {aside}"
