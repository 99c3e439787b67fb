"""Events are stored once, worked on in their sender's order, and parked rather than lost."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from loyalty.db import Database
from loyalty.errors import NotFound
from loyalty.messaging import inbox
from loyalty.messaging.inbox import Arrival
from loyalty.messaging.intake import Intake
from loyalty.messaging.models import InboundEvent, SeenEvent
from tests.builders import NOON

SECOND = timedelta(seconds=1)
HELLO = Arrival("zalo", "oa1", "e1", "zalo:oa1:lan", "user_send_text", b'{"a": 1}', ignored=False)


def arrive(database: Database, *arrivals: Arrival) -> None:
    Intake(database).store(arrivals, now=NOON)


def claim(database: Database, *, limit: int = 10, now: datetime = NOON) -> list[inbox.Claimed]:
    with database.transaction() as session:
        return inbox.claim(session, limit=limit, now=now)


def states(database: Database) -> dict[str, str]:
    with database.read_only() as session:
        return {row.event_id: row.state for row in inbox.list_newest(session)}


def test_the_same_event_ten_times_is_stored_once(database: Database) -> None:
    for _ in range(10):
        arrive(database, HELLO)
    assert len(claim(database)) == 1


def test_one_delivery_may_hold_an_event_twice(database: Database) -> None:
    arrive(database, HELLO, HELLO)
    assert list(states(database)) == ["e1"]


def test_equal_ids_of_two_accounts_are_two_events(database: Database) -> None:
    arrive(database, HELLO, replace(HELLO, account="oa2", sender="zalo:oa2:lan"))
    assert len(claim(database)) == 2


def test_a_body_is_read_back_as_it_came_and_is_not_readable_at_rest(database: Database) -> None:
    arrive(database, HELLO)
    [event] = claim(database)
    assert event.body is not None and b'{"a"' not in event.body
    with database.read_only() as session:
        assert inbox.read(session, event) == b'{"a": 1}'


def test_only_the_oldest_open_event_of_a_sender_is_claimed(database: Database) -> None:
    arrive(database, HELLO, replace(HELLO, event_id="e2"), replace(HELLO, event_id="e3", sender="zalo:oa1:minh"))
    assert [event.event_id for event in claim(database)] == ["e1", "e3"]
    assert claim(database) == []


def test_settling_lets_the_senders_next_go_on_and_drops_the_body(database: Database) -> None:
    arrive(database, HELLO, replace(HELLO, event_id="e2"))
    [first] = claim(database)
    with database.transaction() as session:
        assert inbox.settle(session, first, "processed", now=NOON)
    assert [event.event_id for event in claim(database)] == ["e2"]
    with database.read_only() as session:
        assert session.scalar(sa.select(InboundEvent.body).filter_by(event_id="e1")) is None


def test_an_expired_lease_is_tried_again_and_the_late_worker_cannot_settle(database: Database) -> None:
    arrive(database, HELLO)
    [late] = claim(database)
    [taken_over] = claim(database, now=NOON + inbox.LEASE)
    assert (late.attempt, taken_over.attempt) == (1, 2)
    with database.transaction() as session:
        assert not inbox.settle(session, late, "processed", now=NOON)
        assert inbox.settle(session, taken_over, "processed", now=NOON)


def test_renewing_keeps_an_event(database: Database) -> None:
    arrive(database, HELLO)
    held = claim(database)
    with database.transaction() as session:
        inbox.renew(session, held, now=NOON + 9 * SECOND)
    assert claim(database, now=NOON + 18 * SECOND) == []


def test_five_failures_park_an_event_and_let_the_next_pass(database: Database) -> None:
    arrive(database, HELLO, replace(HELLO, event_id="e2"))
    now, waited = NOON, timedelta()
    for attempt in range(1, 6):
        [event] = claim(database, now=now)
        assert (event.event_id, event.attempt) == ("e1", attempt)
        with database.transaction() as session:
            parked = inbox.fail(session, event, "ValueError", now=now)
        assert parked is (attempt == 5)
        if not parked:
            wait = inbox.WAITS[attempt - 1]
            assert claim(database, now=now + wait - SECOND) == []
            now, waited = now + wait, waited + wait
    assert waited < timedelta(minutes=1)
    assert states(database)["e1"] == "parked"
    assert [event.event_id for event in claim(database, now=now)] == ["e2"]


def test_an_event_that_kills_the_process_parks_too(database: Database) -> None:
    arrive(database, HELLO)
    now = NOON
    for _ in range(5):
        assert len(claim(database, now=now)) == 1
        now += inbox.LEASE
    assert claim(database, now=now) == []
    assert states(database) == {"e1": "parked"}


def test_a_parked_event_is_replayed_and_only_a_parked_one(database: Database) -> None:
    arrive(database, HELLO)
    with database.transaction() as session:
        [row] = inbox.list_newest(session)
        with pytest.raises(NotFound):
            inbox.replay(session, [row.public_id], now=NOON)
        row.state = "parked"
        session.flush()
        assert inbox.replay(session, [row.public_id], now=NOON) == 1
    assert len(claim(database)) == 1


def test_a_pruned_event_is_still_remembered(database: Database) -> None:
    arrive(database, HELLO)
    with database.transaction() as session:
        inbox.settle(session, inbox.claim(session, limit=1, now=NOON)[0], "processed", now=NOON)
        assert inbox.remember(session, before=NOON + SECOND, limit=10, on=NOON.date()) == 1
        assert inbox.remember(session, before=NOON + SECOND, limit=10, on=NOON.date()) == 0
        assert inbox.forget(session, noted_before=NOON.date(), limit=10) == 0
        assert inbox.forget(session, noted_before=NOON.date() + timedelta(days=1), limit=10) == 1
    arrive(database, HELLO)
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(InboundEvent)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(SeenEvent)) == 1


def test_ignored_events_are_kept_without_a_body_and_never_due(database: Database) -> None:
    arrive(database, replace(HELLO, ignored=True))
    assert claim(database) == []
    assert states(database) == {"e1": "ignored"}


def test_sixteen_threads_storing_one_event_store_it_once(database: Database) -> None:
    intake = Intake(database)
    _in_threads(16, lambda _n: intake.store([HELLO], now=NOON))
    assert len(claim(database)) == 1


def test_workers_racing_for_a_hundred_events_share_them(database: Database) -> None:
    arrive(database, *(replace(HELLO, event_id=f"e{n}", sender=f"s{n % 50}") for n in range(100)))
    taken: list[str] = []

    def work(_n: int) -> None:
        while batch := claim(database, limit=7):
            for event in batch:
                with database.transaction() as session:
                    assert inbox.settle(session, event, "processed", now=NOON)
                taken.append(event.event_id)

    _in_threads(4, work)
    work(0)  # who looked while the last heads were held has gone home
    assert sorted(taken) == sorted({f"e{n}" for n in range(100)})


def _in_threads(count: int, work: Callable[[int], object]) -> None:
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_connection_that_died_meanwhile_loses_no_event(database: Database) -> None:
    intake = Intake(database)
    intake.store([HELLO], now=NOON)
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(sa.text(f"{ended} AND pid <> pg_backend_pid()"))
    intake.store([replace(HELLO, event_id="e2")], now=NOON)
    assert set(states(database)) == {"e1", "e2"}
