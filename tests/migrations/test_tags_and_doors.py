"""An account is what it was when the schema goes down and up; its switches are off again, its links as before."""

import sqlalchemy as sa

from loyalty.channels import doors
from loyalty.channels.models import ChannelAccount, MirroredTag
from loyalty.db import Database
from loyalty.installation import schema
from tests.builders import NOON
from tests.loyalty.channels.test_doors import OWN, SECOND, grant

BEFORE = "0038"


def test_an_account_outlives_its_switches(database: Database) -> None:
    with database.transaction() as session:
        for each in (OWN, SECOND):
            grant(session, each)
        doors.choose(session, "zalo", doors.SHOP, SECOND, own=OWN)
        account = session.scalars(sa.select(ChannelAccount).filter_by(external_id=OWN)).one()
        account.mirrors_tags = account.takes_tags = True
        session.add(MirroredTag(channel_account_id=account.id, user_id="u", tag="vip", is_there=True, at=NOON))
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with database.read_only() as session:
        rows = session.scalars(sa.select(ChannelAccount).order_by(ChannelAccount.id)).all()
        assert [(row.external_id, row.mirrors_tags, row.takes_tags) for row in rows] == [
            (OWN, False, False),
            (SECOND, False, False),
        ]
        assert session.scalars(sa.select(MirroredTag)).all() == []
        assert doors.account(session, "zalo", OWN) == OWN
