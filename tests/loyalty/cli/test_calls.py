"""`loyalty calls`: whom to ring up, said as done, taken back."""

from datetime import UTC, datetime

from sqlalchemy import select

from loyalty.db import Database
from loyalty.messaging import phoning
from loyalty.staff.models import AuditEntry
from tests.builders_customers import LAN, make_customer
from tests.loyalty.cli.conftest import Run, document


def test_a_call_is_listed_done_and_taken_back(database: Database, run: Run) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN)
        phoning.want(session, lan.id, "service", "window", "Bàn của bạn đã sẵn sàng", now=datetime.now(UTC))
    [call] = document(run("calls", "list", "--json"))
    assert (call["kind"], call["reason"], call["phone"]) == ("service", "window", "0912 ••• 678")
    assert "Bàn của bạn" not in run("calls", "list").stdout
    for _ in range(2):
        assert document(run("calls", "done", call["id"], "--json"))["done_at"]
    assert document(run("calls", "list", "--json")) == []
    assert document(run("calls", "reopen", call["id"], "--json"))["done_at"] is None
    with database.read_only() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("call_"))).all()
    assert sorted(actions) == ["call_done", "call_reopened"]


def test_an_unknown_call_is_refused_in_a_sentence(run: Run) -> None:
    refused = run("calls", "done", "x")
    assert refused.exit_code == 1 and "loyalty calls list" in refused.stderr
