"""A platform that is down, and one that allows so many calls: nothing is lost, nobody is flooded."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.channel import Action, Outbound, SendError
from jobs import metering
from jobs import outbox as pump
from jobs.registry import Context
from loyalty.alerts.models import Alert
from loyalty.channels import accounts, calls
from loyalty.channels.calls import Limit, Meter
from loyalty.channels.models import ChannelCalls, ChannelOutage
from loyalty.db import Database
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from tests.builders import NOON, Clock
from tests.fakes import FakeChannel

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DOWN = SendError(Action.RETRY, "connect")


class Platform(FakeChannel):
    """Answers nothing while it is down; counts who asks."""

    def __init__(self) -> None:
        super().__init__()
        self.error: SendError | None = None
        self.asked = 0
        self._counting = threading.Lock()

    def send(self, message: Outbound) -> str:
        with self._counting:
            self.asked += 1
            if self.error is not None:
                raise self.error
            return super().send(message)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def context(database: Database, settings: Settings, platform: Platform, clock: Clock) -> Context:
    return Context(database, settings, {"zalo": platform}, clock)


@pytest.fixture
def put(database: Database) -> Callable[[int], None]:
    """Queue so many answers, each to another person."""
    with database.transaction() as session:
        account_id = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON).id

    def enqueue(count: int, *, lane: Lane = Lane.REPLY) -> None:
        with database.transaction() as session:
            for number in range(count):
                outbox.enqueue(
                    session,
                    dedupe_key=f"{lane}:{number}",
                    lane=lane,
                    channel_account_id=account_id,
                    user_id=f"user{number}",
                    customer_id=None,
                    text=f"answer {number}",
                    now=NOON,
                )

    return enqueue


def drain(context: Context) -> None:
    while pump.send_outbox(context):
        pass


def states(database: Database) -> Sequence[tuple[str, str | None]]:
    query = sa.select(OutboundMessage.state, OutboundMessage.reason).order_by(OutboundMessage.id)
    with database.read_only() as session:
        return [(row[0], row[1]) for row in session.execute(query)]


def open_alerts(database: Database) -> Sequence[str]:
    with database.read_only() as session:
        return session.scalars(sa.select(Alert.kind).where(Alert.closed_at.is_(None))).all()


def test_while_a_platform_is_down_one_message_tries_and_all_others_wait(
    context: Context, platform: Platform, clock: Clock, put: Callable[[int], None]
) -> None:
    platform.error = DOWN
    put(100)
    drain(context)
    assert platform.asked == 8  # the first eight were under way at once; then it was known

    for _ in range(20):  # ten minutes
        clock.now += 30 * SECOND
        drain(context)
    assert 8 < platform.asked <= 8 + 20


def test_an_hour_of_silence_loses_nothing_and_the_owner_hears_of_it_once(
    context: Context, database: Database, platform: Platform, clock: Clock, put: Callable[[int], None]
) -> None:
    platform.error = DOWN
    put(50)
    for _ in range(60):
        drain(context)
        clock.now += MINUTE
    assert set(states(database)) == {("waiting", None)} and open_alerts(database) == ["channel_down"]

    platform.error = None
    for _ in range(6):  # tries are five minutes apart by now
        clock.now += MINUTE
        drain(context)

    assert sorted(message.text for message in platform.sent) == sorted(f"answer {number}" for number in range(50))
    assert set(states(database)) == {("sent", None)} and open_alerts(database) == []
    with database.read_only() as session:
        assert session.scalars(sa.select(ChannelOutage)).all() == []


def test_what_has_become_pointless_meanwhile_is_dropped_with_its_reason(
    context: Context, database: Database, platform: Platform, clock: Clock, put: Callable[[int], None]
) -> None:
    platform.error = DOWN
    put(10)
    drain(context)
    clock.now += timedelta(hours=48)
    platform.error = None
    drain(context)
    assert platform.sent == [] and set(states(database)) == {("skipped", "stale")}


def test_what_may_have_arrived_does_not_try_while_anything_else_can(
    context: Context, database: Database, platform: Platform, clock: Clock, put: Callable[[int], None]
) -> None:
    platform.error = SendError(Action.UNKNOWN, "timeout")
    put(20)
    drain(context)
    doubted = states(database).count(("waiting", "once more"))
    assert doubted == platform.asked == 8
    for _ in range(6):
        clock.now += 5 * MINUTE
        drain(context)
    assert ("unknown", "unknown") not in states(database)

    platform.error = None
    for _ in range(3):
        clock.now += 5 * MINUTE
        drain(context)
    assert set(states(database)) == {("sent", None)}


def test_a_refusal_is_an_answer_and_no_outage(
    context: Context, database: Database, platform: Platform, put: Callable[[int], None]
) -> None:
    platform.error = SendError(Action.CONTENT, "-201")
    put(20)
    drain(context)
    assert platform.asked == 20 and set(states(database)) == {("failed", "content")}
    with database.read_only() as session:
        assert session.scalars(sa.select(ChannelOutage)).all() == []


def test_three_failures_in_a_row_change_nothing_for_the_others(
    context: Context, database: Database, platform: Platform, clock: Clock, put: Callable[[int], None]
) -> None:
    platform.failures = [DOWN, DOWN, DOWN]
    put(30)
    drain(context)
    assert len(platform.sent) == 27
    clock.now += MINUTE
    drain(context)
    assert len(platform.sent) == 30 and set(states(database)) == {("sent", None)}


@pytest.mark.parametrize("code", ["connect", "certificate", "timeout", "connection", "broken", "http 503", "http-500"])
def test_what_no_platform_answered_is_an_outage(code: str) -> None:
    assert SendError(Action.UNKNOWN, code).is_outage and not SendError(Action.CONTENT, code).is_outage


@pytest.mark.parametrize("code", ["-32", "http 429", "2", "internal", "613"])
def test_what_a_platform_said_is_none(code: str) -> None:
    assert not SendError(Action.RETRY, code).is_outage


def test_a_window_holds_so_many_calls_and_the_rest_leave_in_the_next(
    context: Context, platform: Platform, clock: Clock, put: Callable[[int], None]
) -> None:
    platform.limit = Limit(20, MINUTE)
    put(50)
    for sent in (20, 40, 50):
        drain(context)
        assert len(platform.sent) == sent
        clock.now += MINUTE


def test_a_share_is_this_processes_once_it_is_committed(context: Context, database: Database) -> None:
    """Else others of its threads would make calls that another process may make again."""
    limit, number = Limit(60, MINUTE), calls.window(Limit(60, MINUTE), NOON)  # shares of three
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", "oa1", window=MINUTE, now=NOON).id
    for is_kept, left in ((False, 0), (True, 2)):
        with suppress(InterruptedError), database.transaction() as session:
            assert metering.granted(context, session, account, 2, limit, now=NOON) == 2
            metering.give_back(context, session, account, 1, limit, now=NOON)
            with session.begin_nested():
                pass
            assert context.meter.spend(account, 3, number) == 0  # by another thread
            if not is_kept:
                raise InterruptedError
        assert context.meter.spend(account, 3, number) == left


def test_two_processes_together_keep_the_limit(
    context: Context, database: Database, platform: Platform, put: Callable[[int], None]
) -> None:
    platform.limit = Limit(40, MINUTE)
    put(200)
    both = [context, replace(context, owner="other", meter=Meter())]
    threads = [threading.Thread(target=drain, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 36 <= len(platform.sent) <= 40  # a share of two may lie unused in the other process
    with database.read_only() as session:
        assert session.scalars(sa.select(ChannelCalls.taken)).one() == 40
