"""The portrait of a segment and the years side by side, at the console."""

import pytest

from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders_console import make_console
from tests.builders_portraits import draw, make_sold_segment

SAID = {
    "vi": ("Latte đá", "270.000đ", "0 trên 3 người", "ít người quá, chưa so được"),
    "en": ("Latte đá", "270,000₫", "0 of 3 people", "too few to compare"),
}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_new_segment_says_it_is_being_drawn_and_then_shows_it(
    database: Database, settings: Settings, language: str
) -> None:
    with database.transaction() as session:
        address = f"/console/segments/{make_sold_segment(session)}/portrait"
    console = make_console(database, settings)
    owner = console.sign_in("owner")
    owner.post("/console/language", language=language)

    owner.get(address)
    assert 'hx-trigger="every 3s"' in owner.html
    draw(database, settings)
    owner.get(address)
    assert "hx-trigger" not in owner.html
    for said in SAID[language]:
        assert said in owner.page
    owner.post(address)
    assert 'hx-trigger="every 3s"' in owner.html
    owner.get("/console/years")
    assert {"2025", "2026", SAID[language][1]} <= set(owner.page.split())
    assert console.sign_in("cashier").get(address).status_code == 403
