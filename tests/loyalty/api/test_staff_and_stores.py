"""/staff and /stores."""

from collections.abc import Callable

import pytest

from loyalty.db import Database
from loyalty.staff import leaving, stores
from tests.builders import NOON
from tests.builders_staff import make_bound_staff, make_staff
from tests.loyalty.api.conftest import Caller


def test_staff_are_listed_newest_first_a_page_at_a_time(call_with: Callable[..., Caller], database: Database) -> None:
    with database.transaction() as session:
        thu = make_bound_staff(session, "cashier", "Thu")
        mai = make_staff(session, "owner", "Mai")
        gone = make_staff(session, "cashier", "Minh")
        leaving.remove(session, gone.id, now=NOON)
    api = call_with("staff:read")

    first = api.get("/staff?limit=1").json
    second = api.get(f"/staff?limit=1&cursor={first['next_cursor']}").json

    assert [each["id"] for each in first["items"] + second["items"]] == [mai.public_id, thu.public_id]
    assert second["next_cursor"] is None
    told = {"name": "Thu", "role": "cashier", "store": "MAIN", "channels": ["zalo"]}
    assert told.items() <= second["items"][0].items()


def test_a_store_is_made_read_and_renamed(call_with: Callable[..., Caller]) -> None:
    api = call_with("stores:read", "stores:write")

    made = api.post("/stores", {"code": "leloi", "name": "Mây Lê Lợi"})
    assert made.status_code == 201
    assert made.json == {"id": made.json["id"], "code": "LELOI", "name": "Mây Lê Lợi"}
    renamed = api.patch(f"/stores/{made.json['id']}", {"name": "Mây Lê Lai"})

    assert renamed.json["name"] == "Mây Lê Lai"
    assert api.get(f"/stores/{made.json['id']}").json == renamed.json
    assert [each["code"] for each in api.get("/stores").json["items"]] == ["LELOI", "MAIN"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"code": "main", "name": "x"}, 409, "store_code_taken"),
        ({"code": "Lê Lợi", "name": "x"}, 422, "validation_failed"),
        ({"code": "A", "name": "—"}, 422, "validation_failed"),
        ({"code": "A"}, 422, "validation_failed"),
        ({"code": 1, "name": "x"}, 422, "validation_failed"),
        ({"code": "A", "name": "x", "id": "y"}, 422, "validation_failed"),
    ],
)
def test_what_cannot_be_a_store_is_refused(
    call_with: Callable[..., Caller], database: Database, body: object, status: int, code: str
) -> None:
    answer = call_with("stores:write").post("/stores", body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    with database.read_only() as session:
        assert len(stores.list_all(session)) == 1


def test_an_unknown_store_and_a_missing_scope_are_told_apart(call_with: Callable[..., Caller]) -> None:
    assert call_with("stores:write").patch("/stores/nobody", {"name": "x"}).status_code == 404
    assert call_with("stores:read").patch("/stores/nobody", {"name": "x"}).status_code == 403
    assert call_with("stores:read").get("/staff").status_code == 403
