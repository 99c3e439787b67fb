"""Events worked through together are as if each were alone: one that fails takes nothing of the others with it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bots import dispatch
from bots.channel import Inbound, InboundKind
from jobs import inbox as pump
from jobs.registry import Context
from loyalty.activity.models import Activity
from loyalty.db import Database
from loyalty.messaging import inbox
from loyalty.messaging.inbox import Arrival
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.settings import Settings
from tests.builders import NOON
from tests.fakes import FakeChannel

STATEMENTS = 30  # of one «điểm» from a known customer, claim and commit among them; it was 45
Deliver = Callable[..., None]


class Written(FakeChannel):
    """Every payload is a message somebody wrote."""

    def parse(self, payload: Mapping[str, Any]) -> Sequence[Inbound]:
        return [replace(each, kind=InboundKind.MESSAGE) for each in super().parse(payload)]


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {"zalo": Written()}, lambda: NOON)


@pytest.fixture
def deliver(database: Database) -> Deliver:
    def store(*users: str, said: str = "điểm", turn: int = 1) -> None:
        for user in users:
            body: dict[str, object] = {
                "kind": "message",
                "account": "oa1",
                "event_id": f"{user}{turn}",
                "user": user,
                "text": said,
            }
            body |= {"at": NOON.isoformat(), "interaction": True, "name": "user_send_text"}
            arrival = Arrival(
                "zalo", "oa1", f"{user}{turn}", f"zalo:oa1:{user}", "text", json.dumps(body).encode(), False
            )
            assert database.keyring is not None
            with database.transaction() as session:
                session.execute(inbox.INSERT, inbox.row(database.keyring, arrival, NOON))

    return store


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", hear)
    yield heard
    sa.event.remove(database.engine, "before_cursor_execute", hear)


def test_one_that_fails_is_given_back_and_the_others_are_answered_once(
    database: Database, context: Context, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = dispatch.handle

    def fail_for_minh(session: object, account: object, inbound: Inbound, **rest: object) -> None:
        handle(session, account, inbound, **rest)  # type: ignore[arg-type]
        if inbound.user == "minh":
            raise RuntimeError

    monkeypatch.setattr(dispatch, "handle", fail_for_minh)
    monkeypatch.setattr(pump, "TOGETHER", 60.0)
    deliver("lan", "minh", "hoa", "thu")
    assert pump.process_inbox(context) == 4

    with database.read_only() as session:
        states = {event.event_id: event.state for event in session.scalars(sa.select(InboundEvent))}
        answered = list(session.scalars(sa.select(OutboundMessage.user_id).order_by(OutboundMessage.user_id)))
        kept = session.scalar(sa.select(sa.func.count()).where(Activity.kind == "message_in"))
    assert states == {"lan1": "processed", "minh1": "received", "hoa1": "processed", "thu1": "processed"}
    assert answered == ["hoa", "lan", "thu"]
    assert kept == 3


def test_several_events_share_a_commit_only_where_one_alone_writes(
    database: Database, context: Context, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump, "TOGETHER", 60.0)
    deliver("lan", "minh", "hoa", "thu")
    commits: list[None] = []
    sa.event.listen(database.engine, "commit", lambda _connection: commits.append(None))
    pump.process_inbox(context)
    assert len(commits) == (2 if database.is_sqlite else 5)  # the claim is one of them


def test_a_question_of_somebody_known_asks_the_database_little(
    database: Database, context: Context, deliver: Deliver, statements: list[str]
) -> None:
    deliver("lan")
    pump.process_inbox(context)
    deliver("lan", turn=2)
    statements.clear()
    assert pump.process_inbox(context) == 1
    assert len(statements) <= STATEMENTS, "\n".join(statements)
    assert len([statement for statement in statements if "FROM customer " in statement]) == 1
