"""Who entered and left, lists of people, the numbers of the five: over the API."""

from loyalty.db import Database
from loyalty.segments import log
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.loyalty.api.conftest import Caller


def test_a_list_over_the_api(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        lan, hoa = (make_person(session, phone=phone).public_id for phone in ("+84912345678", None))
    made = api.post("/segments/lists", {"name": "Khách mời"}).json
    assert (made["kind"], made["size"], made["sentence"]) == ("list", 0, "Khách hàng: trong danh sách Khách mời")
    people = f"/segments/{made['id']}/people"
    done = api.post(people, {"phones": ["0912 345 678", "0987654321", "x"], "customers": [hoa]}).json
    assert (done["moved"], done["missing"]) == (2, 2)
    assert done["missed"] == [{"place": 2, "why": "nobody"}, {"place": 3, "why": "unclear"}]
    assert {each["id"] for each in api.get(f"/segments/{made['id']}/members").json["items"]} == {lan, hoa}
    first = api.get(f"/segments/{made['id']}/changes?limit=1").json
    rest = api.get(f"/segments/{made['id']}/changes?cursor={first['next_cursor']}").json
    assert [(each["customer_id"], each["entered"], each["cause"]) for each in first["items"] + rest["items"]] == [
        (lan, True, "list"),
        (hoa, True, "list"),
    ]
    again = api.get(f"/segments/{made['id']}/changes?cursor={rest['next_cursor']}").json
    assert again["items"] == [] and again["next_cursor"] is not None
    assert [each["name"] for each in api.get(f"/customers/{lan}/segments").json["segments"]] == ["Khách mời"]
    assert api.post(f"{people}/{done['id']}/undo").json == {"moved": 2}
    assert api.post(f"{people}/{done['id']}/undo").json["code"] == "segment_list_change_done"
    assert api.patch(f"/segments/{made['id']}", {"rules": {"all": []}}).json["code"] == "segment_fixed"
    campaign = api.post("/campaigns", {"name": "a", "segment_id": made["id"], "text": "Giảm 20%"})
    assert campaign.status_code == 201


def test_the_five_are_segments_like_others_with_numbers_one_may_set(database: Database, api: Caller) -> None:
    with database.transaction() as session:
        person = make_person(session, orders=5).public_id
        log.ensure(session, now=NOON)
    five = {each["code"]: each for each in api.get("/segments").json["items"]}
    assert set(five) == {"vip", "prospect", "repeat", "promo", "inactive"}
    assert five["repeat"]["sentence"] == "Đã mua từ 4 lần trở lên."
    why = api.get(f"/segments/{five['repeat']['id']}/explain/{person}").json
    assert (why["belongs"], why["parts"][0]["needed"], why["parts"][0]["actual"]) == (True, 4, 5)
    told = api.patch("/segments/thresholds", {"repeat_orders": 6}).json["thresholds"]
    assert next(each for each in told if each["code"] == "repeat_orders") == {
        "code": "repeat_orders", "segment": "repeat", "unit": "orders",
        "value": 6, "learned": 4, "people": 0, "set": 6,
    }  # fmt: skip
    assert api.get(f"/segments/{five['repeat']['id']}/explain/{person}").json["belongs"] is False
    assert api.patch("/segments/thresholds", {"repeat_orders": 1}).status_code == 422
    assert api.get("/segments/thresholds").json["thresholds"] == told
    preview = api.post("/segments/preview", {"rules": {"field": "five", "op": "in", "value": ["repeat", "vip"]}}).json
    assert (preview["count"], preview["sentence"]) == (
        0,
        "Khách hàng: thuộc nhóm Khách mua nhiều lần hoặc Khách VIP",
    )
