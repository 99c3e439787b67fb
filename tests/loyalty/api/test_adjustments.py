"""Points given and taken through the API, and the statement that shows it."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bots import voice
from loyalty.db import Database
from loyalty.points.counter import deciding
from loyalty.points.counter.orders import Hand
from loyalty.points.telling import Silent
from loyalty.staff import approvals
from loyalty.staff.audit import Author
from loyalty.staff.models import Approval, AuditEntry
from tests.builders import NOON
from tests.builders_chat import said
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, limit_adjustments, problems
from tests.builders_staff import make_staff
from tests.loyalty.api.conftest import Caller


@pytest.fixture
def lan(app: Flask, database: Database) -> str:
    """Lan, who writes on Zalo."""
    app.extensions["loyalty_voice"] = voice
    with database.transaction() as session:
        customer = make_customer(session, name="Lan", phone=LAN)
        make_identity(session, customer, user_id="lan")
        return customer.public_id


def adjust(api: Caller, customer: str, points: Any = 50, reason: Any = "Đền ly hỏng", **options: Any) -> Any:
    return api.post(f"/customers/{customer}/adjustments", {"points": points, "reason": reason}, **options)


def test_points_are_given_and_the_customer_is_told(api: Caller, database: Database, lan: str) -> None:
    made = adjust(api, lan)

    assert made.status_code == 201
    assert (made.json["kind"], made.json["points"], made.json["balance_after"]) == ("adjust", 50, 50)
    with database.read_only() as session:
        assert [message.user for message in said(session)] == ["lan"]
        entry = session.scalars(select(AuditEntry).filter_by(action="adjust")).one()
        assert (entry.source, entry.subject) == ("api", f"entry:{made.json['id']}")
        assert problems(session) == []
    undone = api.post(f"/ledger/{made.json['id']}/reversal")
    assert (undone.status_code, undone.json["balance_after"]) == (201, 0)


def test_the_same_idempotency_key_gives_once(api: Caller, lan: str) -> None:
    first, again = (adjust(api, lan, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)


@pytest.mark.parametrize(
    ("points", "reason", "field"),
    [(0, "x", "points"), (1, "", "reason"), (1, " ", "reason"), (1, "x" * 301, "reason"), (10**8, "x", "points")],
)
def test_wrong_fields_are_named(api: Caller, lan: str, points: int, reason: str, field: str) -> None:
    refused = adjust(api, lan, points, reason)
    assert (refused.status_code, refused.json["code"]) == (422, "validation_failed")
    [(name, [sentence])] = refused.json["errors"].items()
    assert name == field and "is wrong" not in sentence


def test_nobody_is_taken_more_than_they_have(api: Caller, lan: str) -> None:
    refused = adjust(api, lan, -5)
    assert (refused.status_code, refused.json["code"]) == (422, "insufficient_points")


def test_above_the_limit_it_waits_for_a_person(api: Caller, database: Database, lan: str) -> None:
    with database.transaction() as session:
        limit_adjustments(session, 100)

    waits = adjust(api, lan, 101)

    assert waits.status_code == 202
    assert (waits.json["kind"], waits.json["state"]) == ("adjust", "waiting")
    with database.transaction() as session:
        request = session.scalars(select(Approval)).one()
        assert (str(request.id), request.asked_by_id, request.asked_by[:4]) == (waits.json["id"], None, "key:")
        owner = make_staff(session, "owner")
        hand = Hand(owner, Author.of(owner, "console"), "k", NOON, Silent())
        assert deciding.approve(session, request.id, hand).entry.actor == request.asked_by
        assert approvals.get(session, request.id).state == "approved"
    assert api.get(f"/customers/{lan}").json["points"] == 101


def test_the_scope_is_asked_for(call_with: Any, lan: str) -> None:
    assert adjust(call_with("points:read"), lan).status_code == 403


class TestStatement:
    def test_opening_and_sums_are_closing(self, api: Caller, database: Database, lan: str) -> None:
        with database.transaction() as session:
            award(session, LAN, 100_000)
        adjust(api, lan, 5)

        told = api.get(f"/customers/{lan}/statement").json

        assert (told["from"], told["to"], told["opening"], told["closing"]) == ("2026-11-01", "2026-11-22", 0, 15)
        assert told["sums"] == {
            **dict.fromkeys(("bonus", "released", "given_back", "taken_back", "used", "expired"), 0),
            "earned": 10,
            "adjusted": 5,
        }
        assert [item["kind"] for item in told["items"]] == ["earn", "adjust"]

    def test_its_movements_come_in_pages(self, api: Caller, lan: str) -> None:
        for _ in range(3):
            adjust(api, lan, 5)
        first = api.get(f"/customers/{lan}/statement?limit=2").json
        rest = api.get(f"/customers/{lan}/statement?limit=2&cursor={first['next_cursor']}").json
        assert [item["balance_after"] for item in [*first["items"], *rest["items"]]] == [5, 10, 15]
        assert rest["next_cursor"] is None

    def test_days_are_chosen(self, api: Caller, lan: str) -> None:
        adjust(api, lan, 5)
        told = api.get(f"/customers/{lan}/statement?from=2026-10-01&to=2026-10-31").json
        assert (told["opening"], told["closing"], told["items"]) == (0, 0, [])
        told = api.get(f"/customers/{lan}/statement?to=2027-01-31").json
        assert (told["from"], told["opening"]) == ("2027-01-01", 5)

    @pytest.mark.parametrize("query", ["from=2026-12-01&to=2026-11-01", "from=1.1.2026", "to=2026-13-01", "from="])
    def test_wrong_days_are_refused(self, api: Caller, lan: str, query: str) -> None:
        assert api.get(f"/customers/{lan}/statement?{query}").status_code == 422
