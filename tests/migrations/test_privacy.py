"""Before people could answer about every purpose, and the way back while nobody has."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.db import Database
from loyalty.installation import schema
from tests.builders import NOON
from tests.builders_chat import meet
from tests.builders_points import problems

BEFORE = "0022"


def test_people_and_their_answers_go_down_and_up_again(database: Database) -> None:
    with database.transaction() as session:
        lan = meet(session)
        lan.say("0912345678")
        lan.say("đồng ý")
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(sa.text("UPDATE consent_event SET purpose = 'care'"))
    with database.read_only() as session:
        assert problems(session) == []


def test_answers_the_older_schema_does_not_know_are_not_lost(database: Database) -> None:
    with database.transaction() as session:
        lan = meet(session)
        lan.say("0912345678")
        consents.switch(
            session,
            lan.customer.id,
            Purpose.CARE,
            False,
            channel_account_id=None,
            text_version="test",
            locale="vi",
            event_key="k",
            words=None,
            now=NOON,
        )
    with pytest.raises(RuntimeError, match="purposes the older version does not know"):
        schema.downgrade(database, BEFORE)
