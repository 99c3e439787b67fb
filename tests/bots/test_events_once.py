"""Every documented event through the real webhook and the pump: its effect once, however often and in whatever form."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bots import registry, webhooks
from bots.channel import Inbound, InboundKind
from jobs.inbox import process_inbox
from jobs.registry import Context
from loyalty.activity.models import Activity
from loyalty.alerts.models import Alert
from loyalty.app import create_app
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.db import Database
from loyalty.messaging.intake import Intake
from loyalty.messaging.models import EarlyReceipt, InboundEvent, OutboundMessage
from loyalty.points.models import LedgerEntry
from loyalty.settings import Settings
from tests.bots.contract import Payload, reorderings
from tests.bots.messenger import samples as messenger_samples
from tests.bots.test_contract import ADAPTERS
from tests.bots.zalo import samples as zalo_samples
from tests.builders import NOON

PERSON = {"zalo": zalo_samples.USER, "messenger": messenger_samples.PERSON}
COUNTED = (Customer, ChannelIdentity, OutboundMessage, InboundEvent, EarlyReceipt, LedgerEntry, Activity, Alert)
SPEAKS = {InboundKind.MESSAGE, InboundKind.FOLLOW, InboundKind.CONTACT}  # whoever does this is answered
ARRIVES = SPEAKS | {InboundKind.MEDIA, InboundKind.REFERRAL, InboundKind.REACTION, InboundKind.UNFOLLOW}
ARRIVES |= {InboundKind.EDIT, InboundKind.HUMAN, InboundKind.AWAY, InboundKind.BACK, InboundKind.STANDBY}
ARRIVES |= {InboundKind.KEPT, InboundKind.WITHDRAWAL}  # a person is known by it, or something is kept of one

SENT = datetime.fromtimestamp(messenger_samples.SENT_MS // 1000 - 60, UTC)
Counts = Mapping[str, int]


@pytest.fixture(params=sorted(ADAPTERS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    chosen = replace(
        settings,
        zalo_app_id=zalo_samples.APP,
        zalo_app_secret="app-secret",
        zalo_oa_id=zalo_samples.OA,
        zalo_oa_secret_key="example-oa-secret-A1b2",
        messenger_page_id=messenger_samples.PAGE,
        messenger_page_token="page-token",
        messenger_app_secret="meta-secret",
        messenger_verify_token="verify me",
    )
    return Context(database, chosen, registry.build(chosen, database, lambda: NOON), lambda: NOON)


@pytest.fixture
def client(context: Context) -> FlaskClient:
    blueprint = webhooks.blueprint(context.channels, Intake(context.database), context.clock)
    return create_app(context.settings, context.database, [blueprint], clock=context.clock).test_client()


def deliver(client: FlaskClient, context: Context, kind: str, *bodies: bytes) -> None:
    """Each by itself, then all that waits is worked on."""
    for body in bodies:
        answer = client.post(f"/webhooks/{kind}", data=body, headers=dict(ADAPTERS[kind].sign(body)))
        assert answer.status_code == 200
    while process_inbox(context):
        pass


def counts(database: Database) -> Counts:
    with database.read_only() as session:
        rows = {model.__tablename__: _count(session, model) for model in COUNTED}
        delivered = session.scalar(sa.select(sa.func.count(OutboundMessage.delivered_at)))
        seen = session.scalar(sa.select(sa.func.count(OutboundMessage.seen_at)))
        stopped = session.scalar(sa.select(sa.func.count(ChannelAccount.stopped_at)))
        return rows | {"delivered": delivered or 0, "seen": seen or 0, "stopped": stopped or 0}


def _count(session: Any, model: Any) -> int:
    return int(session.scalar(sa.select(sa.func.count()).select_from(model)))


def of_their_own(kind: str, payload: Payload, number: int) -> Payload:
    """The sample with a person and message ids nobody else has."""
    person = PERSON[kind]
    stranger = f"{person[:-4]}{number:04}"
    text = json.dumps(_named_anew(payload, number), ensure_ascii=False)
    found: Payload = json.loads(text.replace(person, stranger))
    return found


def _named_anew(value: Any, number: int, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _named_anew(part, number, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_named_anew(part, number, key) for part in value]
    is_id = key in ("mid", "mids", "msg_id", "msg_ids") and isinstance(value, str)
    return f"{value}-{number}" if is_id and value != "This is message id" else value


def test_every_event_has_its_effect_once_in_whatever_form_it_comes(
    client: FlaskClient, context: Context, kind: str
) -> None:
    for number, (name, sample) in enumerate(sorted(ADAPTERS[kind].samples.items())):
        payload = of_their_own(kind, sample, number)
        first, *again = reorderings(payload, number)
        before = counts(context.database)

        deliver(client, context, kind, first)
        once = counts(context.database)
        deliver(client, context, kind, first, *again, first)

        assert counts(context.database) == once, name
        _check(ADAPTERS[kind].receiver().parse(payload), before, once, name)
    with context.database.read_only() as session:
        assert set(session.scalars(sa.select(InboundEvent.state))) <= {"processed", "ignored"}


def _check(events: Any, before: Counts, after: Counts, name: str) -> None:
    """What one delivery did, by what it is."""
    gained = {table: after[table] - before[table] for table in after}
    told: list[Inbound] = list(events)
    kinds = {event.kind for event in told}
    assert gained["inbound_event"] in (0, len(told)), name  # a platform's test of the address is not kept
    assert gained["ledger_entry"] == 0, name
    if not gained["inbound_event"]:
        assert not any(gained.values()), name
        return
    assert gained["customer"] == gained["channel_identity"] <= 1, name
    if not kinds & ARRIVES:
        assert gained["customer"] == gained["outbound_message"] == 0, name
    if kinds & SPEAKS:
        assert gained["customer"] == 1, name
        assert gained["outbound_message"] >= 1, name


def sent(context: Context, kind: str, user: str, provider_id: str) -> None:
    """Make the answer of this person one that was sent under that id."""
    with context.database.transaction() as session:
        newest = sa.select(sa.func.max(OutboundMessage.id)).where(OutboundMessage.user_id == user)
        changed = sa.update(OutboundMessage).where(OutboundMessage.id == newest.scalar_subquery())
        session.execute(changed.values(state="sent", provider_id=provider_id, settled_at=SENT))


RECEIPTS = {
    "zalo": (
        zalo_samples.from_person("user_send_text", {"text": "điểm", "msg_id": "t1"}),
        zalo_samples.to_person("user_received_message", {"msg_id": "m8"}),
        zalo_samples.to_person("user_seen_message", {"msg_ids": ["m8", "m9"]}),
    ),
    "messenger": (
        messenger_samples.page_event(messenger_samples.message(text="điểm")),
        messenger_samples.page_event(messenger_samples.from_person(delivery={"mids": ["m8"], "watermark": 1})),
        messenger_samples.page_event(messenger_samples.from_person(read={"watermark": messenger_samples.SENT_MS})),
    ),
}


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (1, 2, 1, 2), (2, 1, 2)])
def test_receipts_mark_one_message_in_whatever_order_they_come(
    client: FlaskClient, context: Context, kind: str, order: tuple[int, ...]
) -> None:
    bodies = [json.dumps(payload).encode() for payload in RECEIPTS[kind]]
    deliver(client, context, kind, bodies[0])
    sent(context, kind, PERSON[kind], "m8")
    before = counts(context.database)

    deliver(client, context, kind, *(bodies[number] for number in order))

    after = counts(context.database)
    assert (after["delivered"], after["seen"]) == (1, 1)
    assert after["outbound_message"] == before["outbound_message"]
    assert after["customer"] == 1


@pytest.mark.parametrize("is_swapped", [False, True])
def test_two_messages_in_either_order_are_each_answered(
    client: FlaskClient, context: Context, kind: str, is_swapped: bool
) -> None:
    """Each of the first and the second exactly once, from one customer, also when both come again."""
    first = RECEIPTS[kind][0]
    second = json.loads(
        json.dumps(first).replace('"t1"', '"t2"').replace('"m_aaa"', '"m_bbb"').replace("00000", "00900")
    )
    bodies = [json.dumps(payload).encode() for payload in (first, second)]
    ordered = bodies[::-1] if is_swapped else bodies

    deliver(client, context, kind, *ordered)
    once = counts(context.database)
    deliver(client, context, kind, *bodies, *ordered)

    assert counts(context.database) == once
    assert (once["customer"], once["inbound_event"]) == (1, 2)
    assert once["outbound_message"] >= 2


ORDERS = [(0, 1, 2), (0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 2, 0)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("last", [zalo_samples.FOLLOW, zalo_samples.UNFOLLOW])
def test_of_following_and_leaving_the_newest_word_holds(
    client: FlaskClient, context: Context, last: Payload, order: tuple[int, ...]
) -> None:
    other = zalo_samples.UNFOLLOW if last is zalo_samples.FOLLOW else zalo_samples.FOLLOW
    told = [_at(each, minute) for minute, each in ((1, last), (2, other), (3, last))]
    known = json.dumps(_at(zalo_samples.TEXT, 0)).encode()
    bodies = [json.dumps(told[number]).encode() for number in order]

    deliver(client, context, "zalo", known)
    for body in bodies:
        deliver(client, context, "zalo", body)
    once = counts(context.database)
    deliver(client, context, "zalo", *bodies[::-1])

    assert counts(context.database) == once
    with context.database.read_only() as session:
        assert session.scalars(sa.select(ChannelIdentity.follows)).all() == [last is zalo_samples.FOLLOW]


def _at(payload: Payload, minute: int) -> Payload:
    return payload | {"timestamp": str(int(zalo_samples.STAMP) + minute * 60_000)}
