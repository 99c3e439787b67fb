"""What waits for a second person is shown once to each who may decide, whichever worker does it."""

from concurrent.futures import ThreadPoolExecutor
from typing import cast
from unittest.mock import Mock

import pytest
import sqlalchemy as sa

from bots.channel import Channel
from bots.commands import people
from jobs.approvals import tell_deciders
from jobs.registry import Context
from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import Campaign
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel, make_campaign
from tests.builders_journeys import make_fan
from tests.builders_staff import make_account, make_bound_staff


def told(database: Database) -> list[tuple[str, str]]:
    """Who got what, as far as campaigns are concerned."""
    with database.read_only() as session:
        found = session.scalars(sa.select(OutboundMessage).where(OutboundMessage.dedupe_key.startswith("approval:")))
        return sorted((each.user_id, contents.read(session, each).text) for each in found)


def test_each_decider_is_shown_it_once_and_who_asked_hears_the_answer_once(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        make_fan(session, "Lan", birthday=1110)
        chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
        account = make_account(session)
        asker, owner, *_ = (
            make_bound_staff(session, role, user_id=user, account=account)
            for role, user in (("manager", "asks"), ("owner", "boss"), ("manager", "chief"), ("cashier", "till"))
        )
        campaign, _ = made = [make_campaign(session, text="Mời bạn ghé quán.") for _ in range(2)]
        for each in made:
            lifecycle.schedule(session, each, by=f"staff:{asker.public_id}", now=NOON)
    workers = [
        Context(database, settings, {"zalo": cast(Channel, FakeChannel())}, clock=lambda: NOON) for _ in range(2)
    ]
    with ThreadPoolExecutor() as pool:
        assert sum(pool.map(tell_deciders, workers)) == 4
    look = Mock(wraps=people.open_chats)
    with monkeypatch.context() as counted:
        counted.setattr(people, "open_chats", look)
        assert tell_deciders(workers[0]) == 0
    assert look.call_count == 1  # however many requests wait
    assert [user for user, _ in told(database)] == ["boss", "boss", "chief", "chief"]
    assert all("«Mời bạn ghé quán.»" in words for _, words in told(database))

    with database.transaction() as session:
        waiting = session.get_one(Campaign, campaign.id)
        lifecycle.refuse(session, waiting, by=f"staff:{owner.public_id}", reason="Chưa phải lúc", now=NOON)
    with ThreadPoolExecutor() as pool:
        assert sum(pool.map(tell_deciders, workers)) == 1
    assert [user for user, _ in told(database)] == ["asks", "boss", "boss", "chief", "chief"]
