"""Graph as the simulator plays it, called by the program's own client."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bots import strict_json
from bots.channel import Action, Button, Card, Inbound, Outbound, Route, SendError, Template
from bots.messenger import FIELDS, menu
from bots.messenger.client import GraphClient
from bots.messenger.errors import MessengerError
from loyalty.demo import approved
from tests.bots.simulator.conftest import World
from tests.builders_pictures import file_of


def outbound(world: World, key: str, text: str = "Chào bạn", *buttons: Button) -> Outbound:
    return Outbound(world.settings.messenger_page_id, world.chat(key, "messenger").user, text, buttons, reference="r1")


def tapped(world: World, tap: Callable[[], None]) -> Sequence[Inbound]:
    """What the shop is told of a tap."""
    while event := world.board.store.next_event(world.board.now() + 1000):
        world.board.store.settle_event(event, "accepted")
    tap()
    event = world.board.store.next_event(world.board.now())
    assert event is not None
    return world.messenger.parse(strict_json.loads(event.body))


def refusal_of(world: World, body: dict[str, Any], messaging_type: str = "RESPONSE") -> tuple[int, int]:
    with pytest.raises(MessengerError) as refused:
        world.messenger.client.send_message(world.chat("lan", "messenger").user, body, messaging_type)
    return refused.value.code, refused.value.subcode


def test_a_message_is_shown_with_quick_replies_that_go_with_the_first_tap(world: World) -> None:
    mid = world.messenger.send(outbound(world, "minh", "Bạn có 40 điểm", Button("Lịch sử", "lịch sử")))

    chat = world.chat("minh", "messenger")
    [shown] = world.board.store.news(chat, 0)[0]
    assert (shown.mid, shown.body["text"], shown.body["once"]) == (mid, "Bạn có 40 điểm", True)

    world.board.tap(chat, shown.id, 0)

    before, tapped = world.board.store.news(chat, 0)[0]
    assert (before.body["spent"], tapped.mine, tapped.body["text"]) == (True, True, "Lịch sử")


@pytest.mark.parametrize(
    ("token", "secret", "code"), [("wrong", "demo-messenger-app-secret", 190), ("demo-page-token", "wrong", 100)]
)
def test_a_wrong_token_or_proof_is_refused(world: World, token: str, secret: str, code: int) -> None:
    address = world.settings.messenger_api_url
    client = GraphClient(world.settings.messenger_page_id, token, secret, api_url=address)

    with pytest.raises(MessengerError) as refused:
        client.subscriptions()

    assert refused.value.code == code


def test_after_24_hours_the_person_must_write_first(world: World) -> None:
    lan = world.chat("lan", "messenger")
    spoke_at = world.board.now() - int(timedelta(hours=24, minutes=1) / timedelta(milliseconds=1))
    world.board.store.update_chat(lan, interacted_at=spoke_at)

    with pytest.raises(SendError) as refused:
        world.messenger.send(outbound(world, "lan"))

    assert (refused.value.action, refused.value.code) == (Action.WINDOW, "10/2018278")


def test_nobody_is_written_to_who_never_wrote(world: World) -> None:
    with pytest.raises(SendError) as refused:
        world.messenger.send(outbound(world, "hoa"))  # the shop knows Hoa on Zalo only

    assert (refused.value.action, refused.value.code) == (Action.PERSON, "100/2018001")


REPLY = {"content_type": "text", "title": "a", "payload": "a"}


@pytest.mark.parametrize(
    ("body", "messaging_type", "refusal"),
    [
        ({"text": "x" * 2000}, "RESPONSE", (100, 0)),
        ({}, "RESPONSE", (100, 0)),
        ({"text": "x", "quick_replies": [REPLY] * 14}, "UPDATE", (100, 0)),
        ({"text": "x", "quick_replies": [{"content_type": "text", "title": "a"}]}, "UPDATE", (100, 0)),
        ({"text": "x"}, "MESSAGE_TAG", (100, 1893061)),
    ],
)  # fmt: skip
def test_what_graph_would_not_take_is_refused(
    world: World, body: dict[str, Any], messaging_type: str, refusal: tuple[int, int]
) -> None:
    assert refusal_of(world, body, messaging_type) == refusal
    assert world.shown(world.chat("lan", "messenger")) == []


def test_a_profile_tells_the_name(world: World) -> None:
    known, unknown = world.chat("minh", "messenger"), world.chat("hoa", "messenger")

    profile = world.messenger.profile(known.user)

    assert profile is not None
    assert profile.name == "Minh"
    assert world.messenger.profile(unknown.user) is None


def test_the_page_is_subscribed_to_what_the_program_needs(world: World) -> None:
    client = world.messenger.client

    client.subscribe(FIELDS)
    client.set_messenger_profile(get_started={"payload": "GET_STARTED"})

    [fields] = client.subscriptions().values()
    assert {"messages", "messaging_postbacks", "message_echoes"} <= fields


def test_typing_is_shown_until_the_message_comes(world: World) -> None:
    minh = world.chat("minh", "messenger")

    world.messenger.client.sender_action(minh.user, "typing_on")
    assert world.chat("minh", "messenger").typing_until > world.board.now()

    world.messenger.send(outbound(world, "minh"))
    assert world.chat("minh", "messenger").typing_until == 0


def test_cards_are_shown_with_what_one_may_tap(world: World) -> None:
    cards = [Card(f"Quà {n}", "100 điểm", f"https://a.vn/{n}.png", [Button("Đổi", f"đổi {n}")]) for n in (1, 2)]
    world.messenger.send(replace(outbound(world, "minh", "Chọn quà nhé", Button("Điểm", "điểm")), cards=cards))

    chat = world.chat("minh", "messenger")
    row, words = world.board.store.news(chat, 0)[0]
    assert [(card["title"], card["taps"]) for card in row.body["cards"]] == [("Quà 1", [0]), ("Quà 2", [1])]
    assert words.body["text"] == "Chọn quà nhé"
    [event] = tapped(world, lambda: world.board.tap(chat, row.id, 1))
    assert (event.name, event.text) == ("postback", "đổi 2")


def test_the_pages_template_is_told_and_filled_in(world: World) -> None:
    chat = world.chat("minh", "messenger")
    told = [(each.name, each.status, len(each.parameters)) for each in world.messenger.templates()]
    assert told == [(each.name, each.status, len(each.parameters)) for each in approved.MESSENGER]

    template = Template("points_update_vi", {"1": "Minh", "2": "40"})
    world.messenger.send(replace(outbound(world, "minh"), route=Route.TEMPLATE_USER, template=template))

    assert world.shown(chat)[-1]["text"] == "Chào Minh, bạn có 40 điểm."


def test_the_menu_that_was_set_can_be_asked_for(world: World) -> None:
    done = menu.apply(world.messenger, "Mây")

    assert world.messenger.client.messenger_profile(["persistent_menu"]) == {
        "persistent_menu": done.profile["persistent_menu"]
    }
    assert world.messenger.upkeep() is None
    world.messenger.client.clear_messenger_profile(["persistent_menu"])
    assert world.messenger.client.messenger_profile(["persistent_menu"]) == {}


def test_a_page_that_lost_its_subscription_is_mended(world: World) -> None:
    world.messenger.client.subscribe(["feed"])

    assert world.messenger.upkeep() == "subscription"
    assert world.messenger.upkeep() is None


def test_the_menu_stands_beside_the_chat_and_a_tap_says_its_command(world: World) -> None:
    titles = [line["title"] for line in world.board.menu]
    assert titles[:2] == ["Điểm", "Quà"]

    [event] = tapped(world, lambda: world.board.tap_menu(world.chat("minh", "messenger"), 0))
    assert (event.name, event.text) == ("postback", world.board.menu[0]["payload"])

    world.messenger.client.clear_messenger_profile(["persistent_menu"])
    assert world.board.menu == []


def test_every_answer_tells_how_much_of_the_limit_is_used(world: World) -> None:
    world.messenger.templates()
    world.messenger.client.meter.check(is_answer=False)  # far from it

    world.board.moods.put("messenger", {"kind": "refusing", "what": "rate"})
    with pytest.raises(SendError):
        world.messenger.templates()

    with pytest.raises(SendError) as held:
        world.messenger.client.meter.check(is_answer=True)
    assert (held.value.action, held.value.code) == (Action.RETRY, "usage")


def test_a_picture_sent_up_goes_before_the_words_by_its_name(world: World) -> None:
    name = world.messenger.upload(file_of(kind="JPEG"), "image/jpeg")
    world.messenger.send(replace(outbound(world, "minh", "Bánh mới"), attachment=name))
    picture, words = world.shown(world.chat("minh", "messenger"))
    assert (picture["image"], words["text"]) == (f"/simulator/media/{name}", "Bánh mới")

    with pytest.raises(SendError) as refused:
        world.messenger.send(replace(outbound(world, "minh", "Bánh mới"), attachment="1000"))
    assert (refused.value.action, refused.value.code) == (Action.RETRY, "100/2018074")
    assert refused.value.no_attachment and len(world.shown(world.chat("minh", "messenger"))) == 2
    with pytest.raises(SendError) as mismatched:
        world.messenger.upload(b"GIF89a", "image/gif")
    assert (mismatched.value.action, mismatched.value.code) == (Action.CONTENT, "100/2018047")
