"""A shop's own fields by the API: defined, given, refused with a right example, put away when nothing uses them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from loyalty.customers import profiles
from loyalty.customers.traits import values
from loyalty.db import Database
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.loyalty.api.conftest import Caller

SIZE = {
    "key": "size",
    "name_vi": "Cỡ giày",
    "name_en": "Shoe size",
    "kind": "number",
    "purpose": "personalisation",
    "months": 24,
}
ILLNESS = {**SIZE, "key": "illness", "name_vi": "Bệnh nền", "name_en": "Illness", "kind": "text", "personal": True}
SKIN = {**SIZE, "key": "skin", "name_vi": "Da", "name_en": "Skin", "kind": "choice", "choices": ["Dầu", "Khô"]}


@pytest.fixture
def lan(database: Database, api: Caller) -> str:
    with database.transaction() as session:
        found = make_person(session, "Lan").public_id
    for field in (SIZE, ILLNESS, SKIN):
        assert api.post("/custom-fields", field).status_code == 201
    return found


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"purpose": "because"}, "purpose"),
        ({"purpose": None}, "purpose"),
        ({"key": "Cỡ giày"}, "key"),
        ({"kind": "json"}, "kind"),
        ({"months": 0}, "months"),
        ({"name_vi": "{tên}"}, "name_vi"),
        ({"kind": "choice"}, "choices"),
    ],
)
def test_a_field_that_is_not_whole_is_refused_by_name(api: Caller, change: dict[str, Any], path: str) -> None:
    body = {name: value for name, value in {**SIZE, **change}.items() if value is not None}
    answer = api.post("/custom-fields", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [path])
    assert api.get("/custom-fields").json == {"items": []}


def test_values_are_given_corrected_and_told_with_their_source(
    api: Caller, call_with: Callable[..., Caller], lan: str
) -> None:
    revealing = call_with("customers:read", "customers:reveal")
    changed = api.patch(f"/customers/{lan}", {"custom": {"size": 38, "illness": "hen", "skin": "khô"}})
    assert changed.json["custom"] == {"size": 38, "skin": "Khô"}  # a personal one only for who may see it
    assert revealing.get(f"/customers/{lan}").json["custom"] == {"size": 38, "illness": "hen", "skin": "Khô"}
    told = api.get(f"/customers/{lan}/custom").json["items"]
    assert [(each["key"], each["value"], each["source"]) for each in told] == [
        ("size", 38, "api"),
        ("illness", None, "api"),
        ("skin", "Khô", "api"),
    ]
    assert api.patch(f"/customers/{lan}", {"custom": {"size": None}}).json["custom"] == {"skin": "Khô"}
    made = api.post("/customers", {"name": "Minh", "custom": {"size": 42}})
    assert (made.status_code, made.json["custom"]) == (201, {"size": 42})


def test_each_wrong_value_names_its_field_and_a_right_example(api: Caller, lan: str) -> None:
    wrong = {"size": "38", "skin": "Thường", "height": 170}
    refused = api.patch(f"/customers/{lan}", {"name": "Lan Anh", "custom": wrong})
    assert refused.status_code == 422
    assert refused.json["errors"] == {
        "custom.size": ["Not a whole number of “Shoe size”; such as 38."],
        "custom.skin": ["Not one of the list of “Skin”; such as Dầu."],
        "custom.height": ["No such field; there is size, illness, skin."],
    }
    assert api.get(f"/customers/{lan}").json["name"] == "Lan"


def test_a_field_in_use_is_not_put_away_and_names_who_uses_it(api: Caller, lan: str) -> None:
    rules = {"all": [{"field": "custom.size", "op": ">=", "value": 40}]}
    segment = api.post("/segments", {"name": "Chân to", "rules": rules}).json["id"]
    refused = api.post("/custom-fields/size/archive")
    assert (refused.status_code, refused.json["code"], refused.json["names"]) == (
        409,
        "custom_field_in_use",
        ["Chân to"],
    )
    api.post(f"/segments/{segment}/remove")
    assert api.post("/custom-fields/size/archive").json["archived_at"] is not None
    assert api.patch(f"/customers/{lan}", {"custom": {"size": 38}}).status_code == 422
    assert api.post("/custom-fields/size/restore").json["archived_at"] is None
    assert api.patch("/custom-fields/skin", {"choices": ["Khô", "Nhạy cảm"]}).status_code == 422  # a choice stays
    assert api.patch("/custom-fields/skin", {"choices": ["Dầu", "Khô", "Nhạy cảm"]}).status_code == 200


def test_who_has_each_is_as_a_worker_counted_last(api: Caller) -> None:
    asked = api.post("/custom-fields/worth")
    assert (asked.status_code, asked.json["pending"], asked.json["taken_at"]) == (202, True, None)
    assert {each["people"] for each in api.get("/custom-fields/worth").json["items"]} == {None}


def test_a_shorter_time_tells_how_many_values_it_ends(api: Caller, database: Database, lan: str) -> None:
    with database.transaction() as session:
        found, before = profiles.get_public(session, lan), NOON - timedelta(days=100)
        values.put_all(session, found, {"size": 38}, by=Author("demo", "demo"), now=before)
    told = [api.patch("/custom-fields/size", {"months": months}).json for months in (4, 3, 24)]
    assert [(each["months"], each["ending"]) for each in told] == [(4, 0), (3, 1), (24, 0)]
