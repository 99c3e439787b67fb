"""One pair for many processes: refreshed once, stored before use, and never lost in silence."""

import multiprocessing
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Action, SendError
from bots.zalo.tokens import BUSY_WAIT, REFUSED_WAIT, TokenKeeper
from loyalty.alerts.models import Alert
from loyalty.channels import tokens
from loyalty.channels.models import ChannelToken
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.settings import Settings
from tests.builders import NOON
from tests.fakes_http import Answer, RecordingServer

WINDOW = timedelta(hours=48)
NEW = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": "90000"}


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer(Answer(NEW)) as started:
        yield started


@pytest.fixture
def shop(settings: Settings, server: RecordingServer) -> Settings:
    return replace(
        settings,
        zalo_app_id="app",
        zalo_app_secret="secret",
        zalo_oa_id="oa1",
        zalo_access_token="access-1",
        zalo_refresh_token="refresh-1",
        zalo_oauth_url=server.url,
    )


def keeper(database: Database, shop: Settings, now: datetime = NOON, owner: str = "one") -> TokenKeeper:
    return TokenKeeper(database, shop, lambda: now, owner=owner, window=WINDOW)


def test_the_first_pair_is_used_and_never_refreshed_at_start(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    first = keeper(database, shop)
    assert first.current() == "access-1"
    first.upkeep()
    assert server.requests == []


def test_a_second_thread_waits_for_the_first_pair_instead_of_finding_none(
    database: Database, shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, used, find = keeper(database, shop), [], tokens.find

    def interrupted(session: Session, account_id: int) -> object:
        if not others:
            others.append(threading.Thread(target=lambda: used.append(one.current())))
            others[0].start()
            others[0].join(0.5)
        return find(session, account_id)

    others: list[threading.Thread] = []
    monkeypatch.setattr(tokens, "find", interrupted)
    used.append(one.current())
    others[0].join(10)
    assert used == ["access-1", "access-1"]


def test_a_pair_is_refreshed_twenty_hours_after_it_was_first_seen(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    keeper(database, shop).current()
    keeper(database, shop, NOON + timedelta(hours=19, minutes=59)).upkeep()
    assert server.requests == []
    late = keeper(database, shop, NOON + timedelta(hours=20))
    late.upkeep()
    assert late.current() == "access-2"
    assert [request.form["refresh_token"] for request in server.requests] == ["refresh-1"]


def test_a_refused_token_is_replaced_and_the_new_pair_is_stored_first(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    mine = keeper(database, shop)
    mine.current()
    mine.renew()
    assert mine.current() == "access-2"
    assert keeper(database, shop).current() == "access-2"


def test_the_same_pair_in_the_settings_does_not_undo_a_refresh_but_another_one_is_a_new_grant(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    mine = keeper(database, shop)
    mine.current()
    mine.renew()
    assert keeper(database, shop).current() == "access-2"
    granted = replace(shop, zalo_access_token="access-9", zalo_refresh_token="refresh-9")
    assert keeper(database, granted).current() == "access-9"


def test_eight_threads_meeting_one_expired_token_refresh_it_once(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    server.default = lambda _request: Answer(NEW, delay=0.3)
    found: list[str] = []

    def work(number: int) -> None:
        mine = keeper(database, shop, owner=str(number))
        mine.current()
        barrier.wait()
        mine.renew()
        found.append(mine.current())

    barrier = threading.Barrier(8, timeout=20)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["access-2"] * 8
    assert len(server.requests) == 1


def test_two_processes_meeting_one_expired_token_refresh_it_once(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    keeper(database, shop).current()
    server.default = lambda _request: Answer(NEW, delay=0.3)
    start = multiprocessing.get_context("spawn")
    answers, both_hold_it = start.Queue(), start.Barrier(2, timeout=60)
    processes = [start.Process(target=_renew_elsewhere, args=(shop, both_hold_it, answers)) for _ in range(2)]
    for process in processes:
        process.start()
    found = [answers.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert found == ["access-2", "access-2"]
    assert len(server.requests) == 1


def _renew_elsewhere(shop: Settings, both_hold_it: Barrier, answers: "multiprocessing.Queue[str]") -> None:
    database = opening.open_database(shop)
    mine = keeper(database, shop)
    mine.current()
    both_hold_it.wait()
    mine.renew()
    answers.put(mine.current())
    database.close()


def test_a_lost_answer_is_asked_once_more_with_the_same_token(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    server.answers.append(Answer(NEW, cut=True))
    mine = keeper(database, shop)
    mine.current()
    mine.renew()
    assert mine.current() == "access-2"
    assert [request.form["refresh_token"] for request in server.requests] == ["refresh-1", "refresh-1"]


def test_a_spent_refresh_token_stops_the_channel_and_the_owner_is_told(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    server.answers.append(Answer(NEW, cut=True))
    server.answers.append(Answer({"error": -14020, "error_name": "Invalid refresh token"}))
    mine = keeper(database, shop)
    mine.current()
    with pytest.raises(SendError) as refusal:
        mine.renew()
    assert refusal.value.action is Action.STOP
    with database.read_only() as session:
        assert session.scalars(sa.select(Alert.kind)).all() == ["token_lost"]
        assert session.scalars(sa.select(ChannelToken.state)).all() == ["needs_consent"]


def test_a_crash_between_answer_and_commit_ends_in_a_word_to_the_owner(
    database: Database, shop: Settings, server: RecordingServer
) -> None:
    """The dead process took the lease and spent the token; whoever comes next learns that it is spent."""
    mine = keeper(database, shop)
    mine.current()
    with database.transaction() as session:
        account_id = session.scalars(sa.select(ChannelToken.channel_account_id)).one()
        assert tokens.lease(session, account_id, "access-1", "dead", now=NOON) is not None
    server.default = lambda _request: Answer({"error": -14020, "error_name": "Invalid refresh token"})
    later = keeper(database, shop, NOON + tokens.LEASE + timedelta(seconds=1))
    later.current()
    with pytest.raises(SendError):
        later.renew()
    with database.read_only() as session:
        assert session.scalars(sa.select(Alert.kind)).all() == ["token_lost"]


def test_an_error_answer_never_replaces_the_stored_pair(
    database: Database, shop: Settings, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.default = lambda _request: Answer({"error": -32, "message": "busy"})
    mine = keeper(database, shop)
    mine.current()
    with pytest.raises(SendError) as refusal:
        mine.renew()
    assert (refusal.value.action, refusal.value.retry_after) == (
        Action.RETRY,
        REFUSED_WAIT,
    )  # the account's, no message's
    with monkeypatch.context() as impatient, pytest.raises(SendError) as busy:
        impatient.setattr("bots.zalo.tokens.PATIENCE", 0.0)
        mine.renew()
    assert (busy.value.action, busy.value.retry_after) == (Action.RETRY, BUSY_WAIT)
    server.default = lambda _request: Answer(NEW)
    mine.renew()
    assert mine.current() == "access-2"


def test_no_token_is_readable_in_the_database(database: Database, shop: Settings, server: RecordingServer) -> None:
    keeper(database, shop).current()
    with database.read_only() as session:
        row = session.scalars(sa.select(ChannelToken)).one()
        assert b"access-1" not in row.access
        assert "access-1" not in row.first_pair
