"""Notes and cases through the API."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.customers import cases
from loyalty.customers.models import Case, Note
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from loyalty.vault.models import CustomerKey
from tests.builders_customers import LAN, make_customer
from tests.builders_staff import make_staff
from tests.loyalty.api.conftest import Caller


@pytest.fixture
def lan(database: Database) -> str:
    with database.transaction() as session:
        return make_customer(session, name="Lan", phone=LAN).public_id


@pytest.fixture
def seer(call_with: Callable[..., Caller]) -> Caller:
    """A caller who may read words."""
    return call_with("customers:read", "cases:read", "customers:reveal")


def audited(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(session.scalars(sa.select(AuditEntry.action).filter_by(source="api").order_by(AuditEntry.id)))


def complain(api: Caller, lan: str, **more: Any) -> dict[str, Any]:
    answer = api.post(f"/customers/{lan}/cases", {"kind": "complaint", "text": "Nước nguội", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


class TestNotes:
    def test_a_note_is_written_read_and_taken_back(
        self, database: Database, api: Caller, seer: Caller, lan: str
    ) -> None:
        made = api.post(f"/customers/{lan}/notes", {"text": " Không đường "})
        assert made.status_code == 201
        assert (made.json["text"], made.json["source"]) == ("Không đường", "api")
        assert made.json["author"].startswith("key:")

        assert [item["text"] for item in api.get(f"/customers/{lan}/notes").json["items"]] == [None]
        assert seer.get(f"/customers/{lan}/notes").json["items"] == [made.json]
        assert api("DELETE", f"/notes/{made.json['id']}").status_code == 204
        assert api.get(f"/customers/{lan}/notes").json["items"] == []
        assert api("DELETE", f"/notes/{made.json['id']}").status_code == 404
        assert audited(database) == ["note", "reveal", "note_taken_back"]

    def test_one_idempotency_key_writes_one(self, database: Database, api: Caller, lan: str) -> None:
        for _ in range(2):
            api.post(f"/customers/{lan}/notes", {"text": "x"}, headers={"Idempotency-Key": "n1"})
        with database.read_only() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Note)) == 1

    @pytest.mark.parametrize(
        "body", [{}, {"text": ""}, {"text": "  "}, {"text": 1}, {"text": "x" * 1001}, {"words": "x"}]
    )
    def test_words_are_needed(self, api: Caller, lan: str, body: dict[str, Any]) -> None:
        assert api.post(f"/customers/{lan}/notes", body).status_code == 422


class TestCases:
    def test_a_case_goes_its_way(self, database: Database, api: Caller, seer: Caller, lan: str) -> None:
        with database.transaction() as session:
            hung = make_staff(session, "manager", "Hùng").public_id
        case = complain(api, lan)
        assert (case["state"], case["due_on"], case["owner"], case["text"]) == (
            "open",
            "2026-11-24",
            None,
            "Nước nguội",
        )

        path = f"/cases/{case['id']}"
        changed = api.patch(path, {"owner": hung, "due_on": "2026-12-01", "kind": "request"}).json
        assert (changed["owner"], changed["due_on"], changed["kind"]) == (hung, "2026-12-01", "request")
        assert api.patch(path, {"owner": None}).json["owner"] is None
        answered = api.post(f"{path}/answers", {"text": "Đã xin lỗi", "close": True}).json
        assert answered["state"] == "closed" and answered["closed_at"] is not None
        assert api.post(f"{path}/answers", {"text": "x"}).json["code"] == "case_closed"
        assert api.post(f"{path}/close").json["state"] == "closed"
        assert api.post(f"{path}/reopen").json["state"] == "open"

        assert api.get(path).json["text"] is None
        assert seer.get(path).json["text"] == "Nước nguội"
        steps = seer.get(f"{path}/steps").json["items"]
        kinds = ["reopened", "closed", "answered", "assigned", "kind", "moved", "assigned", "opened"]
        assert [step["kind"] for step in steps] == kinds
        assert steps[2]["text"] == "Đã xin lỗi"
        assert "case_changed" in audited(database)

    def test_lists_page_by_what_is_due_first(self, api: Caller, lan: str) -> None:
        made = [complain(api, lan, due_on=day)["id"] for day in ("2026-12-02", "2026-12-01", "2026-12-02")]
        wanted, found, cursor = [made[1], made[0], made[2]], [], ""
        while True:
            page = api.get(f"/cases?limit=1{cursor}").json
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert found == wanted
        assert [item["id"] for item in api.get(f"/customers/{lan}/cases").json["items"]] == made[::-1]
        assert api.get("/cases?unowned=true&limit=1").json["items"][0]["id"] == made[1]
        assert api.get("/cases?overdue=true").json["items"] == []
        assert api.get("/cases?state=closed").json["items"] == []

    @pytest.mark.parametrize(
        "body",
        [
            {"kind": "praise", "text": "x"},
            {"kind": "complaint"},
            {"kind": "complaint", "text": "x", "owner": "nobody"},
            {"kind": "complaint", "text": "x", "owner": "A" * 16},
            {"kind": "complaint", "text": "x", "due_on": "1/12/2026"},
            {"kind": "complaint", "text": "x", "due_on": 20261201},
            {"kind": "complaint", "text": "x", "due_on": "2026-02-30"},
        ],
    )
    def test_what_is_not_understood_opens_nothing(
        self, database: Database, api: Caller, lan: str, body: dict[str, Any]
    ) -> None:
        assert api.post(f"/customers/{lan}/cases", body).status_code == 422
        with database.read_only() as session:
            assert session.scalar(sa.select(Case.id)) is None

    def test_the_past_is_refused_and_the_key_needs_its_scope(
        self, call_with: Callable[..., Caller], api: Caller, lan: str
    ) -> None:
        case = complain(api, lan)
        assert api.patch(f"/cases/{case['id']}", {"due_on": "2026-11-21"}).json["code"] == "validation_failed"
        assert call_with("customers:write").get("/cases").status_code == 403
        assert api.get("/cases/unknown").status_code == 404

    def test_words_of_the_erased_are_gone(self, database: Database, api: Caller, seer: Caller, lan: str) -> None:
        case = complain(api, lan)
        with database.transaction() as session:
            session.execute(sa.delete(CustomerKey))
        assert seer.get(f"/cases/{case['id']}").json["text"] is None
        with database.read_only() as session:
            assert cases.get_public(session, case["id"]).state == "open"
