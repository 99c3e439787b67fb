"""The poster: codes that lead where they should, for each store."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
import segno

from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import stores
from loyalty.staff.audit import CLI
from tests.builders import NOON
from tests.builders_console import Browser, make_console


@pytest.fixture
def marketer(database: Database, settings: Settings) -> Browser:
    connected = replace(settings, zalo_oa_id="579745863508352884", messenger_page_id="102030405060708")
    with database.transaction() as session:
        stores.add(session, "LELOI", "Mây Lê Lợi", by=CLI, now=NOON)
    return make_console(database, connected).sign_in("marketer")


def test_the_codes_lead_to_the_shops_chats(marketer: Browser) -> None:
    marketer.get("/console/poster?store=LELOI&size=a6")
    assert "zalo.me/579745863508352884" in marketer.page
    assert "m.me/102030405060708" in marketer.page  # short enough to be typed; the code carries the store
    assert 'class="poster a6"' in marketer.html and "Mây Lê Lợi" in marketer.page


def test_a_picture_is_the_code_of_its_link(marketer: Browser) -> None:
    answer = marketer.get("/console/poster/messenger.svg?store=LELOI")
    assert answer.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(answer.data)
    drawn = [path.get("d") for path in root.iter("{http://www.w3.org/2000/svg}path")]
    wanted = segno.make("https://m.me/102030405060708?ref=poster_LELOI", error="q", micro=False)
    assert wanted.symbol_size(border=2)[0] * 8 == int(root.get("width") or 0)
    assert drawn and b"<script" not in answer.data


def test_a_picture_opened_by_itself_finds_the_mark_where_browsers_look_for_it(marketer: Browser) -> None:
    with marketer.get("/favicon.ico") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


@pytest.mark.parametrize("query", ["?store=nope", "?size=a0", "?store=%00", "?store=<b>"])
def test_an_address_made_up_shows_the_first_store_on_a4(marketer: Browser, query: str) -> None:
    assert marketer.get(f"/console/poster{query}").status_code == 200
    assert 'class="poster a4"' in marketer.html and "messenger.svg?store=MAIN" in marketer.html


def test_without_a_channel_there_is_no_code(database: Database, settings: Settings) -> None:
    browser = make_console(database, settings).sign_in("owner")
    assert "Chưa nối kênh nào" in browser.get("/console/poster").text
    assert browser.get("/console/poster/zalo.svg").status_code == 404
    assert browser.get("/console/poster/viber.svg").status_code == 404
