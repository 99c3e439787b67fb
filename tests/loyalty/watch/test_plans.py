"""A night reads its own day, found by an index: never a whole table."""

from datetime import timedelta

import pytest
from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.db import is_sqlite
from loyalty.watch import days
from tests.builders import NOON


def plan(session: Session, query: Select[tuple[object]]) -> str:
    """What the database means to do, where it may choose anything but reading all."""
    spelled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    if is_sqlite(session):
        return "\n".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {spelled}")))
    session.execute(text("SET LOCAL enable_seqscan = off"))
    return "\n".join(row[0] for row in session.execute(text(f"EXPLAIN {spelled}")))


@pytest.mark.parametrize("days_ago", [1, 400])
def test_a_day_is_found_by_its_index(session: Session, days_ago: int) -> None:
    found = plan(session, days._query(shop.of(session).day(NOON) - timedelta(days=days_ago)))

    assert "ix_ledger_entry_posted_on" in found
    assert "Seq Scan" not in found and "SCAN ledger_entry" not in found and "SCAN purchase" not in found
