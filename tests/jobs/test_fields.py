"""Who has each field is counted where nothing is, by night, and when somebody asks."""

from datetime import timedelta

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
