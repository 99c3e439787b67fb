"""Fields of the shop's own at the console: defined, written on a profile, taken back, put away."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.customers.models import Customer
from loyalty.customers.traits import fields, values
from loyalty.customers.traits.models import CustomField
from loyalty.db import Database
from loyalty.segments import saved
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.builders_console import Browser, Console, make_console

NEW: dict[str, Any] = {
    "name_vi": "Cỡ giày",
    "key": "size",
    "kind": "number",
    "purpose": "personalisation",
    "months": "24",
}
SECRET: dict[str, Any] = {**NEW, "name_vi": "Bệnh nền", "key": "illness", "kind": "text", "personal": "1"}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    with database.transaction() as session:
        make_person(session, "Lan")
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def held(console: Console) -> dict[str, object]:
    with console.database.read_only() as session:
        lan = session.scalars(sa.select(Customer)).one()
        return {each.field.key: each.value for each in values.of_customer(session, lan)}


def test_a_field_is_defined_written_taken_back_and_put_away(console: Console, owner: Browser) -> None:
    refused = owner.post("/console/fields/new", **{**NEW, "purpose": "", "key": "Cỡ"})
    assert refused.status_code == 422
    for new in (NEW, SECRET):
        owner.post("/console/fields/new", **new)
    assert "Cỡ giày" in owner.get("/console/fields").text
    with console.database.read_only() as session:
        address = f"/console/customers/{session.scalars(sa.select(Customer.public_id)).one()}"
    wrong = owner.post(f"{address}/fields", own_size="ba tám", own_illness="")
    assert wrong.status_code == 422
    assert "Cần số nguyên, ví dụ: 38" in wrong.text
    page = owner.post(f"{address}/fields", own_size="38", own_illness="hen").text
    assert held(console) == {"size": 38, "illness": "hen"}
    assert "•••" in page and ">hen" not in page and "Ghi ô riêng: illness, size" in page
    assert "hen <span" in owner.post(f"{address}/reveal").text
    part = {"data": {"csrf_token": owner._token()}, "headers": {"HX-Request": "true"}}
    for asks, shows in (("", False), ("?own=1", True)):  # other pages of a customer have none; the profile has
        assert ("hen <span" in owner.client.post(f"{address}/reveal{asks}", **part).text) is shows
        with console.database.read_only() as session:
            noted = session.scalars(
                sa.select(AuditEntry.detail).filter_by(action="reveal").order_by(AuditEntry.id)
            ).all()
            assert ("custom.illness" in noted[-1]["fields"]) is shows
    way = re.search(r'action="(/console/customers/[^"]*fields/back[^"]*)"', page)
    assert way is not None
    owner.post(way[1].replace("&amp;", "&"))
    assert held(console) == {}
    with console.database.transaction() as session:
        saved.create(session, "Chân to", {"field": "custom.size", "op": ">", "value": 41}, now=NOON)
    owner.post("/console/fields/size/archive")
    assert "Chân to" in owner.get("/console/fields").text
    owner.post("/console/fields/illness/archive")
    with console.database.read_only() as session:
        away = session.scalars(sa.select(CustomField.key).where(CustomField.archived_at.is_not(None))).all()
        assert (away, list(fields.by_key(session))) == (["illness"], ["size"])
    composed = owner.get("/console/segments/new").text
    assert "custom.size" in composed and "custom.illness" not in composed
    assert "Cỡ giày" in owner.get("/console/customers/dictionary").text


def test_a_cashier_sees_and_writes_no_personal_field(console: Console, owner: Browser) -> None:
    for new in (NEW, SECRET):
        owner.post("/console/fields/new", **new)
    with console.database.read_only() as session:
        address = f"/console/customers/{session.scalars(sa.select(Customer.public_id)).one()}"
    cashier = console.sign_in("cashier")
    assert cashier.get("/console/fields/new").status_code == 403
    form = cashier.get(f"{address}/fields").text
    assert "own_size" in form and "own_illness" not in form
    cashier.post(f"{address}/fields", own_size="40", own_illness="hen")
    assert held(console) == {"size": 40}


def test_a_shorter_time_says_how_many_values_go_and_can_be_taken_back(console: Console, owner: Browser) -> None:
    owner.post("/console/fields/new", **NEW)
    with console.database.transaction() as session:
        lan = session.scalars(sa.select(Customer)).one()
        values.put_all(session, lan, {"size": 38}, by=Author("demo", "demo"), now=NOON - timedelta(days=200))
    shorter = {**NEW, "months": "3"}
    assert owner.post("/console/fields/size", **shorter).status_code == 422
    assert "Giữ 3 tháng thì 1 giá trị đã cho lâu hơn thế sẽ bị quên từ đêm nay" in owner.page
    assert months(console) == 24
    owner.post("/console/fields/size", **shorter, sure="4")  # of another number
    assert months(console) == 24
    page = owner.post("/console/fields/size", **{**shorter, "months": "03"}, sure="03").text  # as it was typed
    assert months(console) == 3
    way = re.search(r'action="(/console/fields/size/back[^"]*)"', page)
    assert way is not None
    owner.post(way[1].replace("&amp;", "&"))
    assert months(console) == 24


def months(console: Console) -> int:
    with console.database.read_only() as session:
        return session.scalars(sa.select(CustomField.months)).one()
