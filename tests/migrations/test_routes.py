"""Messages and accounts keep what they are when the schema goes down and up; templates are read again."""

import sqlalchemy as sa

from loyalty.channels.models import ChannelAccount
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.messaging.models import MessageTemplate, OutboundMessage
from tests.builders_customers import make_customer
from tests.loyalty.messaging.test_routes import configure, lan, tell

BEFORE = "0021"


def test_a_message_outlives_the_columns_it_had(database: Database) -> None:
    with database.transaction() as session:
        configure(session)
        make_customer(session)
        tell(session, lan(session))
        session.scalars(sa.select(ChannelAccount)).one().bills_package = True
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with database.read_only() as session:
        message = session.scalars(sa.select(OutboundMessage)).one()
        assert (message.state, message.route, message.tried, message.body is not None) == ("waiting", None, "", True)
        assert session.scalars(sa.select(ChannelAccount)).one().bills_package is False
        assert session.scalars(sa.select(MessageTemplate)).all() == []
