"""Our tags at the platform: put there, taken away, once each, whatever breaks off in between."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Action, SendError
from jobs.registry import Context
from jobs.tags import mirror_tags
from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount, MirroredTag
from loyalty.customers import identities, mirroring, profiles, tags
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff.audit import CLI
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person
from tests.fakes import FakeChannel

DAY = timedelta(days=1)


class Tagging(FakeChannel):
    """A platform with tags; `fails` is what it answers instead, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.account = "zalo-1"
        self.tags: set[tuple[str, str]] = set()
        self.calls: list[str] = []
        self.fails: list[SendError] = []

    def put_tag(self, user: str, tag: str) -> None:
        self._call(f"+{tag}")
        self.tags.add((user, tag))

    def take_tag(self, user: str, tag: str) -> None:
        self._call(f"-{tag}")
        self.tags.discard((user, tag))

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.fails:
            raise self.fails.pop(0)


class Shop:
    """Lan, a follower of the only account, and the job."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.channel, self.now = database, Tagging(), NOON
        self.context = Context(database, settings, {"zalo": self.channel}, lambda: self.now)
        with database.transaction() as session:
            self.lan = make_person(session, "Lan", phone="+84912345678").id
            self.user = make_chat(session, profiles.get(session, self.lan)).user_id

    def switch(self, *, is_on: bool) -> None:
        with self.database.transaction() as session:
            self.account(session).mirrors_tags = is_on

    def account(self, session: Session) -> ChannelAccount:
        found = accounts.find(session, "zalo", "zalo-1")
        assert found is not None
        return found

    def mark(self, *names: str) -> None:
        with self.database.transaction() as session:
            for name in names:
                tags.give(session, self.lan, name, by=CLI, now=self.now)

    def unmark(self, name: str) -> None:
        with self.database.transaction() as session:
            tags.take(session, self.lan, name, now=self.now)

    def run(self) -> list[str]:
        """What was called."""
        self.channel.calls = []
        mirror_tags(self.context, self.now)
        return self.channel.calls

    @property
    def there(self) -> set[str]:
        return {tag for user, tag in self.channel.tags if user == self.user}


@pytest.fixture
def shop(database: Database, settings: Settings) -> Shop:
    return Shop(database, settings)


def test_nothing_leaves_until_the_switch_is_on_and_only_ours_is_taken_away_again(shop: Shop) -> None:
    shop.channel.tags.add((shop.user, "của oa"))
    shop.mark("khách sỉ", "vip")
    assert shop.run() == []
    shop.switch(is_on=True)
    assert shop.run() == ["+khách sỉ", "+vip"]
    assert shop.run() == []  # once
    shop.unmark("vip")
    assert shop.run() == ["-vip"]
    shop.switch(is_on=False)
    assert shop.run() == ["-khách sỉ"]
    assert shop.there == {"của oa"}
    assert shop.run() == []


def test_a_run_that_breaks_off_goes_on_where_it_stopped(shop: Shop) -> None:
    shop.switch(is_on=True)
    shop.mark("a", "b")
    shop.channel.fails = [SendError(Action.RETRY, "-32")]
    assert shop.run() == ["+a"]  # the account is left alone
    shop.channel.fails = [SendError(Action.UNKNOWN, "timeout")]
    assert shop.run() == ["+a"]
    shop.channel.fails = [SendError(Action.REFRESH, "-216")]
    assert shop.run() == ["+a", "+a", "+b"]  # with another token
    with shop.database.transaction() as session:
        shop.account(session).stopped_at = NOON
    shop.mark("c")
    assert shop.run() == []


def test_what_a_person_is_refused_is_tried_again_a_day_later(shop: Shop) -> None:
    shop.switch(is_on=True)
    shop.mark("a", "b")
    shop.channel.fails = [SendError(Action.WINDOW, "-213")]
    assert shop.run() == ["+a", "+b"]
    with shop.database.read_only() as session:
        assert mirroring.standing(session, shop.account(session).id) == (1, 1)
    shop.now = NOON + DAY - timedelta(seconds=1)
    assert shop.run() == []
    shop.now = NOON + DAY
    assert shop.run() == ["+a"]
    with shop.database.read_only() as session:
        assert mirroring.standing(session, shop.account(session).id) == (2, 0)


@pytest.mark.parametrize("refusal", [None, SendError(Action.PERSON, "-227")])
def test_of_somebody_forgotten_nothing_is_kept(shop: Shop, refusal: SendError | None) -> None:
    shop.switch(is_on=True)
    shop.mark("a")
    shop.run()
    shop.unmark("a")
    with shop.database.transaction() as session:
        identities.forget(session, profiles.lock(session, shop.lan), now=NOON)
    shop.channel.fails = [refusal] if refusal else []
    assert shop.run() == ["-a"]
    with shop.database.read_only() as session:
        assert session.scalars(sa.select(MirroredTag)).all() == []


def test_somebody_who_does_not_follow_is_left_alone(shop: Shop) -> None:
    shop.switch(is_on=True)
    with shop.database.transaction() as session:
        identity = identities.find(session, shop.account(session).id, shop.user)
        assert identity is not None
        identities.unfollowed(session, identity, now=_later())
    shop.mark("a")
    assert shop.run() == []


def _later() -> datetime:
    return NOON + timedelta(minutes=1)
