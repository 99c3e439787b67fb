"""Bills paid with points, and points that wait for the delivery, through the API."""

from typing import Any

import pytest

from loyalty.customers.models import Customer
from loyalty.db import Database
from tests.builders_customers import LAN, make_customer
from tests.builders_points import add_terms, award
from tests.loyalty.api.conftest import Caller

BILL: dict[str, Any] = {"source": "web", "reference": "W1", "customer": {"phone": "0912345678"}, "total": 250_000}


def rich(database: Database, terms: str) -> str:
    """Lan with 100 points, and more terms of the programme from today on."""
    with database.transaction() as session:
        lan: Customer = make_customer(session, phone=LAN)
        award(session, lan, 1_000_000)
        add_terms(session, terms)
        return lan.public_id


def test_points_pay_of_a_purchase_and_come_back_with_its_goods(database: Database, api: Caller) -> None:
    rich(database, "[redemption]\npoint_value = 1000\nmax_share = 40")
    asked = {"customer": {"phone": "0912345678"}, "total": 250_000, "pay_points": "max"}
    told = api.post("/simulations/accrual", asked).json
    assert (told["paid_points"], told["paid_amount"], told["most_points"], told["points"]) == (100, 100_000, 100, 15)

    made = api.post("/purchases", BILL | {"pay_points": 80})
    assert made.status_code == 201
    assert (made.json["paid_points"], made.json["paid_amount"], made.json["points"]) == (80, 80_000, 17)
    assert made.json["balance"] == 37
    assert api.post("/purchases", BILL | {"pay_points": 80}).status_code == 200

    back = api.post(f"/purchases/{made.json['id']}/returns", {"amount": 100_000}).json
    assert (back["paid_back"], back["points"], back["balance"]) == (32, 7, 62)


@pytest.mark.parametrize("pay", [0, -1, True, "all", 1.5, "80"])
def test_what_is_no_number_of_points_is_named(api: Caller, pay: Any) -> None:
    refused = api.post("/purchases", BILL | {"pay_points": pay})
    assert (refused.status_code, refused.json["code"]) == (422, "validation_failed")
    assert "pay_points" in refused.json["errors"]


def test_what_cannot_pay_is_refused_by_its_code(database: Database, api: Caller) -> None:
    assert api.post("/purchases", BILL | {"pay_points": 5}).json["code"] == "points_pay_nothing"
    rich(database, "[redemption]\npoint_value = 1000\nmax_share = 40")
    assert api.post("/purchases", BILL | {"pay_points": 101}).json["code"] == "insufficient_points"
    assert api.post("/purchases", BILL | {"total": 100_000, "pay_points": 41}).json["code"] == "too_many_points"


def test_a_delivery_makes_waiting_points_usable_once(database: Database, api: Caller) -> None:
    lan = rich(database, '[pending]\nrelease = "on_delivery"')
    made = api.post("/purchases", BILL).json
    assert (made["points"], made["points_pending"], made["points_usable_on"]) == (0, 25, None)
    assert api.get(f"/customers/{lan}").json["points_pending"] == 25
    for _ in range(2):
        told = api.post(f"/purchases/{made['id']}/delivered", {})
        assert (told.status_code, told.json["points_pending"], told.json["balance"]) == (200, 0, 125)
    [newest, *_] = api.get(f"/customers/{lan}/purchases").json["items"]
    assert newest["points_pending"] == 0


def test_what_waits_for_a_day_is_not_delivered(database: Database, api: Caller) -> None:
    rich(database, '[pending]\nrelease = "after_days"\ndays = 366')
    made = api.post("/purchases", BILL).json
    assert made["points_pending"] == 25 and made["points_usable_on"] is not None
    refused = api.post(f"/purchases/{made['id']}/delivered", {})
    assert (refused.status_code, refused.json["code"]) == (422, "not_by_delivery")
