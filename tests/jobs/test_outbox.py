"""What leaves, leaves in order and once; what cannot, ends with its reason."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bots.channel import SLOWED, Action, Outbound, SendError
from jobs import outbox as pump
from jobs import settling
from jobs.registry import Context
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount
from loyalty.db import Database
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from tests.builders import NOON, Clock
from tests.fakes import FakeChannel

SECOND = timedelta(seconds=1)
Put = Callable[..., None]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def context(database: Database, settings: Settings, channel: FakeChannel, clock: Clock) -> Context:
    return Context(database, settings, {"zalo": channel}, clock)


@pytest.fixture
def put(database: Database) -> Put:
    """Queue one message to a chat of staff (no customer)."""
    with database.transaction() as session:
        account_id = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON).id

    def enqueue(text: str, *, user: str = "thu", lane: Lane = Lane.REPLY, key: str = "", now: datetime = NOON) -> None:
        with database.transaction() as session:
            outbox.enqueue(
                session,
                dedupe_key=key or text,
                lane=lane,
                channel_account_id=account_id,
                user_id=user,
                customer_id=None,
                text=text,
                now=now,
            )

    return enqueue


def row(database: Database, key: str) -> OutboundMessage:
    with database.read_only() as session:
        return session.scalars(sa.select(OutboundMessage).filter_by(dedupe_key=key)).one()


def drain(context: Context) -> None:
    while pump.send_outbox(context):
        pass


def test_messages_to_one_person_leave_in_the_order_written(context: Context, channel: FakeChannel, put: Put) -> None:
    for number in range(10):
        put(f"line {number}")
        put(f"other {number}", user="mai")
    drain(context)
    assert [m.text for m in channel.sent if m.user == "thu"] == [f"line {n}" for n in range(10)]


def test_the_same_key_is_sent_once(context: Context, channel: FakeChannel, put: Put) -> None:
    put("hello", key="k")
    put("hello again", key="k")
    drain(context)
    put("hello once more", key="k")
    drain(context)
    assert [m.text for m in channel.sent] == ["hello"]


def test_replies_go_before_notices(context: Context, channel: FakeChannel, put: Put) -> None:
    put("notice", user="a", lane=Lane.NOTICE)
    put("reply", user="b")
    with context.transaction() as session:
        first, second = outbox.claim(session, limit=10, now=NOON)
    assert (first.lane, second.lane) == (Lane.REPLY, Lane.NOTICE)


def test_what_was_sent_keeps_no_text(context: Context, database: Database, put: Put) -> None:
    put("secret words")
    drain(context)
    sent = row(database, "secret words")
    assert (sent.state, sent.body, sent.provider_id) == ("sent", None, "provider-1")


def test_a_passing_failure_is_tried_again_later(
    context: Context, database: Database, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    channel.failures = [SendError(Action.RETRY, "-32", retry_after=60 * SECOND)]
    put("a")
    put("b")
    drain(context)
    assert channel.sent == []  # b waits for a: the order is kept
    clock.now += 60 * SECOND
    drain(context)
    assert [m.text for m in channel.sent] == ["a", "b"]


def test_after_five_tries_a_message_has_failed(
    context: Context, database: Database, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    channel.failures = [SendError(Action.RETRY, "-32") for _ in range(5)]
    put("a")
    for _ in range(5):
        drain(context)
        clock.now += 60 * SECOND
    failed = row(database, "a")
    assert (failed.state, failed.reason, failed.error) == ("failed", "retries", "-32")


def test_a_refused_token_is_renewed_and_the_message_goes(context: Context, channel: FakeChannel, put: Put) -> None:
    channel.failures = [SendError(Action.REFRESH, "-216")]
    put("a")
    drain(context)
    assert (channel.renewed, [m.text for m in channel.sent]) == (1, ["a"])


def test_a_broken_channel_stops_and_nothing_is_lost(
    context: Context, database: Database, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    channel.failures = [SendError(Action.STOP, "190")]
    put("a")
    put("b", user="mai")
    drain(context)
    clock.now += 60 * SECOND
    drain(context)
    assert "a" not in [m.text for m in channel.sent]
    with database.transaction() as session:
        account = session.scalars(sa.select(ChannelAccount)).one()
        assert account.stopped_reason == "190"
        accounts.resume(session, account.id)
    drain(context)
    assert sorted(m.text for m in channel.sent) == ["a", "b"]


@pytest.mark.parametrize(
    ("action", "state", "reason"),
    [
        (Action.WINDOW, "skipped", "window"),
        (Action.PERSON, "failed", "person"),
        (Action.CONTENT, "failed", "content"),
    ],
)
def test_a_final_refusal_says_why(
    context: Context, database: Database, channel: FakeChannel, put: Put, action: Action, state: str, reason: str
) -> None:
    channel.failures = [SendError(action, "-1")]
    put("a")
    drain(context)
    ended = row(database, "a")
    assert (ended.state, ended.reason) == (state, reason)


def test_a_notice_of_unknown_fate_goes_once_more_and_then_waits_for_a_person(
    context: Context, database: Database, channel: FakeChannel, put: Put
) -> None:
    channel.failures = [SendError(Action.UNKNOWN, "timeout"), SendError(Action.UNKNOWN, "timeout")]
    put("a", lane=Lane.NOTICE)
    drain(context)
    assert row(database, "a").state == "unknown"
    with database.transaction() as session:
        outbox.settle_by_hand(session, row(database, "a").public_id, "resend", now=NOON)
    drain(context)
    assert [m.text for m in channel.sent] == ["a"]


def test_a_claim_that_ran_out_before_begin_falls_due_again(
    context: Context, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    put("a")
    with context.transaction() as session:
        assert len(outbox.claim(session, limit=1, now=NOON)) == 1
    drain(context)
    assert channel.sent == []
    clock.now += outbox.CLAIM_LEASE
    drain(context)
    assert [m.text for m in channel.sent] == ["a"]


@pytest.mark.parametrize(("lane", "sends"), [(Lane.REPLY, 4), (Lane.NOTICE, 2), (Lane.PROMOTION, 1)])
def test_what_may_have_arrived_goes_so_often_and_then_a_person_is_asked(
    context: Context, database: Database, clock: Clock, put: Put, lane: Lane, sends: int
) -> None:
    put("a", lane=lane)
    for state in ["waiting"] * (sends - 1) + ["unknown"]:
        with context.transaction() as session:
            [claimed] = outbox.claim(session, limit=1, now=clock.now)
            message = outbox.begin(session, claimed, now=NOON)
            assert message is not None
            outbox.commit_to(message, now=clock.now)
        clock.now += outbox.SEND_LEASE
        with context.transaction() as session:
            assert outbox.recover(session, now=clock.now) == 1
        assert row(database, "a").state == state
        clock.now = max(clock.now, row(database, "a").due_at)


def test_an_answer_that_timed_out_twice_is_tried_again_later(
    context: Context, database: Database, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    channel.failures = [SendError(Action.UNKNOWN, "timeout"), SendError(Action.UNKNOWN, "timeout")]
    put("a")
    drain(context)
    assert (row(database, "a").state, row(database, "a").due_at) == ("waiting", clock.now + 4 * SECOND)
    clock.now += 4 * SECOND
    drain(context)
    assert [message.text for message in channel.sent] == ["a"]


def test_a_worker_that_slept_through_its_lease_settles_no_later_attempt(
    context: Context, database: Database, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    put("a")
    slept: list[str] = []

    def sleep(_message: Outbound) -> None:
        if slept:
            return
        slept.append("")
        with context.transaction() as session:  # another worker finds it dead, has to wait, and begins anew
            outbox.put_in_doubt(session.scalars(sa.select(OutboundMessage)).one(), now=clock.now, error="process died")
        with context.transaction() as session:
            outbox.hold(session.scalars(sa.select(OutboundMessage)).one(), clock.now)
        with context.transaction() as session:
            [other] = outbox.claim(session, limit=1, now=clock.now)
            message = outbox.begin(session, other, now=clock.now)
            assert message is not None
            outbox.commit_to(message, now=clock.now)

    channel.on_send = sleep
    drain(context)
    assert row(database, "a").state == "sending"  # whose call is under way will say what became of it


def test_a_slow_call_keeps_its_lease(
    context: Context, database: Database, channel: FakeChannel, clock: Clock, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump, "RENEW_EVERY", 0.05)
    answered = threading.Event()

    def answer_late(_message: Outbound) -> None:
        clock.now += outbox.SEND_LEASE - SECOND
        answered.wait(0.5)  # ten renewals long
        clock.now += 2 * SECOND
        with context.transaction() as session:
            assert outbox.recover(session, now=clock.now) == 0

    channel.on_send = answer_late
    put("a", lane=Lane.NOTICE)
    drain(context)
    assert (row(database, "a").state, len(channel.sent)) == ("sent", 1)


def test_a_worker_that_comes_too_late_cannot_begin(context: Context, clock: Clock, put: Put) -> None:
    put("a")
    with context.transaction() as session:
        [late] = outbox.claim(session, limit=1, now=NOON)
    with context.transaction() as session:
        [owner] = outbox.claim(session, limit=1, now=NOON + outbox.CLAIM_LEASE)
        assert outbox.begin(session, late, now=NOON) is None
        assert outbox.begin(session, owner, now=NOON) is not None


def test_a_refusal_of_templates_leaves_the_account_open_and_tries_again(
    context: Context, channel: FakeChannel, database: Database, put: Put, clock: Clock
) -> None:
    hour = timedelta(hours=1)
    channel.failures = [SendError(Action.STOP, "-115", only_templates=True, retry_after=hour)]
    put("Đơn của bạn", lane=Lane.NOTICE)
    drain(context)
    put("Bạn có 320 điểm", user="mai")
    drain(context)

    assert [message.text for message in channel.sent] == ["Bạn có 320 điểm"]
    waiting = row(database, "Đơn của bạn")
    assert (waiting.state, waiting.due_at, waiting.error) == ("waiting", NOON + hour, "-115")
    with database.read_only() as session:
        assert [(alert.kind, alert.detail) for alert in raising.list_open(session)] == [("templates_refused", "-115")]
    clock.now += hour
    drain(context)
    assert row(database, "Đơn của bạn").state == "sent"


def test_the_owner_hears_once_of_a_code_nobody_knows(
    context: Context, channel: FakeChannel, database: Database, put: Put
) -> None:
    channel.failures = [SendError(Action.CONTENT, "-9999", is_unknown=True) for _ in range(3)]
    for number in range(3):
        put(f"line {number}", user=f"u{number}")
    drain(context)
    assert row(database, "line 0").state == "failed"
    with database.read_only() as session:
        (alert,) = raising.list_open(session)
        assert (alert.kind, alert.detail, alert.times) == ("code_unknown", "-9999", 3)


def test_being_held_back_near_a_limit_spends_no_try(
    database: Database, context: Context, channel: FakeChannel, clock: Clock, put: Put
) -> None:
    put("chào")
    for _ in range(2 * settling.TRIES):
        channel.failures.append(SendError(Action.RETRY, SLOWED, retry_after=60 * SECOND))
        drain(context)
        assert (row(database, "chào").state, row(database, "chào").due_at) == ("waiting", clock.now + 60 * SECOND)
        clock.now += 60 * SECOND
    drain(context)

    assert row(database, "chào").state == "sent"
