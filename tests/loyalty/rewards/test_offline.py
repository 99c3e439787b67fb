"""A till without a connection tells the shop's codes from any other."""

import base64
from datetime import date
from pathlib import Path

import pytest

from bots import media
from loyalty.crypto import Keyring
from loyalty.rewards import offline
from loyalty.rewards.offline import Ticket

TICKET = Ticket("K7P4M2QX", date(2026, 11, 30), 3)


def test_a_till_reads_what_the_shop_signed() -> None:
    keys = Keyring.fresh()
    text = offline.sign(keys, TICKET)

    assert text.startswith("KQ1.K7P4M2QX.20261130.3.")
    assert len(text) <= media.LONGEST
    assert offline.read(offline.public_key(keys), text) == TICKET


def test_another_shops_ticket_is_none() -> None:
    text = offline.sign(Keyring.fresh(), TICKET)
    assert offline.read(offline.public_key(Keyring.fresh()), text) is None


def test_a_changed_ticket_is_none() -> None:
    keys = Keyring.fresh()
    text = offline.sign(keys, TICKET)
    for place, sign in enumerate(text):
        other = text[:place] + ("2" if sign != "2" else "3") + text[place + 1 :]
        found = offline.read(offline.public_key(keys), other)
        assert found is None or base64.urlsafe_b64decode(other[-86:] + "==") == base64.urlsafe_b64decode(
            text[-86:] + "=="
        )


@pytest.mark.parametrize("text", ["", "KQ1", "KQ1.a.b.c.d", "....", "K7P4-M2QX", "KQ1.K7P4M2QX.20261130.3.Ω"])
def test_what_was_never_signed_is_none(text: str) -> None:
    assert offline.read(offline.public_key(Keyring.fresh()), text) is None


def test_a_scanned_text_stands_for_its_code() -> None:
    text = offline.sign(Keyring.fresh(), Ticket("22222222", date(2026, 11, 30), 3))
    assert offline.code_in(text) == "22222222"
    assert offline.code_in(" K7P4-M2QX ") == " K7P4-M2QX "


def test_the_example_of_the_documentation_runs() -> None:
    """docs/rewards.md shows ten lines a till needs: they run as they stand, and say the same."""
    page = (Path(__file__).parents[3] / "docs" / "rewards.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    scope: dict[str, object] = {}
    exec(example, scope)  # the page is ours
    keys = Keyring.fresh()
    check = scope["check"]
    assert callable(check)
    assert check(offline.public_key(keys), offline.sign(keys, TICKET)) == ("K7P4M2QX", "20261130", "3")
    assert check(offline.public_key(Keyring.fresh()), offline.sign(keys, TICKET)) is None
