"""Whatever arrives at a webhook: the contract's answer, no 500, and no effect unless it was signed and sound."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bots import registry, webhooks
from bots.messenger import signature as messenger_signature
from bots.zalo import signature as zalo_signature
from jobs import inbox as pump
from jobs.registry import Context
from loyalty.app import create_app
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.messaging.intake import Intake
from loyalty.messaging.models import InboundEvent
from loyalty.settings import Settings
from tests.bots.messenger import samples as messenger_samples
from tests.bots.zalo import samples as zalo_samples
from tests.builders import NOON

KEY, SECRET, VERIFY = "webhook-key", "meta-secret", "verify me"
DEEP = '{"timestamp":"1790000000123","a":' + "[" * 60 + "]" * 60 + "}"
VERY_DEEP = '{"timestamp":"1790000000123","a":' + "[" * 100_000 + "]" * 100_000 + "}"
HOSTILE = {
    "nan": b'{"timestamp":"1790000000123","a":NaN}',
    "infinity": b'{"timestamp":"1790000000123","a":-Infinity}',
    "huge number": b'{"timestamp":"1790000000123","a":1e400}',
    "endless number": b'{"timestamp":"1790000000123","a":' + b"9" * 5000 + b"}",
    "doubled key": b'{"timestamp":"1790000000123","a":1,"a":2}',
    "deep": DEEP.encode(),
    "very deep": VERY_DEEP.encode(),
    "utf-16": '{"timestamp":"1790000000123"}'.encode("utf-16"),
    "broken utf-8": b'{"timestamp":"1790000000123","a":"\xff"}',
    "a list": b"[]",
    "a word": b"hello",
    "nothing": b"",
    "half": b'{"timestamp":"1790000000123"',
}


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    chosen = replace(
        settings,
        zalo_app_id=zalo_samples.APP,
        zalo_app_secret="app-secret",
        zalo_oa_id=zalo_samples.OA,
        zalo_oa_secret_key=KEY,
        messenger_page_id=messenger_samples.PAGE,
        messenger_page_token="page-token",
        messenger_app_secret=SECRET,
        messenger_verify_token=VERIFY,
    )
    return Context(database, chosen, registry.build(chosen, database, lambda: NOON), lambda: NOON)


@pytest.fixture
def client(context: Context) -> FlaskClient:
    blueprint = webhooks.blueprint(context.channels, Intake(context.database), context.clock)
    return create_app(context.settings, context.database, [blueprint], clock=context.clock).test_client()


def zalo(client: FlaskClient, body: bytes, key: str = KEY) -> TestResponse:
    try:
        stamp = zalo_signature.timestamp(body)
    except ValueError:
        stamp = "1790000000123"
    mac = zalo_signature.sign(zalo_samples.APP, body, stamp, key)
    return client.post("/webhooks/zalo", data=body, headers={"X-ZEvent-Signature": mac})


def messenger(client: FlaskClient, body: bytes, secret: str = SECRET) -> TestResponse:
    mac = messenger_signature.sign(secret, body)
    return client.post("/webhooks/messenger", data=body, headers={"X-Hub-Signature-256": mac})


def rows(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(session.scalars(sa.select(InboundEvent.state)))


def work(context: Context) -> None:
    while pump.process_inbox(context):
        pass


def test_every_zalo_event_is_stored_and_settled(client: FlaskClient, context: Context) -> None:
    for body in zalo_samples.ALL:
        assert zalo(client, json.dumps(body).encode()).status_code == 200
    work(context)
    assert set(rows(context.database)) == {"processed", "ignored"}


def test_every_messenger_event_is_stored_and_settled(client: FlaskClient, context: Context) -> None:
    for body in messenger_bodies():
        assert messenger(client, json.dumps(body).encode()).status_code == 200
    work(context)
    assert set(rows(context.database)) == {"processed", "ignored"}


def messenger_bodies() -> list[dict[str, Any]]:
    """Every sample of the reference page, each in a delivery of its own."""
    events = [sample[0] for sample in messenger_samples.SAMPLES.values()]
    return [event if "object" in event else messenger_samples.page_event(event) for event in events]


@pytest.mark.parametrize("send", [zalo, messenger])
@pytest.mark.parametrize("name", HOSTILE)
def test_signed_nonsense_is_400_and_leaves_nothing(
    client: FlaskClient, context: Context, send: Callable[..., TestResponse], name: str
) -> None:
    assert send(client, HOSTILE[name]).status_code == 400
    assert rows(context.database) == []


@pytest.mark.parametrize("send", [zalo, messenger])
def test_a_wrong_key_is_401_and_leaves_nothing(
    client: FlaskClient, context: Context, send: Callable[..., TestResponse]
) -> None:
    body = json.dumps(zalo_samples.TEXT).encode()
    assert send(client, body, "another").status_code == 401
    assert rows(context.database) == []


@pytest.mark.parametrize("header", ["", "mac=", "mac=zz", "sha256=", "é", "mac=" + "0" * 64, "sha256=" + "0" * 64])
def test_a_strange_signature_is_401(client: FlaskClient, context: Context, header: str) -> None:
    body = json.dumps(zalo_samples.TEXT).encode()
    for address, name in (("zalo", "X-ZEvent-Signature"), ("messenger", "X-Hub-Signature-256")):
        answer = client.post(f"/webhooks/{address}", data=body, headers={name: header.encode().decode("latin-1")})
        assert answer.status_code == 401
        assert client.post(f"/webhooks/{address}", data=body).status_code == 401
    assert rows(context.database) == []


def test_the_answers_to_too_much_come_first(client: FlaskClient) -> None:
    assert client.post("/webhooks/zalo", data=b"x" * (256 * 1024 + 1)).status_code == 413
    assert client.post("/webhooks/messenger", data=b"x" * (4 * 1024 * 1024 + 1)).status_code == 413
    assert client.post("/webhooks/zalo", data=b"x" * (256 * 1024)).status_code == 400


def test_zalos_unsigned_probe_is_answered_and_not_stored(client: FlaskClient, context: Context) -> None:
    assert client.post("/webhooks/zalo", data=b"{}").status_code == 200
    assert rows(context.database) == []


def test_another_app_is_401_another_oa_is_kept_as_ignored(client: FlaskClient, context: Context) -> None:
    other_app = json.dumps({**zalo_samples.TEXT, "app_id": "999"}).encode()
    mac = zalo_signature.sign("999", other_app, zalo_samples.STAMP, KEY)
    assert client.post("/webhooks/zalo", data=other_app, headers={"X-ZEvent-Signature": mac}).status_code == 401
    assert zalo(client, other_app).status_code == 401
    assert rows(context.database) == []
    other_oa = json.dumps({**zalo_samples.TEXT, "recipient": {"id": "999"}}).encode()
    assert zalo(client, other_oa).status_code == 200
    assert rows(context.database) == ["ignored"]


def test_lone_surrogates_and_nul_are_survived(client: FlaskClient, context: Context) -> None:
    body = json.dumps({**zalo_samples.TEXT, "message": {"msg_id": "m\x00\ud800", "text": "\ud83c xin\x00 chào \udfff"}})
    assert zalo(client, body.encode()).status_code == 200
    work(context)
    assert rows(context.database) == ["processed"]


def test_an_event_older_than_180_days_is_ignored(client: FlaskClient, context: Context) -> None:
    old = json.dumps({**zalo_samples.TEXT, "timestamp": "1700000000123"}).encode()
    assert zalo(client, old).status_code == 200
    assert rows(context.database) == ["ignored"]


def test_zalos_test_button_makes_nobody_a_customer(client: FlaskClient, context: Context) -> None:
    assert zalo(client, json.dumps(zalo_samples.TEST_BUTTON).encode()).status_code == 200
    work(context)
    with context.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0


def test_metas_handshake(client: FlaskClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "<b>1158201444</b>"}
    answer = client.get("/webhooks/messenger", query_string=asked)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "<b>1158201444</b>", "text/plain")
    wrong = client.get("/webhooks/messenger", query_string={**asked, "hub.verify_token": "x"})
    assert wrong.status_code == 403


def test_a_channel_without_credentials_is_not_there(database: Database, settings: Settings) -> None:
    channels = registry.build(settings, database, lambda: NOON)
    blueprint = webhooks.blueprint(channels, Intake(database), lambda: NOON)
    client = create_app(settings, database, [blueprint], clock=lambda: NOON).test_client()
    assert client.post("/webhooks/zalo", data=b"{}").status_code == 404
    assert client.get("/webhooks/messenger").status_code == 404
