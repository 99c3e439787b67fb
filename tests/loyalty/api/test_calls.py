"""The list of calls through the API."""

from collections.abc import Callable

import sqlalchemy as sa

from loyalty.db import Database
from loyalty.messaging import phoning
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer
from tests.loyalty.api.conftest import Caller


def test_a_call_is_listed_done_and_opened_again(
    database: Database, api: Caller, call_with: Callable[..., Caller]
) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN)
        assert phoning.want(session, lan.id, "service", "window", "Mời bạn ghé", now=NOON)
    [call] = api.get("/calls").json["items"]
    assert (call["customer_id"], call["kind"], call["reason"], call["text"]) == (
        lan.public_id,
        "service",
        "window",
        None,
    )
    seer = call_with("calls:read", "customers:reveal")
    assert seer.get("/calls").json["items"][0]["text"] == "Mời bạn ghé"

    for _ in range(2):
        done = api.post(f"/calls/{call['id']}/done")
        assert (done.status_code, done.json["done_by"][:4]) == (200, "key:")
    assert api.get("/calls").json["items"] == []
    assert api.post(f"/calls/{call['id']}/reopen").json["done_at"] is None
    assert api.post("/calls/AAAAAAAAAAAAAAAA/done").json["code"] == "call_not_found"
    with database.read_only() as session:
        deeds = list(session.scalars(sa.select(AuditEntry.action).filter_by(source="api").order_by(AuditEntry.id)))
    assert deeds == ["reveal", "call_done", "call_reopened"]
