"""Triggers that keep a table append-only, on both engines. Batch mode on SQLite drops them: make them again after it.

Rows of demo people may be deleted (`loyalty seed --remove`), and only a demo installation can make demo people:
`customer.demo` itself never changes.
"""

from alembic import op

PLAIN = ("audit_entry",)  # of nobody: no row of it ever goes
FIRST = ("ledger_entry", "consent_event", "audit_entry")
LATER = ("lot_spend", "rule_award", "tier_history", "segment_change")  # each since a version of its own
TABLES = FIRST + LATER
REAL = "COALESCE((SELECT demo FROM customer WHERE id = OLD.customer_id), {no}) = {no}"


def create() -> None:
    """Make the guards of the first version; what is there already is replaced."""
    drop()
    for table in FIRST:
        add(table)
    _fix_demo()


def drop() -> None:
    for table in FIRST:
        remove(table)
    _drop("customer", "demo")


def add(table: str) -> None:
    """Guard one table; its guards that are there already are replaced."""
    remove(table)
    _guard(table, "update", "")
    _guard(table, "delete", "" if table in PLAIN else REAL)


def remove(table: str) -> None:
    for event in ("update", "delete", "truncate"):
        _drop(table, event)


def names() -> set[str]:
    """The triggers that must exist on SQLite."""
    return {f"{table}_no_{event}" for table in TABLES for event in ("update", "delete")} | {"customer_no_demo"}


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _guard(table: str, event: str, condition: str) -> None:
    if _sqlite():
        when = f"WHEN {condition.format(no='0')}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    test = condition.format(no="false") or "true"
    op.execute(
        f"CREATE FUNCTION {table}_no_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {test} THEN RAISE EXCEPTION '{table} is append-only'; END IF; "
        f"RETURN {'OLD' if event == 'delete' else 'NEW'}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_no_{event}()"
    )
    if event == "update":
        op.execute(
            f"CREATE FUNCTION {table}_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_no_truncate()"
        )


def _fix_demo() -> None:
    if _sqlite():
        op.execute(
            "CREATE TRIGGER customer_no_demo BEFORE UPDATE OF demo ON customer WHEN OLD.demo IS NOT NEW.demo "
            "BEGIN SELECT RAISE(ABORT, 'customer.demo never changes'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION customer_no_demo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.demo IS DISTINCT FROM NEW.demo THEN RAISE EXCEPTION 'customer.demo never changes'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER customer_no_demo BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION customer_no_demo()"
    )


def _drop(table: str, event: str) -> None:
    if _sqlite():
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {table}_no_{event}()")
