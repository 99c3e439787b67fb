"""/customers: found in every form of a phone, masked, corrected, with their histories."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from loyalty.activity import timeline
from loyalty.customers import consents, profiles
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person
from tests.loyalty.api.conftest import Caller


def made(api: Caller, **fields: Any) -> dict[str, Any]:
    answer = api.post("/customers", fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def read(api: Caller, path: str) -> Any:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json


def audited(database: Database, action: str) -> list[AuditEntry]:
    with database.read_only() as session:
        return list(session.scalars(sa.select(AuditEntry).filter_by(action=action)))


def test_a_customer_is_made_and_read(database: Database, api: Caller) -> None:
    lan = made(api, name="  Nguyễn Thị Lan ", phone="0912 345 678", email="Lan@Example.com", locale="vi")
    assert (lan["name"], lan["phone"], lan["email"]) == ("Nguyễn Thị Lan", "0912 ••• 678", "L•••@example.com")
    assert (lan["tier"], lan["tier_code"], lan["points"], lan["points_pending"]) == ("Thành viên", "member", 0, 0)
    assert lan["created_at"] == lan["joined_at"] == "2026-11-22T05:00:00+00:00"
    assert read(api, f"/customers/{lan['id']}") == lan
    [entry] = audited(database, "customer_created")
    assert entry.actor.startswith("key:")
    assert (entry.source, entry.subject) == ("api", f"customer:{lan['id']}")
    assert made(api, name="Minh", joined=False)["joined_at"] is None


FORMS = ["0912345678", "84912345678", "%2B84912345678", "+84912345678", "0912.345.678", "0912 345 678"]


def test_a_phone_finds_its_customer_in_every_form(api: Caller) -> None:
    lan = made(api, name="Lan", phone="0912345678")
    made(api, name="Minh", phone="0987654321")
    for form in FORMS:
        assert read(api, f"/customers?phone={form}") == {"items": [lan], "next_cursor": None}


def test_names_are_found_without_tone_marks(api: Caller) -> None:
    lan = made(api, name="Đặng Thị Hoà")
    made(api, name="Minh")
    for words in ("dang hoa", "HOÀ", "thi"):
        assert read(api, f"/customers?q={words}")["items"] == [lan]
    assert read(api, "/customers?q=nobody")["items"] == []


def test_a_phone_or_an_email_belongs_to_one(api: Caller) -> None:
    lan = made(api, phone="0912345678", email="lan@example.com")
    minh = made(api, name="Minh")
    for method, path in (("POST", "/customers"), ("PATCH", f"/customers/{minh['id']}")):
        answer = api(method, path, {"phone": "+84 912 345 678"})
        assert (answer.status_code, answer.json["code"], answer.json["customer"]) == (409, "phone_taken", lan["id"])
        answer = api(method, path, {"name": "Minh", "email": "LAN@example.com"})
        assert (answer.status_code, answer.json["code"]) == (409, "email_taken")
    assert len(read(api, "/customers")["items"]) == 2


def test_what_is_given_changes_and_the_rest_stays(database: Database, api: Caller) -> None:
    lan = made(api, name="Lan", phone="0912345678", email="lan@example.com")
    answer = api.patch(f"/customers/{lan['id']}", {"name": "Lan Anh", "phone": "0987654321", "locale": "en"})
    assert answer.json == lan | {"name": "Lan Anh", "phone": "0987 ••• 321", "locale": "en"}
    bare = api.patch(f"/customers/{lan['id']}", {"name": None, "phone": None, "email": None, "locale": None})
    assert bare.json == lan | dict.fromkeys(("name", "phone", "email", "locale"))
    assert api.patch(f"/customers/{lan['id']}", {}).json == bare.json
    assert audited(database, "customer_changed")[0].detail["fields"] == ["locale", "name", "phone"]
    assert made(api, phone="0912345678")["id"] != lan["id"]  # nobody's again


def test_a_phone_is_shown_only_to_keys_that_may_see_it_and_that_is_written_down(
    database: Database, api: Caller, call_with: Callable[..., Caller]
) -> None:
    lan = made(api, name="Lan", phone="0912345678", email="lan@example.com")
    made(api, name="Minh")
    assert audited(database, "reveal") == []
    seeing = call_with("customers:read", "customers:reveal")
    seen = read(seeing, f"/customers/{lan['id']}")
    assert (seen["phone"], seen["email"]) == ("+84912345678", "lan@example.com")
    assert len(read(seeing, "/customers")["items"]) == 2
    first, second = audited(database, "reveal")
    assert first.detail["customers"] == second.detail["customers"] == [lan["id"]]
    writer = call_with("customers:write", "customers:reveal")
    assert made(writer, phone="0987654321")["phone"] == "+84987654321"
    assert len(audited(database, "reveal")) == 3


def test_lists_are_pages_behind_cursors_of_their_own(api: Caller) -> None:
    ids = [made(api, name=f"Lan {number}")["id"] for number in range(5)]
    seen: list[str] = []
    path = "/customers?q=lan&limit=2"
    while True:
        page = read(api, path)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"/customers?q=lan&limit=2&cursor={page['next_cursor']}"
    assert seen == ids[::-1]
    foreign = read(api, "/customers?limit=2")["next_cursor"]
    for cursor in (foreign, foreign[:-3] + "AAA", "A" * 60):
        assert api.get(f"/customers?q=lan&cursor={cursor}").status_code == 422


def test_histories_are_read_page_by_page(database: Database, api: Caller, call_with: Callable[..., Caller]) -> None:
    with database.transaction() as session:
        customer = make_person(session, "Lan", phone="+84912345678")
        chat = make_chat(session, customer)
        for number, granted in enumerate((True, False)):
            consents.record(
                session,
                chat,
                consents.Purpose.PROMOTION,
                granted,
                text_version="offers-1",
                locale="vi",
                event_key=f"e{number}",
                words="đồng ý",
                now=NOON,
            )
        timeline.record(session, customer.id, "message_in", at=NOON, text="cho mình hỏi")
    bill = {"source": "pos", "reference": "1", "customer": {"id": customer.public_id}, "total": 250_000}
    purchase = api.post("/purchases", bill).json
    path = f"/customers/{customer.public_id}"
    [entry] = read(api, f"{path}/ledger")["items"]
    assert (entry["points"], entry["balance_after"], entry["purchase_id"]) == (25, 25, purchase["id"])
    given = read(api, f"{path}/consents")["items"]
    assert [(event["granted"], event["channel"]) for event in given] == [(False, "zalo"), (True, "zalo")]
    first = read(api, f"{path}/consents?limit=1")
    rest = read(api, f"{path}/consents?limit=1&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == given
    happened = read(api, f"{path}/timeline")["items"]
    assert {"purchase", "consent", "message_in", "created"} <= {row["kind"] for row in happened}
    assert {row["text"] for row in happened} == {None}
    assert [row["data"]["entry"] for row in happened if row["kind"] == "purchase"] == [entry["id"]]
    seen = read(call_with("customers:read", "customers:reveal"), f"{path}/timeline")["items"]
    assert "cho mình hỏi" in {row["text"] for row in seen}
    assert read(api, path)["consent"] == {"promotion": False}
    assert read(api, path)["channels"] == ["zalo"]


def test_whoever_was_erased_is_a_tombstone(database: Database, api: Caller) -> None:
    lan = made(api, name="Lan", phone="0912345678")
    with database.transaction() as session:
        customer = profiles.get_public(session, lan["id"])
        profiles.forget(session, customer, profiles.lock(session, customer.id), now=NOON)
    assert read(api, "/customers")["items"] == []
    tombstone = read(api, f"/customers/{lan['id']}")
    assert (tombstone["name"], tombstone["phone"]) == (None, None)
    assert tombstone["erased_at"] is not None
    assert api.patch(f"/customers/{lan['id']}", {"name": "Lan"}).status_code == 404
