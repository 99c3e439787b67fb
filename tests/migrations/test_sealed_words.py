"""Words that stood in clear in the timeline are gone after the schema went down and up; every other fact stays."""

from typing import Any

from loyalty.activity import timeline
from loyalty.db import Database
from loyalty.insights import field_counts
from loyalty.installation import schema
from tests.builders import NOON
from tests.builders_campaigns import make_person

BEFORE = "0049"


def test_tags_and_interests_are_taken_out_of_the_timeline(database: Database) -> None:
    facts: dict[str, dict[str, Any]] = {
        "tagged": {"tag": "nợ"},
        "interest_told": {"interest": "đồ kiêng"},
        "custom_fields": {"fields": ["size"]},
    }
    with database.transaction() as session:
        lan = make_person(session, "Lan").id
        for kind, data in facts.items():
            timeline.record(session, lan, kind, at=NOON, data=data)
        field_counts.keep(session, field_counts.take(session), now=NOON)
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with database.read_only() as session:
        kept = {row.kind: row.data for row in timeline.list_newest(session, lan) if row.kind in facts}
        assert kept == {"tagged": {}, "interest_told": {}, "custom_fields": {"fields": ["size"]}}
        assert field_counts.find(session).is_asked  # a worker counts anew
