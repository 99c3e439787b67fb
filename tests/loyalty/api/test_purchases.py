"""/purchases, /ledger, /simulations."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.builders_campaigns import make_person
from tests.builders_points import add_terms
from tests.loyalty.api.conftest import Caller

LINE = {"sku": "LT", "name": "Latte đá", "category": "Cà phê", "quantity": 5, "unit_price": 55_000, "discount": 25_000}
BILL = {
    "source": "kiotviet",
    "reference": "HD123",
    "customer": {"phone": "0912345678"},
    "store": "main",
    "purchased_at": "2026-11-22T11:30:00+07:00",
    "lines": [LINE],
    "total": 250_000,
    "discount": 25_000,
}


def test_a_purchase_earns_its_points_once(database: Database, api: Caller) -> None:
    first = api.post("/purchases", BILL)
    assert first.status_code == 201
    made = first.json
    assert (made["points"], made["balance"], made["customer_is_new"]) == (25, 25, True)
    assert (made["store"], made["purchased_at"]) == ("MAIN", "2026-11-22T04:30:00+00:00")
    assert made["lines"] == [LINE | {"line": 1, "returned": 0}]
    assert (made["returned"], made["returns"]) == (0, [])
    again = api.post("/purchases", BILL)
    assert (again.status_code, again.json) == (200, made)
    assert api.get(f"/purchases/{made['id']}").json == made
    with database.read_only() as session:
        [entry] = session.scalars(sa.select(AuditEntry).filter_by(action="award"))
        assert (entry.subject, entry.detail) == (f"purchase:{made['id']}", {"total": 250_000, "points": 25})


def test_a_receipt_of_somebody_else_or_another_amount_is_refused_naming_both(api: Caller) -> None:
    made = api.post("/purchases", BILL).json
    minh = api.post("/customers", {"name": "Minh", "phone": "0977000111"}).json["id"]
    for change, asked in (
        ({"total": 260_000, "lines": []}, made["customer_id"]),
        ({"customer": {"phone": "0987654321"}}, None),  # nobody has it, and nobody is made
        ({"customer": {"phone": "0977000111"}}, minh),
        ({"customer": {"id": minh}}, minh),
    ):
        answer = api.post("/purchases", BILL | change)
        assert answer.status_code == 409
        problem = answer.json
        assert (problem["code"], problem["reference"], problem["total"]) == ("receipt_taken", "HD123", 250_000)
        assert problem["purchase"] == made["id"]
        assert (problem["customer"], problem["asked_customer"]) == (made["customer_id"], asked)
        assert not any(name.endswith("_id") for name in problem)  # our own numbers stay inside
    assert api.post("/purchases", BILL | {"source": "web"}).status_code == 201


ONE = {"name": "Latte", "unit_price": 50_000}


@pytest.mark.parametrize(
    ("bill", "total"),
    [
        ({"lines": [ONE]}, 50_000),
        ({"lines": [ONE | {"quantity": 3}, {"name": "Nước", "unit_price": 0}]}, 150_000),
        ({"lines": [ONE | {"quantity": 3, "discount": 20_000}], "discount": 10_000}, 120_000),
        ({"lines": [ONE | {"quantity": 3, "discount": 20_000}], "discount": 30_000}, 120_000),  # that of lines within
        ({"lines": [{"name": "Latte"}]}, 77_000),  # no prices: nothing to add up
    ],
)
def test_lines_with_prices_come_to_the_total(api: Caller, bill: dict[str, Any], total: int) -> None:
    body = {"source": "web", "reference": "1", "customer": {"phone": "0912345678"}} | bill
    assert api.post("/purchases", body | {"total": total}).status_code == 201
    if bill["lines"][0].get("unit_price"):
        answer = api.post("/purchases", body | {"total": total + 1, "reference": "2"})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["total"])
        assert (answer.json["reason"], str(total + 1) in answer.json["errors"]["total"][0]) == ("bad_bill", True)


def test_null_is_nothing_given(api: Caller) -> None:
    bare = {"source": "web", "reference": "1", "customer": {"phone": "0912345678"}, "total": 50_000}
    made = api.post("/purchases", bare | {"store": None, "purchased_at": None}).json
    assert (made["store"], made["purchased_at"]) == ("MAIN", "2026-11-22T05:00:00+00:00")
    assert api.post("/simulations/accrual", {"customer": None, "total": 50_000}).json["points"] == 5


def test_what_a_customer_bought_is_listed_newest_first(api: Caller) -> None:
    bare = {"source": "web", "customer": {"phone": "0912345678"}}
    made = [api.post("/purchases", bare | {"reference": f"R{n}", "total": 10_000 * n}).json for n in (1, 2, 3)]
    api.post(f"/ledger/{made[1]['entry_id']}/reversal")
    address = f"/customers/{made[0]['customer_id']}/purchases"
    first = api.get(f"{address}?limit=2").json
    rest = api.get(f"{address}?limit=2&cursor={first['next_cursor']}").json
    listed = first["items"] + rest["items"]
    assert [(each["reference"], each["points"], each["state"]) for each in listed] == [
        ("R3", 3, "recorded"), ("R2", 2, "undone"), ("R1", 1, "recorded"),
    ]  # fmt: skip
    whole = api.get(f"/purchases/{made[2]['id']}").json
    assert listed[0] == {name: value for name, value in whole.items() if name not in ("lines", "balance", "returns")}


def test_why_a_movement_was_undone_stays_with_the_person(
    database: Database, api: Caller, call_with: Callable[..., Caller]
) -> None:
    api.post("/customers", {"phone": "0912345678"})
    made = api.post("/purchases", BILL).json
    assert api.post(f"/ledger/{made['entry_id']}/reversal", {"reason": "Khách Lan trả hàng"}).status_code == 201
    reader = call_with("customers:read", "customers:reveal")
    told = reader.get(f"/customers/{made['customer_id']}/timeline").json["items"][0]
    assert (told["kind"], told["text"]) == ("purchase_undone", "Khách Lan trả hàng")
    with database.read_only() as session:  # words about people are nowhere in clear
        raw = repr(session.execute(sa.text("SELECT * FROM activity")).all())
        raw += repr(session.execute(sa.text("SELECT * FROM audit_entry")).all())
    assert "trả hàng" not in raw
    for wrong in ({"reason": ""}, {"reason": 5}, {"reason": "x" * 301}, {"why": "x"}):
        assert api.post("/ledger/1/reversal", wrong).status_code == 422


def test_the_rules_in_force_are_told(api: Caller) -> None:
    rules = api.get("/programme").json
    assert (rules["version"], rules["earning"], rules["rules"]) == (1, {"per_amount": 10_000}, [])
    assert rules["expiry"] == {"policy": "after", "months": 12, "days": 0}
    assert rules["sentences"][0] == "Cứ 10.000đ được 1 điểm; phần lẻ để dành cho đơn sau"
    assert [(tier["code"], tier["name"], tier["spend"], tier["multiplier"]) for tier in rules["tiers"]] == [
        ("member", "Thành viên", 0, "1"), ("silver", "Bạc", 2_000_000, "1.25"), ("gold", "Vàng", 10_000_000, "1.5"),
    ]  # fmt: skip
    assert rules["limits"] == {"cashier_bill": 5_000_000}
    assert rules["effective_from"] <= "2026-11-22"


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
            "points_pending": 0,
            "points_usable_on": None,
            "paid_points": 0,
            "paid_amount": 0,
            "most_points": 0,
            "credit": 312_500,
            "multiplier": "1.25",
            "tier": "Bạc",
            "tier_code": "silver",
            "programme": 1,
            "explanation": "×1,25 hạng Bạc",
        }
    stranger = api.post("/simulations/accrual", {"customer": {"phone": "0987654321"}, "total": 19_999}).json
    assert stranger["points"] == 1
    with database.read_only() as session:
        assert session.scalars(sa.select(CustomerStats.carry)).all() == [5_000]


def test_a_simulation_looks_at_lines_another_tier_and_another_day(database: Database, api: Caller) -> None:
    rule = '[[rules]]\ncode = "cake"\nname = { vi = "Bánh" }\nkind = "multiply"\non = "line"\nmultiplier = "2"\n'
    with database.transaction() as session:
        add_terms(session, rule + '[rules.when]\ncategories = ["Bánh"]\nweekdays = ["sat"]\n')
    lines = [{"name": "Bánh mì", "category": "Bánh", "unit_price": 100_000}, {"name": "Trà", "unit_price": 50_000}]
    asked = {"total": 150_000, "lines": lines, "tier": "gold"}

    now = api.post("/simulations/accrual", asked).json  # a Sunday
    saturday = api.post("/simulations/accrual", asked | {"purchased_at": "2026-11-28T09:00:00+07:00"}).json

    assert (now["points"], now["tier_code"], saturday["points"]) == (22, "gold", 37)  # 150 and 250 thousand × 1.5
    refused = api.post("/simulations/accrual", asked | {"tier": "platinum"})
    assert (refused.status_code, refused.json["code"]) == (422, "unknown_tier")
    wrong = api.post("/simulations/accrual", asked | {"total": 140_000})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["total"])
