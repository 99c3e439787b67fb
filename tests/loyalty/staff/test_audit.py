"""The audit is one chain per actor, and whoever changes it is found out."""

import re
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.staff import approvals, audit, verify
from loyalty.staff.models import AuditEntry, AuditHead
from tests.builders import NOON
from tests.builders_staff import make_bound_staff, make_staff


def _write(session: Session, actor: str = "staff:thu", times: int = 3, now: datetime = NOON) -> None:
    for number in range(times):
        audit.record(session, actor, "award", f"entry:{number}", source="zalo", detail={"points": 25}, now=now)


def _tamper(database: Database, statement: str) -> list[str]:
    """Somebody with the file in their hands changes it, guards and all."""
    with database.transaction() as session:
        _write(session)
        _write(session, "staff:minh", 1)
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        else:
            for event in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER audit_entry_no_{event}"))
        connection.execute(sa.text(statement))
    with database.read_only() as session:
        return list(verify.problems(session))


def test_every_actor_has_a_chain_of_its_own(session: Session) -> None:
    _write(session)
    _write(session, "cli", 2)

    assert dict(session.execute(sa.select(AuditHead.actor, AuditHead.length)).all()) == {
        "staff:thu": 3,
        "cli": 2,
    }
    assert session.scalars(sa.select(AuditEntry.seq).order_by(AuditEntry.id)).all() == [1, 2, 3, 1, 2]
    assert list(verify.problems(session)) == []


def test_a_row_says_who_what_where_and_when(session: Session) -> None:
    audit.record(session, "cli", "staff_added", "staff:1", source="cli", detail={"role": "owner"}, now=NOON)
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject, entry.source) == ("cli", "staff_added", "staff:1", "cli")
    assert (entry.detail, entry.at, entry.seq) == ({"role": "owner"}, NOON, 1)


def test_untouched_chains_are_sound_whatever_they_hold(session: Session) -> None:
    detail = {"reason": "đổi ý", "before": {"b": 1, "a": [1, None, True]}, "after": 1.5}
    audit.record(session, "cli", "x", "y", source="cli", detail=detail, now=NOON.replace(microsecond=123456))
    session.expire_all()
    assert list(verify.problems(session)) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_entry SET subject = 'entry:9' WHERE seq = 2", "staff:thu: row 2 is not what was written"),
        ("UPDATE audit_entry SET detail = '{\"points\": 26}' WHERE seq = 3", "staff:thu: row 3"),
        ("UPDATE audit_entry SET at = '2026-11-22 05:00:01' WHERE seq = 3", "staff:thu: row 3"),
        ("DELETE FROM audit_entry WHERE seq = 2", "staff:thu: nothing between row 1 and row 3"),
        ("DELETE FROM audit_entry WHERE seq = 3", "staff:thu: the chain does not end"),
        ("DELETE FROM audit_entry WHERE actor = 'staff:minh'", "staff:minh: every row is gone"),
        ("DELETE FROM audit_head WHERE actor = 'staff:minh'", "staff:minh: the chain does not end"),
        ("UPDATE audit_head SET length = 4 WHERE actor = 'staff:thu'", "staff:thu: the chain does not end"),
    ],
)
def test_a_changed_missing_or_cut_row_is_named(database: Database, statement: str, named: str) -> None:
    found = _tamper(database, statement)
    assert any(re.search(re.escape(named), problem) for problem in found), found
    assert all("staff:thu" in problem for problem in found) or "minh" in named


def test_a_swapped_name_a_chat_left_behind_and_an_own_decision_are_named(session: Session) -> None:
    thu, minh = make_bound_staff(session), make_staff(session, "owner")
    request = approvals.ask(session, "award", {}, key="1", asked_by=thu, now=NOON)
    assert list(verify.problems(session)) == []

    minh.name = thu.name
    thu.removed_at = NOON
    request.decided_by_id = thu.id
    session.flush()

    assert sorted(verify.problems(session)) == sorted(
        [
            f"staff {minh.public_id}: the name does not open",
            f"staff {thu.public_id}: left, and a chat is still bound",
            f"approval {request.id}: decided by whoever asked",
        ]
    )
