"""Events reach the shop's webhooks over HTTP, and are tried again when they do not."""

from collections.abc import Iterator

import pytest

from bots.simulator.courier import WAITS, Courier
from bots.simulator.kept import Chat
from tests.bots.simulator.conftest import World
from tests.fakes_http import Answer, RecordingServer, closed_port


@pytest.fixture
def shop() -> Iterator[RecordingServer]:
    with RecordingServer() as server:
        yield server


def carry(world: World, courier: Courier, *, later: int = 0) -> int:
    """Deliver what is due within `later` seconds from now; how many calls that took."""
    calls = 0
    while event := world.board.store.next_event(world.board.now() + later * 1000):
        courier.deliver(event)
        calls += 1
    return calls


def state_of(world: World, chat: Chat) -> tuple[str, str]:
    newest = world.board.store.news(chat, 0)[0][-1]
    return newest.state, newest.note


@pytest.mark.parametrize("channel", ["zalo", "messenger"])
def test_words_arrive_signed_at_the_webhook_of_their_channel(world: World, shop: RecordingServer, channel: str) -> None:
    lan = world.chat("lan", channel)
    world.board.write(lan, "điểm")

    assert carry(world, Courier(world.board, shop.url)) == 1

    assert shop.last.path == f"/webhooks/{channel}"
    getattr(world, channel).verify(shop.last.headers, shop.last.body)
    assert state_of(world, lan) == ("accepted", "")


def test_what_did_not_arrive_is_tried_again_with_the_same_bytes(world: World, shop: RecordingServer) -> None:
    lan, courier = world.chat("lan", "zalo"), Courier(world.board, shop.url)
    shop.answers.append(Answer(status=500))
    world.board.write(lan, "điểm")

    assert carry(world, courier) == 1
    assert state_of(world, lan) == ("waiting", "500")
    assert carry(world, courier, later=WAITS[0]) == 1
    assert state_of(world, lan) == ("accepted", "")
    assert shop.requests[0].body == shop.requests[1].body


def test_nothing_overtakes_what_the_same_person_wrote_before(world: World, shop: RecordingServer) -> None:
    lan, hoa, courier = world.chat("lan", "zalo"), world.chat("hoa", "zalo"), Courier(world.board, shop.url)
    shop.answers.append(Answer(status=503))
    for chat, text in ((lan, "một"), (lan, "hai"), (hoa, "ba")):
        world.board.write(chat, text)

    assert carry(world, courier) == 2  # Lan's first, in vain, and Hoa's
    assert carry(world, courier, later=WAITS[0]) == 2

    texts = [request.json["message"]["text"] for request in shop.requests]
    assert texts == ["một", "ba", "một", "hai"]


def test_a_shop_that_never_answers_is_given_up_in_the_end(world: World) -> None:
    lan, courier = world.chat("lan", "zalo"), Courier(world.board, f"http://127.0.0.1:{closed_port()}")
    world.board.write(lan, "điểm")

    tries = sum(carry(world, courier, later=wait) for wait in (0, *WAITS))

    assert tries == 1 + len(WAITS)
    assert state_of(world, lan) == ("refused", "unreachable")


def test_a_repeated_event_is_the_same_bytes_once_more(world: World, shop: RecordingServer) -> None:
    lan, courier = world.chat("lan", "zalo"), Courier(world.board, shop.url)
    world.board.write(lan, "điểm")
    carry(world, courier)

    world.board.repeat(lan, world.board.store.news(lan, 0)[0][0].id)
    carry(world, courier)

    assert len(shop.requests) == 2
    assert shop.requests[0].body == shop.requests[1].body


def test_the_thread_delivers_by_itself_and_ends(world: World, shop: RecordingServer) -> None:
    courier = Courier(world.board, shop.url)
    courier.start()
    world.board.write(world.chat("lan", "zalo"), "điểm")

    for _ in range(100):
        if shop.requests:
            break
        courier.join(0.05)
    courier.stop()

    assert len(shop.requests) == 1
    assert not courier.is_alive()
