"""A customer's tier through the API: why, set by hand, every step."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bots import voice
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.builders_chat import said
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, problems
from tests.loyalty.api.conftest import Caller

GOLD = {"tier": "gold", "until": "2026-12-31", "reason": "Khách thân"}


@pytest.fixture
def lan(app: Flask, database: Database) -> str:
    """Lan, who writes on Zalo and bought for 2,250,000 ₫."""
    app.extensions["loyalty_voice"] = voice
    with database.transaction() as session:
        customer = make_customer(session, name="Lan", phone=LAN)
        make_identity(session, customer, user_id="lan")
        award(session, customer, 2_250_000)
        return f"/customers/{customer.public_id}"


def put(api: Caller, lan: str, body: Any, **options: Any) -> Any:
    return api("PUT", f"{lan}/tier", body, **options)


def test_the_tier_says_what_is_behind_it(api: Caller, lan: str) -> None:
    answer = api.get(f"{lan}/tier").json

    assert answer == {
        "tier": "silver",
        "since": answer["since"],
        "needs": 2_000_000,
        "metric": "spend",
        "counted": 2_250_000,
        "first": "2025-11-23",
        "last": "2026-11-22",
        "months": [{"month": "2026-11-01", "amount": 2_250_000}],
        "next": {"tier": "gold", "needs": 10_000_000, "missing": 7_750_000},
        "falls": {"on": "2027-11-22", "to": "member", "missing": 2_000_000},
        "by_hand": None,
    }


def test_a_tier_is_set_by_hand_told_and_ended(api: Caller, database: Database, lan: str) -> None:
    made = put(api, lan, GOLD)

    assert made.status_code == 200
    assert (made.json["tier"], made.json["by_hand"]) == ("gold", {"tier": "gold", "until": "2026-12-31"})
    assert made.json["falls"] == {"on": "2027-01-01", "to": "silver", "missing": 7_750_000}
    assert api("DELETE", f"{lan}/tier").status_code == 204
    assert api.get(f"{lan}/tier").json["tier"] == "silver"
    again = api("DELETE", f"{lan}/tier")
    assert (again.status_code, again.json["code"]) == (409, "no_tier_by_hand")
    with database.read_only() as session:
        assert [message.user for message in said(session)] == ["lan", "lan"]
        found = session.scalars(select(AuditEntry).filter_by(source="api").order_by(AuditEntry.id))
        assert [entry.action for entry in found] == ["tier_set", "tier_set_undone"]
        assert problems(session) == []


def test_the_same_idempotency_key_sets_once(api: Caller, lan: str) -> None:
    first, again = (put(api, lan, GOLD, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (again.status_code, again.json) == (200, first.json)
    assert len(api.get(f"{lan}/tiers").json["items"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tier": "member"}, "tier"),
        ({"tier": "platinum"}, "tier"),
        ({"until": "2026-11-21"}, "until"),
        ({"until": "2032-01-01"}, "until"),
        ({"until": "31/12/2026"}, "until"),
        ({"reason": " "}, "reason"),
    ],
)
def test_wrong_fields_are_named(api: Caller, lan: str, change: dict[str, str], field: str) -> None:
    refused = put(api, lan, GOLD | change)
    assert (refused.status_code, refused.json["code"]) == (422, "validation_failed")
    assert list(refused.json["errors"]) == [field]


def test_the_steps_are_paged_and_their_words_only_for_who_may_see_them(
    api: Caller, call_with: Callable[..., Caller], lan: str
) -> None:
    put(api, lan, GOLD)

    first = api.get(f"{lan}/tiers?limit=1").json
    second = api.get(f"{lan}/tiers?limit=1&cursor={first['next_cursor']}").json
    [step], [before] = first["items"], second["items"]
    assert (step["before"], step["after"], step["reason"], step["until"]) == ("silver", "gold", "manual", "2026-12-31")
    assert (step["text"], step["actor"][:4]) == (None, "key:")
    assert (before["before"], before["after"], before["reason"]) == ("member", "silver", "rise")
    assert before["purchase_id"] and second["next_cursor"] is None
    seeing = call_with("customers:read", "customers:reveal")
    assert seeing.get(f"{lan}/tiers").json["items"][0]["text"] == "Khách thân"


def test_reading_needs_one_scope_and_setting_another(call_with: Callable[..., Caller], lan: str) -> None:
    assert call_with("points:write").get(f"{lan}/tier").status_code == 403
    assert put(call_with("customers:read"), lan, GOLD).status_code == 403
