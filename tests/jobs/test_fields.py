"""Who has each field is counted where nothing is, by night, and when somebody asks."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jobs.fields import count_fields, recount_fields
from jobs.registry import Context
from loyalty.db import Database
from loyalty.insights import field_counts
from loyalty.settings import Settings
from tests.builders import NOON, Clock
from tests.builders_campaigns import make_person


def test_a_count_is_taken_once_and_again_when_asked_for(database: Database, settings: Settings) -> None:
    clock = Clock()
    context = Context(database, settings, {}, clock)

    def kept() -> tuple[int | None, int, bool]:
        with database.read_only() as session:
            found = field_counts.find(session)
        return found.people, found.fields["name"].people, found.is_asked

    assert [recount_fields(context), recount_fields(context)] == [1, 0]
    assert kept() == (0, 0, False)
    with database.transaction() as session:
        make_person(session, "Lan")
        make_person(session)
    count_fields(context, clock() + timedelta(days=1))
    assert kept() == (2, 1, False)
    with database.transaction() as session:
        make_person(session, "Minh")
        field_counts.ask(session, now=NOON)
    assert kept() == (2, 1, True)  # as counted last, until a worker comes
    assert [recount_fields(context), recount_fields(context)] == [1, 0]
    assert kept() == (3, 2, False)


def test_who_asks_during_a_count_gets_another(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, take = Clock(), field_counts.take
    context = Context(database, settings, {}, clock)

    def take_while_somebody_asks(session: Session) -> dict[str, Any]:
        facts = take(session)
        with database.transaction() as other:
            clock.now += timedelta(seconds=1)
            make_person(other)
            field_counts.ask(other, now=clock.now)
        return facts

    recount_fields(context)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(field_counts, "take", take_while_somebody_asks)
        count_fields(context, clock())
    assert [recount_fields(context), recount_fields(context)] == [1, 0]
    with database.read_only() as session:
        assert field_counts.find(session).people == 1
