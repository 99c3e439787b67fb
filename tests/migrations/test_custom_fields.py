"""Fields a shop defined go down with their table and leave everybody else as they were."""

from loyalty.customers.traits import fields, values
from loyalty.customers.traits.fields import Definition
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.builders_points import problems

BY = Author("demo", "demo")
BEFORE = "0037"


def test_own_fields_go_down_and_their_people_stay(database: Database) -> None:
    with database.transaction() as session:
        fields.define(session, Definition("size", "Cỡ", "Size", "number", "care", 12), by=BY, now=NOON)
        values.put_all(session, make_person(session, "Lan"), {"size": 38}, by=BY, now=NOON)
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with database.transaction() as session:
        assert fields.list_all(session) == []
        assert problems(session) == []
