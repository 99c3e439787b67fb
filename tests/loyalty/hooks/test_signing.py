"""Receivers verify what they get with the library everybody uses for it."""

import json
from datetime import timedelta

import pytest
import time_machine
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from loyalty.hooks import events, signing
from tests.builders import NOON

EVENT = events.of_row(9, "n8Qa", "c1", "purchase", NOON, {"entry": 7, "total": 250_000, "points": 25})


def headers(*secrets: str) -> dict[str, str]:
    return dict(signing.headers(EVENT.id, EVENT.body, secrets, now=NOON))


@time_machine.travel(NOON, tick=False)
def test_a_message_is_verified_by_the_receivers_library() -> None:
    secret = signing.new_secret()
    assert Verifier(secret).verify(EVENT.body, headers(secret)) == json.loads(EVENT.body)
    assert json.loads(EVENT.body) == {
        "type": "purchase.recorded",
        "timestamp": "2026-11-22T05:00:00+00:00",
        "id": "evt_n8Qa",
        "data": {"customer": "c1", "entry": "7", "total": 250_000, "points": 25},
    }


@time_machine.travel(NOON, tick=False)
def test_two_secrets_sign_side_by_side() -> None:
    new, old = signing.new_secret(), signing.new_secret()
    for secret in (new, old):
        Verifier(secret).verify(EVENT.body, headers(new, old))
    assert len(headers(new, old)["webhook-signature"].split(" ")) == 2


@pytest.mark.parametrize("changed", ["body", "webhook-id", "webhook-timestamp", "secret"])
def test_whatever_is_changed_is_noticed(changed: str) -> None:
    secret = signing.new_secret()
    told, body = headers(secret), EVENT.body
    if changed in told:
        told[changed] = str(int(NOON.timestamp()) + 1) if changed == "webhook-timestamp" else told[changed] + "x"
    body = body.replace(b"25", b"26") if changed == "body" else body
    with time_machine.travel(NOON, tick=False), pytest.raises(WebhookVerificationError):
        Verifier(signing.new_secret() if changed == "secret" else secret).verify(body, told)


def test_an_old_message_is_refused_by_its_time() -> None:
    secret = signing.new_secret()
    with time_machine.travel(NOON + timedelta(minutes=6), tick=False), pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(EVENT.body, headers(secret))
