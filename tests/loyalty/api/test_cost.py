"""What a list costs does not grow with the shop: no page counts a table, however much there is."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from loyalty.api import docs
from loyalty.db import Database
from tests.builders_journeys import plan
from tests.loyalty.api.conftest import Caller

JUDGED = "/campaigns/{campaign}/preview/people"  # each by the promotions they had in thirty days
UNBOUNDED = re.compile(r"\bcount\(", re.IGNORECASE)


@pytest.fixture
def things(api: Caller) -> dict[str, str]:
    """One of each kind, by the name an address calls it."""
    bill = {"source": "web", "reference": "1", "total": 250_000, "customer": {"phone": "0912345678"}}
    bought = api.post("/purchases", bill).json
    segment = api.post("/segments", {"name": "Tất cả", "rules": {"all": []}}).json["id"]
    case = api.post(f"/customers/{bought['customer_id']}/cases", {"kind": "complaint", "text": "Nguội"}).json
    return {
        "customer": bought["customer_id"],
        "purchase": bought["id"],
        "segment": segment,
        "campaign": api.post("/campaigns", {"name": "Tết", "segment_id": segment, "text": "Chào bạn"}).json["id"],
        "journey": api.post("/journeys", {"name": "Sinh nhật", **plan()}).json["id"],
        "webhook": api.post("/webhooks", {"url": "https://example.com/hooks"}).json["id"],
        "case": case["id"],
        "conversation": "unknown",
    }


def lists(app: Flask) -> list[str]:
    """Addresses that answer with a page."""
    spec: Any = app.test_client().get("/api/v1/openapi.json").json
    return [
        call.path.removeprefix("/api/v1")
        for chapter in docs.chapters(spec, "")
        for call in chapter.operations
        if any(shape.endswith("Page") for _, shape in call.answers)
    ]


def test_no_list_counts_a_table(app: Flask, database: Database, api: Caller, things: dict[str, str]) -> None:
    found = lists(app)
    assert {"/customers", "/customers/{customer}/ledger", "/webhooks/{webhook}/deliveries"} <= set(found)
    sent: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    for path in set(found) - {JUDGED}:
        sent.clear()
        answer = api.get(re.sub(r"\{(\w+)\}", lambda name: things[name[1]], path))
        assert answer.status_code == (404 if "unknown" in str(answer.request.path) else 200), path
        assert [statement for statement in sent if UNBOUNDED.search(statement)] == [], path


def test_searching_counts_at_most_so_many(database: Database, api: Caller, things: dict[str, str]) -> None:
    sent: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    for query in ("phone=0912345678", "q=Nguyễn Thị Lan", "q=Lan&phone=0912345678"):
        assert api.get(f"/customers?{query}").status_code == 200
    counts = [statement for statement in sent if UNBOUNDED.search(statement)]
    assert [statement for statement in counts if "LIMIT" not in statement] == []


def test_no_list_takes_an_offset(app: Flask, api: Caller, things: dict[str, str]) -> None:
    for path in lists(app):
        address = re.sub(r"\{(\w+)\}", lambda name: things[name[1]], path)
        for name in ("offset", "page"):
            assert api.get(f"{address}?{name}=1").status_code == 422, path
