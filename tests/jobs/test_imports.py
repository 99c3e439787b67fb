"""Imports advance in the background, whoever asked for them, and are forgotten when their time is over."""

from datetime import timedelta

from sqlalchemy import func, select

from jobs import imports
from jobs.registry import Context
from loyalty.db import Database
from loyalty.exchange import batches
from loyalty.exchange.models import ImportBatch, ImportChunk, ImportRow, State
from loyalty.settings import Settings
from loyalty.staff import audit
from tests.builders import NOON
from tests.builders_exchange import check, make_csv, receive

FILE = make_csv(("Lan", "0912345678", "", "", 10), ("Minh", "0987654321", "", "", ""))


def context(database: Database, settings: Settings, later: timedelta = timedelta()) -> Context:
    return Context(database, settings, {}, clock=lambda: NOON + later, owner="worker")


def state(database: Database, batch: ImportBatch) -> str:
    with database.read_only() as session:
        return batches.get(session, batch.public_id).state


def test_a_worker_brings_an_import_through_each_phase(database: Database, settings: Settings) -> None:
    here, batch = context(database, settings), receive(database, FILE)

    assert imports.advance_imports(here) == 1
    assert state(database, batch) == State.CHECKED
    assert imports.advance_imports(here) == 0

    with database.transaction() as session:
        batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)
    assert imports.advance_imports(here) == 1
    assert state(database, batch) == State.DONE

    with database.transaction() as session:
        batches.begin_undo(session, batch.public_id, author=audit.CLI, now=NOON)
    imports.advance_imports(here)
    assert state(database, batch) == State.UNDONE


def test_what_another_process_has_is_left_to_it_until_it_falls_silent(database: Database, settings: Settings) -> None:
    batch = receive(database, FILE)
    with database.transaction() as session:
        assert batches.claim(session, batch.id, "another", now=NOON) is not None
    assert imports.advance_imports(context(database, settings)) == 0
    assert imports.advance_imports(context(database, settings, 2 * batches.LEASE)) == 1
    assert state(database, batch) == State.CHECKED


def test_files_are_forgotten_after_a_day_and_cancelled_rows_with_them(database: Database, settings: Settings) -> None:
    batch = check(database, FILE)
    imports.forget_imports(context(database, settings, timedelta(hours=23)), NOON)
    assert state(database, batch) == State.CHECKED
    imports.forget_imports(context(database, settings, timedelta(hours=25)), NOON)
    assert state(database, batch) == State.CANCELLED
    with database.read_only() as session:
        for model in (ImportChunk, ImportRow):
            assert session.scalar(select(func.count()).select_from(model)) == 0
