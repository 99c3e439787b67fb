"""Keeping channels connected: what was lost is mended, written down and told; what a person or Meta stopped stays."""

from typing import Any

import pytest
import sqlalchemy as sa

from jobs.registry import Context
from jobs.tokens import keep_channels
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.db import Database
from loyalty.messaging import inbox
from loyalty.messaging.inbox import Arrival
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.fakes import FakeChannel


class Losing(FakeChannel):
    """Finds its events lost each time."""

    def upkeep(self) -> Any:
        return "subscription"


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    with database.transaction() as session:
        accounts.ensure(session, "zalo", "oa1", window=FakeChannel.window, now=NOON)
    return Context(database, settings, {"zalo": Losing()}, lambda: NOON)


def hear(database: Database) -> None:
    """One event came once."""
    with database.transaction() as session:
        arrival = Arrival("zalo", "oa1", "e1", "zalo:oa1:u", "text", b"{}", ignored=True)
        session.execute(inbox.INSERT, inbox.row(database.keyring, arrival, NOON))  # type: ignore[arg-type]  # is there


def open_kinds(database: Database) -> list[str]:
    with database.read_only() as session:
        return [alert.kind for alert in raising.list_open(session)]


def test_a_lost_subscription_is_told_and_written_down(context: Context, database: Database) -> None:
    hear(database)
    keep_channels(context, NOON)

    assert open_kinds(database) == ["subscription_lost"]
    with database.read_only() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all() == ["channel_mended"]


def test_the_first_subscription_was_never_lost(context: Context, database: Database) -> None:
    keep_channels(context, NOON)

    assert open_kinds(database) == []


@pytest.mark.parametrize(("reason", "stays"), [("190", False), (accounts.BY_HAND, True), (accounts.POLICY, True)])
def test_only_passing_trouble_ends_with_a_good_call(
    context: Context, database: Database, reason: str, stays: bool
) -> None:
    with database.transaction() as session:
        found = accounts.find(session, "zalo", "oa1")
        assert found is not None
        accounts.stop(session, found.id, reason, now=NOON)
    keep_channels(context, NOON)

    with database.read_only() as session:
        found = accounts.find(session, "zalo", "oa1")
        assert found is not None
        assert (found.stopped_reason == reason) is stays
