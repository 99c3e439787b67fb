"""What one can have, as cards beside each other where a platform shows them, and as numbered words elsewhere."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots import dispatch, media, reward_picture
from bots.channel import Inbound, InboundKind
from loyalty.db import keyring
from loyalty.messaging import contents
from loyalty.messaging.contents import Content
from loyalty.messaging.models import OutboundMessage
from loyalty.pictures import addresses
from loyalty.rewards import catalogue
from tests.builders import NOON
from tests.builders_chat import Person
from tests.builders_pictures import make_picture
from tests.builders_points import award
from tests.builders_rewards import make_reward


@pytest.fixture
def shopping(session: Session, lan: Person) -> Person:
    """Lan with 320 points, in a shop two of whose rewards she can have."""
    award(session, lan.customer, 3_200_000)
    make_reward(session, 100)
    make_reward(session, 50, name={"vi": "Cà phê sữa đá"})
    return lan


def asks(person: Person, *, carousel: int, base_url: str = "https://may.vn", words: str = "quà") -> Content:
    session = person.session
    session.info["shop"] = replace(session.info["shop"], base_url=base_url)
    name, chat = f"c{carousel}{words}", (person.account.external_id, person.user)
    event = Inbound(name, *chat, InboundKind.MESSAGE, NOON, "text", words)
    dispatch.handle(session, person.account, replace(event, interaction=True), now=NOON, carousel=carousel)
    newest = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id.desc())).first()
    assert newest is not None
    return contents.read(session, newest)


def test_a_platform_with_room_shows_each_reward_with_its_picture_and_taps(shopping: Person) -> None:
    shown = asks(shopping, carousel=10)
    assert [card.title for card in shown.cards] == ["Số 2: Cà phê sữa đá · 50 điểm", "Số 1: Bánh croissant · 100 điểm"]
    assert [button.payload for button in shown.cards[0].buttons] == ["đổi 2", "quà 2"]
    assert shown.text == "Bạn có 320 điểm. Quà đổi được ngay:\nMuốn đổi, nhắn: đổi 2"

    session = shopping.session
    signed = shown.cards[0].image_url.removeprefix("https://may.vn/media/").removesuffix(".png")
    picture = reward_picture.png(session, signed, now=NOON)
    assert picture is not None and picture.startswith(b"\x89PNG")
    assert reward_picture.png(session, signed, now=NOON + reward_picture.HELD) is None
    assert media.png(keyring(session), signed, now=NOON) is None  # signed for this and for nothing else


@pytest.mark.parametrize(("carousel", "base_url"), [(0, "https://may.vn"), (1, "https://may.vn"), (10, "http://may")])
def test_elsewhere_the_rewards_are_words_with_their_numbers(shopping: Person, carousel: int, base_url: str) -> None:
    shown = asks(shopping, carousel=carousel, base_url=base_url)
    assert shown.cards == () and "\nSố 2: Cà phê sữa đá · 50 điểm\nSố 1: Bánh croissant" in shown.text


def test_a_reward_with_a_photo_shows_it_on_its_card_and_when_it_is_asked_about(shopping: Person) -> None:
    session = shopping.session
    photo = make_picture(session)
    catalogue.picture(session, catalogue.get_by_number(session, 2), photo)

    drawn = [card.image_url for card in asks(shopping, carousel=10).cards]
    signed = drawn[0].removeprefix("https://may.vn/media/").removesuffix(".png")
    assert addresses.find(session, signed, now=NOON) == (photo, False) and drawn[0] != drawn[1]
    assert addresses.find(session, signed[:-1] + "01"[signed.endswith("0")], now=NOON) is None

    told = asks(shopping, carousel=10, words="quà 2")
    assert (told.picture, told.text.splitlines()[0]) == (photo.public_id, "Số 2: Cà phê sữa đá · 50 điểm")
