"""Erasing a customer through the API."""

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.privacy import requests
from tests.builders_customers import LAN, make_customer
from tests.builders_points import award
from tests.loyalty.api.conftest import Caller


def test_a_customer_is_erased_once_with_a_reason(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        lan = make_customer(session, name="Lan", phone=LAN)
        award(session, lan, 250_000)
        customer_id, public_id = lan.id, lan.public_id

    assert api.post(f"/customers/{public_id}/erase", {}).status_code == 422
    for _ in range(2):
        answer = api.post(f"/customers/{public_id}/erase", {"reason": "asked by letter"})
        assert answer.status_code == 200, answer.text
        assert answer.json["erased_at"] and answer.json["name"] is None and answer.json["points"] == 25

    assert api.get("/customers", query_string={"phone": "0912345678"}).json["items"] == []
    with database.read_only() as session:
        [request] = requests.of_customer(session, customer_id)
        assert (request.kind, request.state, request.source) == ("erase", "done", "api")
        assert requests.reason_of(session, request) == "asked by letter"
        assert session.get_one(Customer, customer_id).phone_key is None


def test_nobody_is_not_there(api: Caller) -> None:
    assert api.post("/customers/nobody-has-this-id/erase", {"reason": "x"}).status_code == 404
