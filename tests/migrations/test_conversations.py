"""Chats from before there were conversations."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.activity.models import Activity
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.messaging import threads
from loyalty.messaging.models import Conversation
from tests.builders import NOON
from tests.builders_chat import meet


def test_every_chat_somebody_wrote_in_has_its_conversation_with_what_was_said(database: Database) -> None:
    with database.transaction() as session:
        for name in ("Lan", "Minh"):
            meet(session).say("điểm", person_name=name)
        meet(session).does(InboundKind.FOLLOW, interaction=False)  # never wrote
        _forget_chats(session)
    schema.downgrade(database, "0003")
    schema.upgrade(database)

    with database.transaction() as session:
        found = threads.list_newest(session)
        assert [(thread.state, thread.last_at, thread.unanswered) for thread in found] == [("bot", NOON, 0)] * 2
        assert len({thread.public_id for thread in found}) == 2
        assert threads.read(session, found[0])[0].text == "điểm"
        assert len(threads.read(session, found[0])) == 2


def _forget_chats(session: Session) -> None:
    """As it was written before: without the conversation's name."""
    session.execute(sa.delete(Conversation))
    for row in session.scalars(sa.select(Activity)):
        row.data = {name: fact for name, fact in row.data.items() if name != "chat"}
