"""A platform in a bad mood: what the shop's messages come to, and that they come when it is over."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bots.channel import Action, Channel, Outbound, SendError
from loyalty.channels.models import ChannelAccount
from loyalty.demo.people import PEOPLE
from loyalty.messaging.models import OutboundMessage
from loyalty.settings import Settings
from tests.bots.simulator import shop as shops
from tests.bots.simulator.conftest import World

CHANNELS = ("zalo", "messenger")
WORDS = {"zalo": "lan", "messenger": "minh"}


@pytest.fixture
def shop(world: World, settings: Settings) -> Iterator[shops.Shop]:
    with shops.opened(world, settings) as opened:
        for key in WORDS.values():
            shops.settle(opened, next(person for person in PEOPLE if person.key == key), 200_000)
        yield opened


def outbound(world: World, channel: str) -> tuple[Channel, Outbound]:
    receiver: Channel = getattr(world, channel)
    return receiver, Outbound(receiver.account, world.chat(WORDS[channel], channel).user, "Chào bạn")


def sent(shop: shops.Shop) -> list[tuple[str, str | None, str | None]]:
    with shop.database.read_only() as session:
        rows = session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id)).all()
        return [(row.state, row.reason, row.error) for row in rows]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("what", "action"),
    [("window", Action.WINDOW), ("person", Action.PERSON), ("rate", Action.RETRY), ("content", Action.CONTENT)],
)
def test_a_refusal_is_of_the_class_that_was_chosen(world: World, channel: str, what: str, action: Action) -> None:
    receiver, message = outbound(world, channel)
    world.board.moods.put(channel, {"kind": "refusing", "what": what})

    with pytest.raises(SendError) as refused:
        receiver.send(message)
    assert refused.value.action is action

    world.board.moods.put(channel, {"kind": "working"})
    if what != "rate":  # Messenger asks for a minute's rest
        assert receiver.send(message)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_platform_that_is_down_is_not_there(world: World, channel: str, desk: FlaskClient) -> None:
    receiver, message = outbound(world, channel)

    assert desk.post(f"/desk/moods/{channel}", json={"kind": "down"}).status_code == 200
    with pytest.raises(SendError) as refused:
        receiver.send(message)
    assert (refused.value.action, refused.value.code, refused.value.is_outage) == (Action.RETRY, "connect", True)

    desk.post(f"/desk/moods/{channel}", json={"kind": "working"})
    assert receiver.send(message)


def test_a_slow_platform_answers_late(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("bots.simulator.moods.time.sleep", waits.append)
    receiver, message = outbound(world, "zalo")
    world.board.moods.put("zalo", {"kind": "slow", "seconds": 5})

    assert receiver.send(message)
    assert waits == [5]


@pytest.mark.parametrize("asked", [{}, {"kind": "sad"}, {"kind": "refusing", "what": "love"}, {"kind": 7}])
def test_a_mood_nobody_knows_changes_nothing(desk: FlaskClient, asked: dict[str, object]) -> None:
    answer = desk.post("/desk/moods/zalo", json=asked)

    assert (answer.status_code, answer.json) == (422, {"code": "no_mood"})
    told = desk.get("/desk/chats").json
    assert told is not None
    assert told["moods"]["zalo"] == {"kind": "working", "what": "", "seconds": 0}


def test_what_was_said_while_zalo_was_down_is_answered_when_it_is_back(shop: shops.Shop) -> None:
    shop.page.post("/simulator/api/moods/zalo", json={"kind": "down"})
    shop.write("lan", "zalo", "điểm")
    [item] = [item for item in shop.news("lan", "zalo")["beside"]["happened"] if item["kind"] == "message"][:1]
    assert (item["state"], item["error"]) == ("waiting", "connect")
    assert "điểm" in item["text"]

    shop.page.post("/simulator/api/moods/zalo", json={"kind": "working"})
    with shop.database.transaction() as session:
        session.execute(sa.update(OutboundMessage).values(due_at=sa.func.coalesce(OutboundMessage.created_at)))
    shop.work()

    assert {state for state, _, _ in sent(shop)} == {"sent"}
    last = shop.news("lan", "zalo")["items"][-1]
    assert "điểm" in last["body"]["text"]


def test_zalos_token_ends_and_the_shop_gets_another_by_itself(shop: shops.Shop) -> None:
    shop.page.post("/simulator/api/moods/zalo", json={"kind": "expired"})
    shop.write("lan", "zalo", "điểm")

    assert {state for state, _, _ in sent(shop)} == {"sent"}


def test_a_pages_token_ends_and_the_channel_stops_with_its_messages_kept(shop: shops.Shop) -> None:
    shop.page.post("/simulator/api/moods/messenger", json={"kind": "expired"})
    shop.write("minh", "messenger", "điểm")

    assert {state for state, _, _ in sent(shop)} == {"waiting"}
    with shop.database.read_only() as session:
        stopped = session.scalar(sa.select(ChannelAccount.stopped_reason).filter_by(kind="messenger"))
    assert stopped is not None
    told = shop.page.get("/simulator/api/people").json
    assert told is not None
    assert told["platforms"]["messenger"]["shop"]["stopped"] == stopped
    assert told["platforms"]["messenger"]["shop"]["waiting"] == len(sent(shop))


def test_what_a_platform_refuses_for_good_is_dropped_with_its_reason(shop: shops.Shop) -> None:
    shop.page.post("/simulator/api/moods/messenger", json={"kind": "refusing", "what": "content"})
    shop.write("minh", "messenger", "điểm")

    assert ("failed", "content", "100") in sent(shop)
