import struct
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import media
from loyalty.crypto import Keyring
from tests.builders import NOON

KEYS = Keyring.fresh()
UNTIL = NOON + timedelta(minutes=5)


def test_a_signed_address_is_a_picture_until_its_time_has_passed() -> None:
    signed = media.sign(KEYS, "M7K2QD", until=UNTIL)
    picture = media.png(KEYS, signed, now=NOON)

    assert picture is not None and picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == height >= 200
    assert media.png(KEYS, signed, now=UNTIL) is None


def test_the_same_address_is_the_same_picture_and_another_code_another() -> None:
    one, same, other = (media.sign(KEYS, code, until=UNTIL) for code in ("M7K2QD", "M7K2QD", "M7K2QE"))

    assert one == same
    assert media.png(KEYS, one, now=NOON) != media.png(KEYS, other, now=NOON)


def test_every_changed_character_breaks_the_signature() -> None:
    signed = media.sign(KEYS, "M7K2QD", until=UNTIL)
    changed = [
        signed[:place] + ("A" if char != "A" else "B") + signed[place + 1 :] for place, char in enumerate(signed)
    ]

    assert [media.png(KEYS, address, now=NOON) for address in changed] == [None] * len(changed)


def test_another_installation_signed_nothing_here() -> None:
    assert media.png(Keyring.fresh(), media.sign(KEYS, "M7K2QD", until=UNTIL), now=NOON) is None


@given(st.text(max_size=200))
def test_whatever_is_asked_for_is_answered(address: str) -> None:
    assert media.png(KEYS, address, now=NOON) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example",
        "https://localhost",
        "https://127.0.0.1:8000",
        "https://10.0.0.5",
        "https://shop",
        "https://[::1]",
        "https://shop.local",
        "https://",
    ],
)
def test_platforms_cannot_fetch_from_here(address: str) -> None:
    assert not media.is_public(address)


@pytest.mark.parametrize("address", ["https://shop.example", "https://8.8.8.8", "https://diem.mayca.vn:8443"])
def test_platforms_can_fetch_from_the_open_internet(address: str) -> None:
    assert media.is_public(address)
