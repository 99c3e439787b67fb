"""Our tags at the platform: put there, taken away, once each, whatever breaks off in between."""

from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots import news
from bots.channel import Action, Inbound, InboundKind, SendError
from bots.zalo.tokens import REFUSED_WAIT
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

    def tell(self, what: str, tag: str, *, at: datetime) -> None:
        """The platform tells of a tag, which is wished for."""
        told = Inbound("1", "zalo-1", self.user, InboundKind.TAGGED, at, "tag", text=tag, ref=what)
        with self.database.transaction() as session:
            account = self.account(session)
            account.takes_tags = True
            news.handle(session, account, told, now=self.now)

    def tags(self) -> list[str]:
        with self.database.read_only() as session:
            return list(tags.list_of(session, self.lan))

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


@pytest.mark.parametrize(
    ("error", "rests", "then"),
    [
        (SendError(Action.UNKNOWN, "timeout"), 0, ["+a", "+b"]),  # whether it is there nobody knows: once more
        (SendError(Action.RETRY, "connect"), 0, ["+a", "+b"]),
        (SendError(Action.RETRY, "-211", retry_after=timedelta(hours=1)), 60, ["+a", "+b"]),
        (SendError(Action.RETRY, "-200"), 0, ["+b"]),  # this one is refused: it does not hold the others up
        (SendError(Action.STOP, "-212"), 60, ["+b"]),  # nobody may tag there: the account rests
    ],
)
def test_a_run_that_breaks_off_goes_on_where_it_stopped(
    shop: Shop, error: SendError, rests: int, then: list[str]
) -> None:
    shop.switch(is_on=True)
    shop.mark("a", "b")
    shop.channel.fails = [error]
    assert shop.run() == ["+a"]  # the account is left alone
    for _ in range(rests):
        assert shop.run() == []
        shop.now += timedelta(minutes=1)
    assert shop.run() == then
    with shop.database.read_only() as session:
        refused = mirroring.standing(session, shop.account(session).id)[1]
    shop.now += DAY
    assert shop.run() == ["+a"] * refused and shop.there == {"a", "b"}


def test_another_token_is_used_and_a_stopped_account_left_alone(shop: Shop) -> None:
    shop.switch(is_on=True)
    shop.mark("a")
    shop.channel.fails = [SendError(Action.REFRESH, "-216")]
    assert shop.run() == ["+a", "+a"]
    with shop.database.transaction() as session:
        shop.account(session).stopped_at = NOON
    shop.mark("c")
    assert shop.run() == []


def test_while_nothing_changes_nobody_is_looked_at(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is written, so that the job holds no writer up; what changes a tag or a chat is seen at once."""
    shop.switch(is_on=True)
    shop.mark("a")
    assert shop.run() == ["+a"]
    look = Mock(wraps=mirroring.due)
    monkeypatch.setattr(mirroring, "due", look)
    with monkeypatch.context() as quiet:
        quiet.setattr(Context, "transaction", None)
        for _ in range(61):
            shop.now += timedelta(minutes=1)
            assert shop.run() == []
    assert [call.kwargs["now"] for call in look.call_args_list] == [NOON + timedelta(hours=1)]
    shop.unmark("a")
    assert shop.run() == ["-a"]


def test_what_is_wished_no_more_goes_there_and_stays_here_though_the_platform_tells_it_back(shop: Shop) -> None:
    """The events of our own calls, late ones too, give nobody a tag that was taken away, and take none."""
    shop.switch(is_on=True)
    shop.mark("a", "b")
    shop.run()
    shop.unmark("b")
    shop.tell("add", "b", at=NOON + timedelta(seconds=1))  # the clock there is ahead
    assert shop.run() == ["-b"]
    shop.now += timedelta(minutes=5)
    shop.tell("add", "b", at=NOON - timedelta(seconds=1))
    assert shop.tags() == ["a"]

    shop.switch(is_on=False)
    shop.tell("remove", "A", at=shop.now)  # before we heard that it is done
    assert shop.run() == ["-a"]
    shop.tell("remove", "A", at=shop.now)
    assert shop.tags() == ["a"]
    shop.now += timedelta(minutes=5)
    shop.tell("remove", "A", at=shop.now)  # somebody of the shop
    shop.tell("add", "VIP", at=shop.now - timedelta(minutes=3))
    shop.tell("remove", "VIP", at=shop.now - timedelta(minutes=2))  # both were long under way
    assert shop.tags() == []


def test_what_a_person_is_refused_is_tried_again_a_day_later(shop: Shop) -> None:
    shop.switch(is_on=True)
    shop.mark("a", "b")
    shop.channel.fails = [SendError(Action.WINDOW, "-213")]
    assert shop.run() == ["+a", "+b"]
    with shop.database.read_only() as session:
        assert mirroring.standing(session, shop.account(session).id) == (1, 1)
    shop.now = NOON + DAY - timedelta(seconds=1)
    assert shop.run() == []
    shop.now += mirroring.LOOKS_EVERY
    assert shop.run() == ["+a"]
    with shop.database.read_only() as session:
        assert mirroring.standing(session, shop.account(session).id) == (2, 0)


@pytest.mark.parametrize(
    ("refusal", "again"),
    [
        (None, None),
        (SendError(Action.PERSON, "-227"), None),  # whoever is not there has no tag there
        (SendError(Action.RETRY, "-200"), DAY),
        (SendError(Action.STOP, "-223"), DAY),
        (SendError(Action.STOP, "needs_consent"), DAY),
        (SendError(Action.RETRY, "token_refused", retry_after=REFUSED_WAIT), REFUSED_WAIT),
    ],
)
def test_of_somebody_forgotten_nothing_is_kept_once_the_tag_is_gone(
    shop: Shop, refusal: SendError | None, again: timedelta | None
) -> None:
    shop.switch(is_on=True)
    shop.mark("0", "a")
    shop.channel.fails = [SendError(Action.WINDOW, "-213")]  # "0" never gets there
    shop.run()
    shop.unmark("a")
    with shop.database.transaction() as session:
        identities.forget(session, profiles.lock(session, shop.lan), now=NOON)
    shop.channel.fails = [refusal] if refusal else []
    assert shop.run() == ["-a"]
    if again:
        assert shop.run() == []  # neither of them: the account or the tag is left for a while
        shop.now += again
        assert shop.run() == ["-a"]
    assert shop.there == ({"a"} if refusal and not again else set())
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
