"""Campaigns keep what the older schema knows of them; runs get a name when the schema comes up again."""

import sqlalchemy as sa

from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.installation import schema
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person, run_until_idle

BEFORE = "0027"


def test_campaigns_outlive_the_columns_they_had(database: Database) -> None:
    with database.transaction() as session:
        make_chat(session, make_person(session))
        sent, waiting = make_campaign(session), make_campaign(session)
        lifecycle.edit(session, sent, stated={"priority": 3, "budget": 1_000})
        lifecycle.schedule(session, sent, now=NOON)
        chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
        lifecycle.schedule(session, waiting, now=NOON)
        ids = (sent.id, waiting.id)
    with database.transaction() as session:
        chosen.save(session, {"approval_people": None}, by="cli", now=NOON)
    run_until_idle(database, ids[0])
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with database.read_only() as session:
        first, second = (session.get_one(Campaign, id_) for id_ in ids)
        assert (first.state, first.priority, first.purse_id, first.late_hours) == ("running", 0, None, 6)
        assert (second.state, second.next_at) == ("draft", None)
        assert all(session.scalars(sa.select(CampaignRun.public_id)))
