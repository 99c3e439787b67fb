"""/segments: kept, previewed, listed, explained."""

from typing import Any

import pytest

from loyalty.db import Database
from loyalty.segments import fields
from tests.builders_campaigns import make_person
from tests.loyalty.api.conftest import Caller

SILVER = {
    "all": [{"field": "tier", "op": ">=", "value": "Bạc"}, {"not": {"field": "has_phone", "op": "=", "value": True}}]
}


def kept(api: Caller, rules: Any = None) -> str:
    answer = api.post("/segments", {"name": "Bạc trở lên", "rules": SILVER if rules is None else rules})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def test_a_segment_is_kept_and_read(api: Caller) -> None:
    segment = kept(api)
    found = api.get(f"/segments/{segment}").json
    assert (found["name"], found["rules"]) == ("Bạc trở lên", SILVER)
    assert found["sentence"] == "Khách hàng: hạng từ Bạc trở lên và không phải (có số điện thoại)"
    assert api.get("/segments").json == {"items": [found], "next_cursor": None}


def test_a_preview_counts_shows_a_few_and_says_it(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        for number in range(7):
            make_person(session, f"Lan {number}", tier="silver", phone=f"+8491234567{number}")
        make_person(session, "Minh")
    seen = api.post("/segments/preview", {"rules": {"field": "tier", "op": "=", "value": "bac"}}).json
    assert (seen["count"], len(seen["sample"]), seen["sentence"]) == (7, 5, "Khách hàng: hạng Bạc")
    assert seen["sample"][0]["phone"] == "0912 ••• 676"
    assert api.post("/segments/preview", {"rules": {"any": []}}).json == {
        "count": 0,
        "sample": [],
        "sentence": "Không có khách nào",
    }


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({}, "rules"),
        ([], "rules"),
        (None, "rules"),
        ({"all": [{"field": "points", "op": "=", "value": True}]}, "rules.all.0.value"),
        ({"field": "name", "op": "=", "value": "Lan"}, "rules.field"),
        ({"field": "channel", "op": "=", "value": "zallo"}, "rules.value"),
    ],
)
@pytest.mark.parametrize("address", ["/segments", "/segments/preview"])
def test_rules_that_say_nothing_clear_are_refused_with_their_path(
    api: Caller, rules: Any, path: str, address: str
) -> None:
    body = {"rules": rules} | ({"name": "x"} if address == "/segments" else {})
    answer = api.post(address, body)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [path]
    assert api.get("/segments").json == {"items": [], "next_cursor": None}


def test_members_are_paged_and_explained(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        inside = [make_person(session, f"Lan {number}", tier="gold").public_id for number in range(3)]
        outside = make_person(session, "Minh", points=5).public_id
    segment = kept(api)
    first = api.get(f"/segments/{segment}/members?limit=2").json
    rest = api.get(f"/segments/{segment}/members?limit=2&cursor={first['next_cursor']}").json
    assert [member["id"] for member in first["items"] + rest["items"]] == inside[::-1]
    assert rest["next_cursor"] is None
    why = api.get(f"/segments/{segment}/explain/{outside}").json
    assert why["belongs"] is False
    assert why["conditions"][0] == {
        "path": "rules.all.0",
        "field": "tier",
        "op": ">=",
        "value": "silver",
        "of": [],
        "within_days": None,
        "actual": "member",
        "holds": False,
        "sentence": "hạng từ Bạc trở lên",
    }
    assert [(change["field"], change["actual"], change["to"]) for change in why["changes"]] == [
        ("tier", "member", "silver")
    ]
    assert why["change"] == "Để vào nhóm: hạng từ Bạc trở lên (đang là: Thành viên)."
    assert api.get(f"/segments/{segment}/explain/{inside[0]}").json["belongs"] is True
    assert api.get(f"/segments/{segment}/explain/unknown").status_code == 404


def test_tags_are_given_taken_and_asked_for(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        lan = make_person(session, "Lan").public_id
    for tag in ("Khách sỉ", "khách sỉ", "vip"):
        assert api.post(f"/customers/{lan}/tags", {"tag": tag}).status_code == 200
    assert api.get(f"/customers/{lan}/tags").json == {"tags": ["khách sỉ", "vip"]}
    assert api.post("/segments/preview", {"rules": {"field": "tag", "op": "=", "value": "VIP"}}).json["count"] == 1
    assert api.post(f"/customers/{lan}/tags/remove", {"tag": "vip"}).json == {"tags": ["khách sỉ"]}
    refused = api.post(f"/customers/{lan}/tags", {"tag": "a; b"})
    assert (refused.status_code, refused.json["code"]) == (422, "bad_tag")


def test_the_schema_lists_every_field(api: Caller) -> None:
    document = api.get("/segments/schema").json
    conditions = document["$defs"]["condition"]["oneOf"]
    assert [each["properties"]["field"]["const"] for each in conditions] == list(fields.ALL)
    for each in conditions:
        assert set(each["required"]) <= set(each["examples"][0]) <= set(each["properties"])


def test_a_segment_is_renamed_and_given_other_rules(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        make_person(session, "Lan", tier="gold")
    segment = kept(api)
    renamed = api.patch(f"/segments/{segment}", {"name": "Từ Bạc"}).json
    assert (renamed["name"], renamed["rules"], renamed["size"]) == ("Từ Bạc", SILVER, 1)
    changed = api.patch(f"/segments/{segment}", {"rules": {"any": []}}).json
    assert (changed["name"], changed["rules"], changed["size"]) == ("Từ Bạc", {"any": []}, 0)
    refused = api.patch(f"/segments/{segment}", {"rules": {}})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["rules"])
    assert api.get(f"/segments/{segment}").json == changed


def test_a_segment_is_removed_and_restored_unless_it_is_needed(api: Caller) -> None:
    segment = kept(api)
    campaign = api.post("/campaigns", {"name": "a", "segment_id": segment, "text": "Giảm 20%"}).json["id"]
    refused = api.post(f"/segments/{segment}/remove")
    assert (refused.status_code, refused.json["code"], refused.json["names"]) == (409, "segment_in_use", ["a"])
    api.post(f"/campaigns/{campaign}/cancel")
    assert api.post(f"/segments/{segment}/remove").status_code == 200
    assert api.get(f"/segments/{segment}").status_code == 404
    assert api.get("/segments").json["items"] == []
    assert api.post(f"/segments/{segment}/restore").json["id"] == segment
    assert api.get(f"/segments/{segment}").status_code == 200
