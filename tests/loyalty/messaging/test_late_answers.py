"""A person's own words for seven days on Messenger, where the shop says that Meta lets it; nothing and nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bots.channel import Outbound
from jobs import outbox as pump
from jobs.registry import Context
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.messaging import conversations
from loyalty.messaging.conversations import WindowClosed
from loyalty.messaging.models import Conversation
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_chat import IDS, Person, meet
from tests.builders_console import Console, make_console
from tests.fakes import FakeChannel

DAY = timedelta(days=1)
THU = Author("staff:thu", "console")


def prepare(database: Database, kind: str, *, granted: bool) -> str:
    """Somebody wrote at noon; their conversation's name."""
    with database.transaction() as session:
        if granted:
            chosen.save(session, {"human_agent": True}, by="cli", now=NOON)
        person = meet(session, kind, "lan")
        person.say("nhân viên")
        return thread_of(session, person).public_id


def thread_of(session: Session, person: Person) -> Conversation:
    assert person.identity is not None
    return session.get_one(Conversation, person.identity.id)


def answer(database: Database, public_id: str, *, after: timedelta, by: Author = THU) -> None:
    with database.transaction() as session:
        conversations.answer(session, public_id, "Dạ còn ạ", by=by, key="k", now=NOON + after)


def sent(database: Database, settings: Settings, kind: str, after: timedelta) -> list[Outbound]:
    """What leaves, once the answers of the bot have gone."""
    channel = FakeChannel()
    channel.kind, channel.account = kind, IDS[kind]
    context = Context(database, settings, {kind: channel}, lambda: NOON + after)
    while pump.send_outbox(context):
        pass
    return channel.sent


def test_within_the_day_it_goes_freely(database: Database, settings: Settings) -> None:
    answer(database, prepare(database, "messenger", granted=True), after=timedelta(hours=23))

    assert sent(database, settings, "messenger", timedelta(hours=23))[-1].route == "free"


@pytest.mark.parametrize("after", [DAY, 7 * DAY - timedelta(seconds=1)])
def test_until_the_seventh_day_it_goes_as_a_persons_words(
    database: Database, settings: Settings, after: timedelta
) -> None:
    answer(database, prepare(database, "messenger", granted=True), after=after)

    last = sent(database, settings, "messenger", after)[-1]
    assert (last.text, last.route) == ("Dạ còn ạ", "human")


@pytest.mark.parametrize(
    ("kind", "granted", "after", "by"),
    [
        ("messenger", False, DAY, THU),
        ("messenger", True, 7 * DAY, THU),
        ("zalo", True, 3 * DAY, THU),
        ("messenger", True, DAY, Author("key:x", "api")),
    ],
    ids=["not switched on", "a week later", "another channel", "a connected system"],
)
def test_otherwise_the_customer_must_write_first(
    database: Database, kind: str, granted: bool, after: timedelta, by: Author
) -> None:
    public_id = prepare(database, kind, granted=granted)

    with pytest.raises(WindowClosed):
        answer(database, public_id, after=after, by=by)


def test_the_bots_own_words_never_go_that_way(database: Database, settings: Settings) -> None:
    public_id = prepare(database, "messenger", granted=True)
    answer(database, public_id, after=DAY)
    with database.transaction() as session:
        conversations.hand_back(session, public_id, by=THU, now=NOON + DAY)

    texts = [each.text for each in sent(database, settings, "messenger", DAY) if each.route == "human"]
    assert texts == ["Dạ còn ạ"]


class TestConsole:
    @pytest.fixture
    def console(self, database: Database, settings: Settings) -> Console:
        return make_console(database, settings)

    @pytest.mark.parametrize("granted", [True, False])
    def test_the_page_says_which_way_it_will_go(self, console: Console, granted: bool) -> None:
        public_id = prepare(console.database, "messenger", granted=granted)
        console.clock.at = NOON + 2 * DAY
        manager = console.sign_in("manager")

        manager.get(f"/console/conversations/{public_id}")

        assert ("7 ngày" in manager.page) is granted
        assert ("Hạn trả lời miễn phí đã hết" in manager.page) is not granted
        status = manager.post(f"/console/conversations/{public_id}/messages", text="Dạ còn", follow=False).status_code
        assert status == (303 if granted else 422)

    def test_the_owner_switches_it_on_and_off(self, console: Console) -> None:
        owner = console.sign_in("owner")

        owner.post("/console/settings/answering", human_agent="1")
        assert "tắt → bật" in owner.page
        owner.post("/console/settings/answering", human_agent="1")
        assert "Không có gì thay đổi" in owner.page
        owner.post("/console/settings/answering")
        with console.database.read_only() as session:
            assert chosen.of(session).human_agent is False
