"""/rewards, /redemptions."""

from typing import Any

import pytest

from loyalty.db import Database
from loyalty.rewards import offline
from tests.builders_rewards import make_rich
from tests.loyalty.api.conftest import Caller

CROISSANT = {"name": {"vi": "Bánh croissant"}, "price": 100}


@pytest.fixture
def lan(database: Database) -> str:
    """The id of somebody with 320 points."""
    with database.transaction() as session:
        return make_rich(session, 320, phone="+84912345678").public_id


@pytest.fixture
def croissant(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.post("/rewards", CROISSANT | {"stock": 5, "tiers": ["member", "silver"]}).json
    return made


def test_a_reward_is_made_shown_changed_and_put_away(api: Caller, croissant: dict[str, Any]) -> None:
    assert (croissant["number"], croissant["stock"], croissant["held"]) == (1, 5, 0)
    path = f"/rewards/{croissant['id']}"
    assert api.get(path).json == croissant
    changed = api.patch(path, {"price": 120, "stock": 7}).json
    assert (changed["price"], changed["stock"], changed["tiers"]) == (120, 7, ["member", "silver"])
    assert api.patch(path, {"archived": True}).json["archived_at"] is not None
    assert api.patch(path, {"archived": False}).json["archived_at"] is None
    api.post("/rewards", CROISSANT)
    page = api.get("/rewards?limit=1").json
    assert [each["number"] for each in page["items"]] == [2]
    assert [each["number"] for each in api.get(f"/rewards?cursor={page['next_cursor']}").json["items"]] == [1]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": "sáng"}, "hours"),
        ({"kind": "percent", "value": 101}, "value"),
        ({"tiers": ["diamond"]}, "tiers"),
        ({"name": {}}, "name"),
        ({"visible_from": "2026-12-01T00:00:00Z", "visible_until": "2026-11-01T00:00:00Z"}, "visible_until"),
    ],
)
def test_terms_that_cannot_be_are_a_fault_of_their_field(api: Caller, wrong: dict[str, Any], field: str) -> None:
    refused = api.post("/rewards", CROISSANT | wrong)
    assert refused.status_code == 422
    assert field in refused.json["errors"]


def test_redeeming_gives_code_and_ticket(api: Caller, lan: str, croissant: dict[str, Any]) -> None:
    asked = {"customer": {"phone": "0912345678"}, "reward": croissant["id"]}
    first = api.post("/redemptions", asked, headers={"Idempotency-Key": "k1"})
    assert first.status_code == 201
    made = first.json
    assert (made["state"], made["balance"], made["customer_id"]) == ("held", 220, lan)
    assert api.post("/redemptions", asked, headers={"Idempotency-Key": "k1"}).json == made
    key = api.get("/redemptions/public-key").json["public_key"]
    ticket = offline.read(key, made["ticket"])
    assert ticket is not None
    assert ticket.code == made["code"].replace("-", "")
    for name in (made["code"].lower(), made["ticket"], made["id"]):
        assert api.get(f"/redemptions/{name}").json["id"] == made["id"]
    assert api.get(f"/redemptions?customer={lan}&state=held").json["items"][0]["id"] == made["id"]


def test_a_code_is_fulfilled_once_and_cancelled_after_it(api: Caller, lan: str, croissant: dict[str, Any]) -> None:
    made = api.post("/redemptions", {"customer": {"id": lan}, "reward": croissant["id"]}).json
    done = api.post(f"/redemptions/{made['code']}/fulfil", {"store": "main"}).json
    assert (done["state"], done["store"]) == ("fulfilled", "MAIN")
    again = api.post(f"/redemptions/{made['code']}/fulfil")
    assert (again.status_code, again.json["code"]) == (409, "already_fulfilled")
    cancelled = api.post(f"/redemptions/{made['code']}/cancel").json
    assert cancelled["state"] == "cancelled"
    assert api.get(f"/customers/{lan}").json["points"] == 320
    assert api.get(f"/rewards/{croissant['id']}").json["stock"] == 5


def test_a_movement_of_a_redemption_is_reversed_with_it(api: Caller, lan: str, croissant: dict[str, Any]) -> None:
    made = api.post("/redemptions", {"customer": {"id": lan}, "reward": croissant["id"]}).json
    undone = api.post(f"/ledger/{made['entry_id']}/reversal")
    assert (undone.status_code, undone.json["points"]) == (201, 100)
    assert api.get(f"/redemptions/{made['id']}").json["state"] == "cancelled"


def test_what_is_missing_is_said(api: Caller, lan: str) -> None:
    dear = api.post("/rewards", CROISSANT | {"price": 500}).json
    refused = api.post("/redemptions", {"customer": {"id": lan}, "reward": dear["id"]})
    assert (refused.status_code, refused.json["code"]) == (422, "insufficient_points")
    assert (refused.json["available"], refused.json["needed"]) == (320, 500)


def test_a_key_that_guesses_waits(api: Caller) -> None:
    for _ in range(5):
        assert api.get("/redemptions/K7P4-M2QX").json["code"] == "wrong_reward_code"
    waits = api.get("/redemptions/K7P4-M2QX")
    assert (waits.status_code, waits.json["code"]) == (429, "reward_codes_exhausted")
    assert waits.headers["Retry-After"] == "60"
    assert api.get("/redemptions/K7P4-M2QY").json["code"] == "redemption_not_found"
