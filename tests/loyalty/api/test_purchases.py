"""/purchases, /ledger, /simulations."""

from typing import Any

import sqlalchemy as sa

from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.builders_campaigns import make_person
from tests.loyalty.api.conftest import Caller

BILL = {
    "source": "kiotviet",
    "reference": "HD123",
    "customer": {"phone": "0912345678"},
    "store": "main",
    "purchased_at": "2026-11-22T11:30:00+07:00",
    "lines": [
        {"sku": "LT", "name": "Latte đá", "category": "Cà phê", "quantity": 5, "unit_price": 55_000, "discount": 25_000}
    ],
    "total": 250_000,
    "discount": 25_000,
}


def test_a_purchase_earns_its_points_once(database: Database, api: Caller) -> None:
    first = api.post("/purchases", BILL)
    assert first.status_code == 201
    made = first.json
    assert (made["points"], made["balance"], made["customer_is_new"]) == (25, 25, True)
    assert (made["store"], made["purchased_at"]) == ("MAIN", "2026-11-22T04:30:00+00:00")
    assert made["lines"] == BILL["lines"]
    again = api.post("/purchases", BILL)
    assert (again.status_code, again.json) == (200, made)
    assert api.get(f"/purchases/{made['id']}").json == made
    with database.read_only() as session:
        [entry] = session.scalars(sa.select(AuditEntry).filter_by(action="award"))
        assert (entry.subject, entry.detail) == (f"purchase:{made['id']}", {"total": 250_000, "points": 25})


def test_a_receipt_of_somebody_else_or_another_amount_is_refused(api: Caller) -> None:
    made = api.post("/purchases", BILL).json
    for change in ({"total": 260_000}, {"customer": {"phone": "0987654321"}}):
        answer = api.post("/purchases", BILL | change)
        assert answer.status_code == 409
        problem = answer.json
        assert (problem["code"], problem["reference"], problem["total"]) == ("receipt_taken", "HD123", 250_000)
        assert problem["purchase"] == made["id"]
        assert not any(name.endswith("_id") for name in problem)  # our own numbers stay inside
    assert api.post("/purchases", BILL | {"source": "web"}).status_code == 201


def test_a_purchase_of_a_known_customer_by_id(api: Caller) -> None:
    customer = api.post("/customers", {"name": "Lan"}).json
    made = api.post("/purchases", BILL | {"customer": {"id": customer["id"]}}).json
    assert (made["customer_id"], made["customer_is_new"]) == (customer["id"], False)


def test_what_a_purchase_names_must_be_there(api: Caller) -> None:
    for change, code in (
        ({"customer": {"id": "unknown"}}, "customer_not_found"),
        ({"store": "nowhere"}, "store_not_found"),
    ):
        answer = api.post("/purchases", BILL | change)
        assert (answer.status_code, answer.json["code"]) == (404, code)


def test_a_purchase_lies_in_the_past(api: Caller) -> None:
    answer = api.post("/purchases", BILL | {"purchased_at": "2026-11-23T09:00:00+07:00"})
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert (list(answer.json["errors"]), answer.json["reason"]) == (["purchased_at"], "purchase_in_future")


def test_without_a_time_it_was_bought_now(api: Caller) -> None:
    bare: dict[str, Any] = {name: BILL[name] for name in ("source", "reference", "customer", "total")}
    made = api.post("/purchases", bare).json
    assert made["purchased_at"] == "2026-11-22T05:00:00+00:00"


def test_a_movement_is_undone_once(database: Database, api: Caller) -> None:
    made = api.post("/purchases", BILL).json
    undone = api.post(f"/ledger/{made['entry_id']}/reversal")
    assert undone.status_code == 201
    assert (undone.json["points"], undone.json["balance_after"], undone.json["reverses"]) == (-25, 0, made["entry_id"])
    again = api.post(f"/ledger/{made['entry_id']}/reversal", {})
    assert (again.status_code, again.json["code"], again.json["reversal"]) == (409, "already_undone", undone.json["id"])
    assert api.get(f"/purchases/{made['id']}").json["state"] == "undone"
    assert api.post("/purchases", BILL).status_code == 201  # the receipt is free again


def test_a_simulation_writes_nothing(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        silver = make_person(session, phone="+84912345678", tier="silver", carry=5_000)
    for customer in ({"phone": "0912345678"}, {"id": silver.public_id}):
        told = api.post("/simulations/accrual", {"customer": customer, "total": 250_000}).json
        assert told == {
            "points": 31,
            "credit": 312_500,
            "multiplier": "1.25",
            "tier": "Bạc",
            "tier_code": "silver",
            "programme": 1,
        }
    stranger = api.post("/simulations/accrual", {"customer": {"phone": "0987654321"}, "total": 19_999}).json
    assert stranger["points"] == 1
    with database.read_only() as session:
        assert session.scalars(sa.select(CustomerStats.carry)).all() == [5_000]
