"""What people do reaches the shop signed, in the platforms' own shapes: the real channels accept and read it."""

from collections.abc import Callable

import pytest

from bots import strict_json
from bots.channel import BadSignature, Channel, Inbound, InboundKind
from bots.simulator.events import Events
from bots.simulator.kept import Chat
from tests.bots.simulator.conftest import World

AT = 1_795_323_600_000
CHANNELS = ("zalo", "messenger")
Make = Callable[[Events, Chat], bytes]


def read(world: World, channel: str, make: Make) -> Inbound:
    """One event of Lan's, verified and read by the channel it is for."""
    chat, signer = world.chat("lan", channel), world.board.events[channel]
    receiver: Channel = getattr(world, channel)
    body = make(signer, chat)
    receiver.verify(signer.headers(body), body)
    payload = strict_json.loads(body)
    receiver.admit(payload)
    [event] = receiver.parse(payload)
    assert (event.account, event.user) == (receiver.account, chat.user)
    return event


@pytest.mark.parametrize("channel", CHANNELS)
def test_typed_words_arrive_as_they_are(world: World, channel: str) -> None:
    event = read(world, channel, lambda signer, chat: signer.text(chat, 'điểm 🎉 / \u0000"<b>', "m1", AT))

    assert (event.kind, event.text, event.interaction) == (InboundKind.MESSAGE, 'điểm 🎉 / "<b>', True)
    assert event.message_id == "m1"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_tap_says_its_payload(world: World, channel: str) -> None:
    event = read(world, channel, lambda signer, chat: signer.tap(chat, "Xem lịch sử", "lịch sử", "m1", AT))

    assert (event.kind, event.text) == (InboundKind.MESSAGE, "lịch sử")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_shared_contact_is_attested_by_the_platform(world: World, channel: str) -> None:
    event = read(world, channel, lambda signer, chat: signer.contact(chat, "m1", AT))

    assert event.kind is InboundKind.CONTACT
    assert event.phone.removeprefix("+") == "84903215748"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_sticker_has_no_words(world: World, channel: str) -> None:
    assert read(world, channel, lambda signer, chat: signer.sticker(chat, "m1", AT)).kind is InboundKind.MEDIA


@pytest.mark.parametrize("channel", CHANNELS)
def test_beginning_opens_the_window(world: World, channel: str) -> None:
    event = read(world, channel, lambda signer, chat: signer.start(chat, AT))

    assert (event.kind, event.interaction) == (InboundKind.FOLLOW, True)


def test_only_zalo_tells_of_leaving(world: World) -> None:
    def leave(signer: Events, chat: Chat) -> bytes:
        return signer.leave(chat, AT) or b""

    assert read(world, "zalo", leave).kind is InboundKind.UNFOLLOW
    assert world.board.events["messenger"].leave(world.chat("lan", "messenger"), AT) is None


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_message_of_the_shop_is_echoed_and_confirmed(world: World, channel: str) -> None:
    body = {"text": "Chào", "metadata": "r1"}

    echo = read(world, channel, lambda signer, chat: signer.receipts(chat, body, "m1", AT)[0])
    delivered = read(world, channel, lambda signer, chat: signer.receipts(chat, body, "m1", AT)[1])
    seen = read(world, channel, lambda signer, chat: signer.seen(chat, ["m1"], AT))

    assert [event.kind for event in (echo, delivered, seen)] == [
        InboundKind.OTHER,  # a person's own answer would be HUMAN, and silence the bot
        InboundKind.DELIVERED,
        InboundKind.SEEN,
    ]
    assert delivered.message_ids == ("m1",)


@pytest.mark.parametrize("channel", CHANNELS)
def test_other_bytes_do_not_fit_the_signature(world: World, channel: str) -> None:
    signer, receiver = world.board.events[channel], getattr(world, channel)
    body = signer.text(world.chat("lan", channel), "điểm", "m1", AT)

    with pytest.raises(BadSignature):
        receiver.verify(signer.headers(body), body.replace(b"m1", b"m2"))
