"""The stop button: once it is pressed nothing more is begun, by nobody."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs import beginning
from jobs import outbox as pump
from jobs.registry import Context
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.choices import sending
from loyalty.db import Database
from loyalty.messaging import halt, outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from loyalty.staff import audit
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.fakes import FakeChannel

MINUTE = timedelta(minutes=1)


def put(session: Session, text: str, *, lane: Lane = Lane.REPLY) -> int:
    account = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
    made = outbox.enqueue(
        session,
        dedupe_key=text,
        lane=lane,
        channel_account_id=account.id,
        user_id=text,
        customer_id=None,
        text=text,
        now=NOON,
    )
    assert made is not None
    return made


def states(database: Database) -> dict[str, tuple[str, str | None]]:
    with database.read_only() as session:
        return {row.dedupe_key: (row.state, row.reason) for row in session.scalars(sa.select(OutboundMessage))}


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def context(database: Database, settings: Settings, channel: FakeChannel) -> Context:
    return Context(database, settings, {"zalo": channel}, lambda: NOON)


def press(database: Database) -> None:
    with database.transaction() as session:
        assert halt.stop(session, "Nhầm giá", by=audit.CLI, now=NOON)


def release(database: Database) -> None:
    with database.transaction() as session:
        assert halt.resume(session, by=audit.CLI, now=NOON + 5 * MINUTE) is not None


def test_while_it_is_pressed_nothing_leaves_and_nothing_is_lost(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        put(session, "an answer")
        put(session, "a notice", lane=Lane.NOTICE)
    press(database)
    assert pump.send_outbox(context) == 0 and channel.sent == []
    release(database)
    pump.send_outbox(context)
    assert sorted(message.text for message in channel.sent) == ["a notice", "an answer"]


def test_what_was_claimed_before_is_not_begun_after(database: Database, context: Context) -> None:
    with database.transaction() as session:
        put(session, "an answer")
        [claimed] = outbox.claim(session, limit=5, now=NOON)
    press(database)
    with database.transaction() as session:
        assert outbox.begin(session, claimed, now=NOON) is None
    with database.read_only() as session:
        row = session.scalars(sa.select(OutboundMessage)).one()
        assert (row.state, row.attempts, row.due_at) == ("waiting", 0, NOON)  # no try was spent


def test_once_the_press_is_committed_no_beginning_can_still_commit(database: Database) -> None:
    """A worker that was told «go» holds the button up until its intent is committed."""
    with database.transaction() as session:
        put(session, "an answer")
        [claimed] = outbox.claim(session, limit=5, now=NOON)
    order: list[str] = []

    def press_late() -> None:
        press(database)
        order.append("pressed")

    with database.transaction() as session:
        message = outbox.begin(session, claimed, now=NOON)
        assert message is not None
        outbox.commit_to(message, now=NOON)
        session.flush()
        thread = threading.Thread(target=press_late)
        thread.start()
        time.sleep(0.3)
        order.append("begun")
    thread.join(10)
    assert order == ["begun", "pressed"]


def test_pressing_twice_keeps_the_first_press(database: Database) -> None:
    press(database)
    with database.transaction() as session:
        assert not halt.stop(session, "again", by=audit.CLI, now=NOON + MINUTE)
        assert sending.find_stop(session) == sending.Stop(NOON, "cli", "Nhầm giá")


def test_who_pressed_and_who_resumed_is_written_down_and_told(database: Database) -> None:
    press(database)
    release(database)
    with database.read_only() as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.seq)).all()
        assert [(entry.action, entry.detail) for entry in entries] == [
            ("sending_stopped", {"reason": "Nhầm giá"}),
            ("sending_resumed", {"minutes": 5}),
        ]
        [alert] = raising.list_open(session)
        assert (alert.kind, alert.detail) == ("sending_resumed", "12:00 22/11 – 12:05 22/11")
        assert sending.find_stop(session) is None


def test_resuming_what_is_not_stopped_does_nothing(database: Database) -> None:
    with database.transaction() as session:
        assert halt.resume(session, by=audit.CLI, now=NOON) is None
        assert raising.list_open(session) == []


def test_an_answer_older_than_a_day_is_left_out_and_one_of_a_day_goes(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        put(session, "an answer")
    day_later = Context(database, settings, {"zalo": channel}, lambda: NOON + outbox.STALE)
    pump.send_outbox(day_later)
    with database.transaction() as session:
        put(session, "another")
    later = Context(database, settings, {"zalo": channel}, lambda: NOON + outbox.STALE + MINUTE)
    pump.send_outbox(later)
    assert states(database) == {"an answer": ("sent", None), "another": ("skipped", "stale")}
    assert [message.text for message in channel.sent] == ["an answer"]


def test_a_message_a_person_has_sent_again_is_never_too_old(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        put(session, "an answer")
        row = session.scalars(sa.select(OutboundMessage)).one()
        row.state = "unknown"
        outbox.settle_by_hand(session, row.public_id, "resend", now=NOON + 3 * outbox.STALE)
    pump.send_outbox(Context(database, settings, {"zalo": channel}, lambda: NOON + 3 * outbox.STALE))
    assert [message.text for message in channel.sent] == ["an answer"]


def test_what_waits_is_counted_by_lane_and_never_beyond_its_bound(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halt, "MOST_COUNTED", 3)
    with database.transaction() as session:
        for number in range(6):
            put(session, f"answer {number}")
        put(session, "offer", lane=Lane.PROMOTION)
        found = halt.count_waiting(session, now=NOON)
        assert found == halt.Waiting(replies=4, notices=0, promotions=1, stale=0)
        assert halt.count_waiting(session, now=NOON + outbox.STALE + MINUTE).stale == 4


def test_a_channel_stopped_since_the_claim_begins_nothing(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        put(session, "an answer")
        batch = outbox.claim(session, limit=5, now=NOON)
        accounts.stop(session, 1, accounts.BY_HAND, now=NOON)
    with database.transaction() as session:
        assert beginning.begin(session, context, batch) == []
    assert states(database) == {"an answer": ("waiting", None)}


def test_a_channel_switched_off_by_hand_stays_off_whatever_is_refused_meanwhile(session: Session) -> None:
    account = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
    accounts.stop(session, account.id, accounts.BY_HAND, now=NOON)
    accounts.stop(session, account.id, "-216", now=NOON)
    assert account.stopped_reason == accounts.BY_HAND
