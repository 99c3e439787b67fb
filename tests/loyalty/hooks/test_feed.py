"""The timeline is told whole and in one order, however its writers commit."""

import multiprocessing
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from loyalty.activity.models import Activity
from loyalty.db import Database
from loyalty.hooks import feed
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_hooks import happen

WRITERS, ROWS = 6, 60


def read_all(database: Database, position: int) -> tuple[list[int], int]:
    """What a receiver at that position would be told now."""
    found = feed.mark(database)
    while not feed.is_final(database, found):
        time.sleep(0.002)
    with database.read_only() as session:
        told = [event.position for event in feed.after(session, position, found.position, limit=10_000)]
    return [each for each in told if each is not None], found.position


def test_rows_are_told_in_the_order_of_their_numbers_with_ids_only(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session, name="Lan", phone="+84912345678", joined=False)
        happen(session, customer, "purchase", entry=7, total=250_000, points=25)
    with database.read_only() as session:
        created, bought = feed.after(session, 0, feed.newest(session), limit=10)
    assert (created.name, created.data) == ("customer.created", {"customer": customer.public_id, "source": "staff"})
    assert bought.data == {"customer": customer.public_id, "entry": "7", "total": 250_000, "points": 25}
    assert b"Lan" not in created.body + bought.body
    assert b"912345678" not in created.body + bought.body


def test_a_row_of_a_transaction_under_way_holds_the_end_back(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("one transaction writes at a time")
    with database.transaction() as session:
        slow, quick = make_customer(session), make_customer(session)
    with database.transaction() as first:
        happen(first, slow, "note")  # has its number, is not committed
        with database.transaction() as second:
            happen(second, quick, "note")
        found = feed.mark(database)
        assert not feed.is_final(database, found)
    assert feed.is_final(database, found)
    with database.read_only() as session:
        told = feed.after(session, 0, found.position, limit=100)
    assert [event.data["customer"] for event in told[-2:]] == [slow.public_id, quick.public_id]


def test_a_number_is_drawn_after_its_transaction_has_one(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("one transaction writes at a time")
    with database.engine.connect() as connection:
        query = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'activity'::regclass"
        default = str(connection.scalar(sa.text(query)))
    assert default.index("pg_current_xact_id()") < default.index("nextval(")


def test_what_was_rolled_back_holds_nothing_up(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        happen(session, customer, "note")
        raise ZeroDivisionError
    found = feed.mark(database)
    assert feed.is_final(database, found)
    told, _ = read_all(database, 0)
    assert len(told) == 2  # created, joined


def _write(settings: Settings, number: int) -> None:
    """One process: commits of one or two rows, some of them rolled back."""
    from loyalty.installation import opening

    database = opening.open_database(settings)
    with database.transaction() as session:
        customer = make_customer(session)
    for row in range(ROWS):
        with database.transaction() as session:
            happen(session, customer, "note", *(["note"] if row % 3 else []))
            if not database.is_sqlite and row % 5 == number % 5:
                time.sleep(0.003)  # others commit meanwhile
            if row % 7 == 3:
                session.rollback()
    database.close()


def test_many_processes_write_and_every_row_is_told_once_in_order(database: Database, settings: Settings) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(settings, number)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    told: list[int] = []
    position = looks = 0
    while any(writer.is_alive() for writer in writers):
        more, position = read_all(database, position)
        told, looks = told + more, looks + bool(more)
    more, position = read_all(database, position)
    told += more
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    with database.read_only() as session:
        assert told == list(session.scalars(sa.select(Activity.id).order_by(Activity.id)))
    assert looks > 3  # it was read while they wrote


def test_threads_that_commit_out_of_order_lose_nothing(database: Database) -> None:
    with database.transaction() as session:
        people = [make_customer(session) for _ in range(8)]

    def write(number: int) -> None:
        for row in range(40):
            with database.transaction() as session:
                happen(session, people[number], "note")
                time.sleep(0.001 * ((number * 7 + row) % 4))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(people))]
    for thread in threads:
        thread.start()
    told, position = read_all(database, 0)
    while any(thread.is_alive() for thread in threads):
        more, position = read_all(database, position)
        told += more
    told += read_all(database, position)[0]
    with database.read_only() as session:
        assert told == list(session.scalars(sa.select(Activity.id).order_by(Activity.id)))


def test_a_time_leads_to_the_first_row_written_since(database: Database) -> None:
    minute = timedelta(minutes=1)
    with database.transaction() as session:
        customer = make_customer(session)
        for number in range(300):
            at = NOON - 400 * minute if number % 9 == 4 else NOON + number * minute  # some were dated back
            happen(session, customer, "note", at=at, number=number)
    with database.read_only() as session:
        for number in (0, 1, 57, 63, 64, 65, 200, 299):
            position = feed.before_time(session, NOON + number * minute)
            first = feed.after(session, position, 10_000, limit=1)[0]
            expected = 0 if number == 0 else next(n for n in range(number, 300) if n % 9 != 4)
            assert first.data.get("number", 0) == expected, number
        assert feed.before_time(session, NOON + 900 * minute) == feed.newest(session)
        assert feed.before_time(session, NOON - 900 * minute) == 0


def test_rows_whose_numbers_come_back_are_told(database: Database) -> None:
    from loyalty.hooks.models import Webhook
    from tests.builders_hooks import make_webhook

    with database.transaction() as session:
        customer = make_customer(session)
        happen(session, customer, *["note"] * 5)
        webhook = make_webhook(session)
        session.execute(sa.delete(Activity).where(Activity.kind == "note"))
    with database.transaction() as session:
        happen(session, customer, "message_in", "message_out")
        position = session.get_one(Webhook, webhook.id).position
        told = feed.after(session, position, feed.newest(session), limit=10)
    assert [event.name for event in told] == ["message.received", "message.sent"]
