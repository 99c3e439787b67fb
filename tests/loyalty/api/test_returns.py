"""/purchases/{id}/returns."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.builders_points import problems
from tests.loyalty.api.conftest import Caller

LATTE = {"sku": "LT", "name": "Latte đá", "quantity": 4, "unit_price": 50_000}
CAKE = {"sku": "TM", "name": "Tiramisu", "quantity": 1, "unit_price": 60_000, "discount": 10_000}
BILL = {
    "source": "kiotviet",
    "reference": "HD123",
    "customer": {"phone": "0912345678"},
    "lines": [LATTE, CAKE, LATTE | {"quantity": 1, "unit_price": 0}],
    "total": 225_000,
    "discount": 25_000,
}


@pytest.fixture
def bought(api: Caller) -> dict[str, Any]:
    return dict(api.post("/purchases", BILL).json)


def test_a_return_takes_its_points_and_the_same_slip_is_the_first_one(
    database: Database, api: Caller, bought: dict[str, Any]
) -> None:
    address = f"/purchases/{bought['id']}/returns"
    body = {"amount": 100_000, "reference": "TH45", "reason": "Khách Lan đổi ý"}

    first = api.post(address, body)
    again = api.post(address, body)

    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    made = first.json
    assert (made["amount"], made["points"], made["shortfall"], made["lines"]) == (100_000, 10, 0, [])
    assert (made["left"], made["balance"], made["purchase_id"]) == (125_000, 12, bought["id"])
    whole = api.get(f"/purchases/{bought['id']}").json
    assert (whole["returned"], whole["state"]) == (100_000, "recorded")
    assert whole["returns"] == [{name: made[name] for name in made if name not in ("left", "balance")}]
    with database.read_only() as session:
        [entry] = session.scalars(sa.select(AuditEntry).filter_by(action="return"))
        assert (entry.subject, entry.detail) == (f"purchase:{bought['id']}", {"amount": 100_000, "points": -10})
        assert "Lan" not in repr(session.execute(sa.text("SELECT * FROM purchase_return")).all())
        assert problems(session) == []


def test_another_amount_under_the_same_slip_is_refused(api: Caller, bought: dict[str, Any]) -> None:
    address = f"/purchases/{bought['id']}/returns"
    api.post(address, {"lines": [{"line": 1}], "reference": "TH45"})

    for other in ({"amount": 1_000}, {"lines": [{"line": 1, "quantity": 2}]}):
        answer = api.post(address, other | {"reference": "TH45"})
        assert (answer.status_code, answer.json["code"]) == (409, "idempotency_conflict")


def test_lines_come_back_by_place_or_by_product(api: Caller, bought: dict[str, Any]) -> None:
    address = f"/purchases/{bought['id']}/returns"

    one = api.post(address, {"lines": [{"line": 1, "quantity": 2}]}).json
    other = api.post(address, {"lines": [{"sku": "LT", "quantity": 3}]}).json  # two of the first line, one for free
    rest = api.post(address).json

    assert [(each["amount"], each["lines"]) for each in (one, other, rest)] == [
        (90_000, [{"line": 1, "quantity": 2}]),
        (90_000, [{"line": 1, "quantity": 2}, {"line": 3, "quantity": 1}]),
        (45_000, [{"line": 2, "quantity": 1}]),
    ]
    whole = api.get(f"/purchases/{bought['id']}").json
    assert ([line["returned"] for line in whole["lines"]], whole["state"]) == ([4, 1, 1], "returned")
    assert api.get(f"/customers/{bought['customer_id']}").json["points"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code", "facts"),
    [
        ({"amount": 225_001}, 422, "over_return", {"left": 225_000, "total": 225_000, "returned": 0}),
        ({"lines": [{"line": 1, "quantity": 5}]}, 422, "over_return", {"left": 4, "line": 1}),
        ({"lines": [{"sku": "LT", "quantity": 6}]}, 422, "over_return", {"left": 5}),
        ({"lines": [{"line": 3}]}, 422, "amount_needed", {}),  # it was free
        ({"lines": [{"line": 9}]}, 422, "validation_failed", {"reason": "bad_return"}),
        ({"lines": [{"sku": "??"}]}, 422, "validation_failed", {"reason": "bad_return"}),
        ({"lines": [{"line": 1, "sku": "LT"}]}, 422, "validation_failed", {}),
        ({"lines": [{"quantity": 1}]}, 422, "validation_failed", {}),
        ({"amount": 0}, 422, "validation_failed", {}),
        ({"amount": True}, 422, "validation_failed", {}),
        ({"amount": 1_000, "store": "NOWHERE"}, 404, "store_not_found", {}),
    ],
)
def test_what_cannot_come_back_is_refused_and_changes_nothing(
    api: Caller, bought: dict[str, Any], body: dict[str, Any], status: int, code: str, facts: dict[str, Any]
) -> None:
    answer = api.post(f"/purchases/{bought['id']}/returns", body)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert {name: answer.json[name] for name in facts} == facts
    assert api.get(f"/purchases/{bought['id']}").json == bought


def test_an_undone_or_unknown_purchase_has_nothing_to_return(api: Caller, bought: dict[str, Any]) -> None:
    api.post(f"/ledger/{bought['entry_id']}/reversal")

    undone = api.post(f"/purchases/{bought['id']}/returns", {"amount": 1_000})
    unknown = api.post(f"/purchases/{'x' * 16}/returns", {"amount": 1_000})

    assert (undone.status_code, undone.json["code"]) == (409, "purchase_undone")
    assert (unknown.status_code, unknown.json["code"]) == (404, "purchase_not_found")


def test_a_return_is_undone_like_any_movement_and_before_its_bill(api: Caller, bought: dict[str, Any]) -> None:
    made = api.post(f"/purchases/{bought['id']}/returns", {"amount": 100_000}).json

    early = api.post(f"/ledger/{bought['entry_id']}/reversal")
    assert (early.status_code, early.json["code"], early.json["first"]) == (409, "returned_since", made["entry_id"])
    assert api.post(f"/ledger/{made['entry_id']}/reversal").status_code == 201
    whole = api.get(f"/purchases/{bought['id']}").json
    assert (whole["returned"], whole["returns"][0]["state"]) == (0, "undone")
    assert api.post(f"/ledger/{bought['entry_id']}/reversal").status_code == 201


def test_reading_is_not_enough(call_with: Callable[..., Caller], bought: dict[str, Any]) -> None:
    answer = call_with("purchases:read").post(f"/purchases/{bought['id']}/returns", {"amount": 1_000})

    assert answer.status_code == 403
