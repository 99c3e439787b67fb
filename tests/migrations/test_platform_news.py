"""A shop with news of its platforms goes down a version and up again, and keeps its grants."""

from datetime import timedelta

from loyalty.channels import accounts, figures, granting, tokens
from loyalty.channels.tokens import Pair
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.messaging import receipts
from loyalty.messaging.receipts import Receipt
from tests.builders import NOON


def test_down_and_up_with_what_was_told(database: Database) -> None:
    pair = Pair("a", "r", NOON)
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", "77", window=timedelta(hours=48), now=NOON)
        tokens.regrant(session, account.id, pair, now=NOON)
        figures.put(session, account.id, "quota:templates_day", {"left": 1}, at=NOON)
        receipts.arrive(session, Receipt(account.id, "u", ("p1",), None, "", is_seen=True, at=NOON), now=NOON)
        granting.ask(session, "zalo", wanted=None, verifier="v", by="cli", source="cli", in_browser=False, now=NOON)

    schema.downgrade(database, "0019")
    schema.upgrade(database)

    with database.transaction() as session:
        found = accounts.find(session, "zalo", "77")
        assert found is not None
        assert tokens.find(session, found.id) == (pair, "ok")
        assert figures.list_of(session, found.id, "") == []
        assert figures.put(session, found.id, "quota:templates_day", {"left": 2}, at=NOON)
