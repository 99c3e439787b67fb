"""/webhooks: made, changed, tested, replayed; a secret is shown once."""

from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.db import Database
from loyalty.hooks import deliveries, feed
from loyalty.hooks.deliveries import Outcome
from loyalty.hooks.models import Webhook
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_points import award
from tests.loyalty.api.conftest import Caller

URL = "https://pos.example.com/hooks"


@pytest.fixture
def webhook(api: Caller) -> dict[str, Any]:
    made = api.post("/webhooks", {"url": URL, "events": ["purchase.recorded", "tier.changed"]})
    assert made.status_code == 201, made.text
    return dict(made.json)


def tell(database: Database, told: int = 3) -> None:
    """As a worker would, with a receiver that takes all but the last."""
    with database.transaction() as session:
        [lease] = deliveries.claim(session, feed.newest(session), limit=1, now=NOON)
        for number, event in enumerate(feed.after(session, lease.position, 10**9, limit=told), 1):
            outcome = Outcome(12, 500, "http_500", b"no") if number == told else Outcome(8, 200, response=b"ok")
            deliveries.settle(session, lease, event, outcome, now=NOON)


def test_a_webhook_shows_its_secret_once(api: Caller, webhook: dict[str, Any]) -> None:
    assert webhook["secret"].startswith("whsec_")
    assert (webhook["name"], webhook["state"], webhook["failures"]) == ("pos.example.com", "active", 0)
    found = api.get(f"/webhooks/{webhook['id']}").json
    assert "secret" not in found
    assert found | {"secret": webhook["secret"], "cursor": webhook["cursor"]} == webhook
    assert [each["id"] for each in api.get("/webhooks").json["items"]] == [webhook["id"]]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"url": "http://pos.example.com"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://[::1/"}, "url"),
        ({"url": URL, "events": ["purchase.recorded", "nothing"]}, "events.1"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "name": "…"}, "name"),
        ({}, "url"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(api: Caller, body: dict[str, Any], path: str) -> None:
    answer = api.post("/webhooks", body)
    assert (answer.status_code, answer.json["code"], list(answer.json["errors"])) == (422, "validation_failed", [path])
    assert api.get("/webhooks").json["items"] == []


def test_a_webhook_is_changed_paused_resumed_and_removed(
    database: Database, api: Caller, webhook: dict[str, Any]
) -> None:
    address = f"/webhooks/{webhook['id']}"
    changed = api.patch(address, {"name": "Kho", "events": ["*"], "state": "paused"}).json
    assert (changed["name"], changed["events"], changed["state"], changed["url"]) == ("Kho", ["*"], "paused", URL)
    assert api.patch(address, {"state": "active"}).json["state"] == "active"
    assert api.patch(address, {"state": "stopped"}).status_code == 422
    assert api.patch(address, {"url": "https://localhost/"}).status_code == 422
    gone = api("DELETE", address)
    assert (gone.status_code, gone.data) == (204, b"")
    for method, path, body in (
        ("GET", address, None), ("PATCH", address, {}), ("DELETE", address, None), ("POST", f"{address}/test", None),
        ("POST", f"{address}/replay", {"since": "2026-11-22T09:00:00Z"}), ("GET", f"{address}/deliveries", None),
    ):  # fmt: skip
        answer = api(method, path, body)
        assert (answer.status_code, answer.json["code"]) == (404, "webhook_not_found")
    with database.read_only() as session:
        query = (
            sa.select(AuditEntry.action).where(AuditEntry.subject == f"webhook:{webhook['id']}").order_by(AuditEntry.id)
        )
        assert list(session.scalars(query)) == ["webhook_created", *["webhook_changed"] * 2, "webhook_removed"]


def test_deliveries_are_paged_and_filtered(database: Database, api: Caller, webhook: dict[str, Any]) -> None:
    with database.transaction() as session:
        award(session, "+84912345678")
    tell(database)
    address = f"/webhooks/{webhook['id']}/deliveries"
    first = api.get(f"{address}?limit=2").json
    rest = api.get(f"{address}?limit=2&cursor={first['next_cursor']}").json
    told = first["items"] + rest["items"]
    assert [(each["event"], each["outcome"], each["response"]) for each in told] == [
        ("purchase.recorded", "failed", "no"), ("customer.joined", "delivered", "ok"),
        ("customer.created", "delivered", "ok"),
    ]  # fmt: skip
    assert (told[0]["status"], told[0]["error"], told[0]["ms"], told[0]["attempt"]) == (500, "http_500", 12, 1)
    assert [each["id"] for each in api.get(f"{address}?outcome=failed").json["items"]] == [told[0]["id"]]
    found = api.get(f"/webhooks/{webhook['id']}").json
    assert (found["failures"], found["error"]) == (1, "http_500")
    assert found["next_attempt_at"] == "2026-11-22T05:00:05+00:00"


def test_a_replay_begins_at_a_delivery_or_a_time(database: Database, api: Caller, webhook: dict[str, Any]) -> None:
    with database.transaction() as session:
        award(session, "+84912345678")
    tell(database, 4)
    address = f"/webhooks/{webhook['id']}"
    third = api.get(f"{address}/deliveries").json["items"][0]
    for body, left in (({"cursor": third["cursor"]}, ["purchase"]), ({"since": "2026-11-22T11:00:00+07:00"}, None)):
        answer = api.post(f"{address}/replay", body)
        assert (answer.status_code, answer.json["failures"]) == (200, 0)
        with database.read_only() as session:
            position = session.scalar(sa.select(Webhook.position)) or 0
            waiting = [event.name for event in feed.after(session, position, 10**9, limit=9)]
        assert waiting == ["purchase.recorded"] if left else waiting[0] == "customer.created"
    for wrong in ({}, {"since": "2026-11-22T11:00:00+07:00", "cursor": third["cursor"]}, {"cursor": "abc"}):
        assert api.post(f"{address}/replay", wrong).status_code == 422


def test_a_cursor_of_another_webhook_is_no_cursor(api: Caller, webhook: dict[str, Any]) -> None:
    other = api.post("/webhooks", {"url": URL}).json
    answer = api.post(f"/webhooks/{webhook['id']}/replay", {"cursor": other["cursor"]})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_a_test_is_asked_for_and_a_secret_renewed(api: Caller, webhook: dict[str, Any]) -> None:
    asked = api.post(f"/webhooks/{webhook['id']}/test")
    assert asked.status_code == 202
    assert asked.json["event_id"].startswith("evt_test_")
    renewed = api.post(f"/webhooks/{webhook['id']}/secret", {})
    assert renewed.status_code == 201
    assert renewed.json["secret"] not in (webhook["secret"], None)
    assert renewed.json["old_valid_until"] == "2026-11-23T05:00:00+00:00"


def test_making_it_again_under_one_key_makes_one(api: Caller) -> None:
    answers = [api.post("/webhooks", {"url": URL}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert len(api.get("/webhooks").json["items"]) == 1


def test_fifty_are_enough(api: Caller) -> None:
    for _ in range(50):
        assert api.post("/webhooks", {"url": URL}).status_code == 201
    answer = api.post("/webhooks", {"url": URL})
    assert (answer.status_code, answer.json["code"]) == (409, "too_many_webhooks")
    listed = api.get("/webhooks?limit=30").json
    assert len(api.get(f"/webhooks?limit=30&cursor={listed['next_cursor']}").json["items"]) == 20
