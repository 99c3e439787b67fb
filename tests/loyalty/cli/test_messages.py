"""`loyalty inbox` and `loyalty outbox`: what came, what leaves, and a person's word about both."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from loyalty.choices import sending
from loyalty.db import Database
from loyalty.messaging import inbox, outbox
from loyalty.messaging.inbox import Arrival
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_staff import make_account
from tests.loyalty.cli.conftest import Run, document


def _receive(database: Database, count: int, state: str = "received") -> list[str]:
    """Events that arrived one after another; their ids, oldest first."""
    ids = []
    with database.transaction() as session:
        assert database.keyring is not None
        for number in range(count):
            arrival = Arrival(
                "zalo", "579", f"event-{number}", "zalo:579:84912345678", "user_send_text", b"{}", ignored=False
            )
            row = inbox.row(database.keyring, arrival, NOON + timedelta(minutes=number))
            session.execute(inbox.INSERT, row)
            ids.append(row["public_id"])
        session.execute(update(InboundEvent).values(state=state, attempts=5, error="KeyError"))
    return ids


def _write(database: Database, count: int, state: str = "unknown") -> list[str]:
    """Messages to a stranger; their ids, oldest first."""
    with database.transaction() as session:
        for number in range(count):
            outbox.enqueue(
                session,
                dedupe_key=f"test:{number}",
                lane=Lane.PROMOTION,
                channel_account_id=make_account(session).id,
                user_id="84912345678",
                customer_id=None,
                text="Chào Lan",
                now=NOON,
            )
        session.execute(update(OutboundMessage).values(state=state))
        return list(session.scalars(select(OutboundMessage.public_id).order_by(OutboundMessage.id)))


def _audited(database: Database) -> list[tuple[Any, ...]]:
    with database.read_only() as session:
        query = select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id)
        return [tuple(row) for row in session.execute(query)]


def test_events_are_listed_newest_first_up_to_the_limit(run: Run, database: Database) -> None:
    ids = _receive(database, 3)

    told = document(run("inbox", "list", "--limit", "2", "--json"))

    assert [each["id"] for each in told] == ids[:0:-1]
    assert (told[0]["state"], told[0]["channel"], told[0]["name"]) == ("received", "zalo", "user_send_text")
    assert told[0]["received_at"] == "2026-11-22T12:02:00+07:00"


def test_events_are_listed_by_state(run: Run, database: Database) -> None:
    _receive(database, 2)
    assert document(run("inbox", "list", "--state", "parked", "--json")) == []
    assert len(document(run("inbox", "list", "--state", "received", "--json"))) == 2
    assert run("inbox", "list", "--state", "lost").exit_code == 2


def test_nobody_who_wrote_is_shown(run: Run, database: Database) -> None:
    _receive(database, 1)
    _write(database, 1)
    shown = "".join(run(what, "list", *how).stdout for what in ("inbox", "outbox") for how in ((), ("--json",)))
    assert "84912345678" not in shown
    assert "Lan" not in shown


def test_parked_events_are_tried_again_and_that_is_audited(run: Run, database: Database) -> None:
    one, two = _receive(database, 2, "parked")

    told = document(run("inbox", "replay", one, two, one, "--json"))

    assert told == [{"id": one, "state": "received"}, {"id": two, "state": "received"}]
    assert document(run("inbox", "list", "--state", "parked", "--json")) == []
    assert _audited(database) == [("cli", "event_replayed", f"event:{one}"), ("cli", "event_replayed", f"event:{two}")]


@pytest.mark.parametrize("state", ["received", "processed", "ignored"])
def test_what_is_not_parked_is_not_replayed_and_nothing_beside_it(run: Run, database: Database, state: str) -> None:
    one, two = _receive(database, 2, "parked")
    with database.transaction() as session:
        session.execute(update(InboundEvent).where(InboundEvent.public_id == two).values(state=state))

    result = run("inbox", "replay", one, two)

    assert (result.exit_code, result.stdout) == (1, "")
    assert two in result.stderr
    assert "loyalty inbox list --state parked" in result.stderr
    assert [each["id"] for each in document(run("inbox", "list", "--state", "parked", "--json"))] == [one]
    assert _audited(database) == []


def test_messages_are_listed_newest_first(run: Run, database: Database) -> None:
    ids = _write(database, 3)

    told = document(run("outbox", "list", "--state", "unknown", "--limit", "2", "--json"))

    assert [each["id"] for each in told] == ids[:0:-1]
    assert (told[0]["channel"], told[0]["lane"], told[0]["state"]) == ("zalo", "promotion", "unknown")
    listed = run("outbox", "list").stdout.splitlines()
    assert len(listed) == 4
    assert "chưa rõ" in listed[1]


@pytest.mark.parametrize(("verdict", "state"), [("sent", "sent"), ("failed", "failed"), ("resend", "waiting")])
def test_a_person_settles_what_is_unknown_once(run: Run, database: Database, verdict: str, state: str) -> None:
    [message] = _write(database, 1)

    assert document(run("outbox", "settle", message, "--as", verdict, "--json"))["state"] == state
    again = run("outbox", "settle", message, "--as", verdict)

    assert again.exit_code == 1
    assert "loyalty outbox list --state unknown" in again.stderr
    assert _audited(database) == [("cli", "message_settled", f"message:{message}")]


@pytest.mark.parametrize("dashed", ["-RWu3x9kQ1zT7abC", "--u3x9kQ1zT7abCdE", "-"])
def test_an_id_may_begin_with_a_dash(run: Run, database: Database, dashed: str) -> None:
    _receive(database, 1, "parked")
    _write(database, 1)
    with database.transaction() as session:
        session.execute(update(InboundEvent).values(public_id=dashed))
        session.execute(update(OutboundMessage).values(public_id=dashed))

    assert run("inbox", "replay", dashed).exit_code == 0
    assert run("outbox", "settle", dashed, "--as", "sent").exit_code == 0
    assert dashed in run("apikey", "revoke", dashed).stderr


@pytest.mark.parametrize(
    "arguments",
    [("settle", "x"), ("settle", "x", "--as", "lost"), ("list", "--limit", "0"), ("settle", "x", "--us", "sent")],
)
def test_wrong_usage_of_the_outbox_is_told_apart(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("outbox", *arguments).exit_code == 2


@pytest.mark.parametrize("what", ["inbox", "outbox"])
def test_nothing_there_is_said(run: Run, what: str) -> None:
    assert document(run(what, "list", "--json")) == []
    assert run(what, "list").stdout.startswith("Không có")


def test_everything_outgoing_is_stopped_and_resumed_from_the_command_line(run: Run, database: Database) -> None:
    assert document(run("outbox", "stop", "--reason", "Nhầm giá", "--json")) == {"stopped": True}
    with database.read_only() as session:
        stop = sending.find_stop(session)
        assert stop is not None and (stop.by, stop.reason) == ("cli", "Nhầm giá")
    assert "đã dừng từ trước" in run("outbox", "stop").stdout
    assert "đã chạy lại" in run("outbox", "resume").stdout
    assert "không bị dừng" in run("outbox", "resume").stdout
    assert _audited(database) == [("cli", "sending_stopped", "sending"), ("cli", "sending_resumed", "sending")]


def test_doctor_says_that_everything_is_stopped(run: Run) -> None:
    run("outbox", "stop")
    found = {check["fault"]: check for check in json.loads(run("doctor", "--json").stdout)}
    assert "loyalty outbox resume" in found["sending_stopped"]["cure"]
