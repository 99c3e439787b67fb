"""The button that sets a channel's menu."""

from dataclasses import replace

import pytest
from flask import Flask

from loyalty.channels.accounts import ChannelRefused
from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders_console import Console, make_console

asked: list[str] = []


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    asked.clear()

    def prepare(app: Flask) -> None:
        app.extensions["loyalty_menus"] = {"messenger": asked.append}

    return make_console(database, replace(settings, messenger_page_id="1"), prepare=prepare)


def test_the_menu_is_set_for_this_shop_and_written_down(console: Console) -> None:
    owner = console.sign_in("owner")
    owner.get("/console/channels/of/messenger")
    assert "Đặt menu" in owner.page

    owner.post("/console/channels/of/messenger/menu")

    assert asked == ["Cà phê Mây"]
    assert "Đã đặt nút Bắt đầu" in owner.page
    owner.get("/console/audit")
    assert "đặt trình đơn của kênh" in owner.page


def test_a_refusal_is_told_with_its_code(console: Console) -> None:
    def refuse(_shop: str) -> None:
        raise ChannelRefused("190", "expired")

    console.app.extensions["loyalty_menus"] = {"messenger": refuse}
    owner = console.sign_in("owner")

    assert owner.post("/console/channels/of/messenger/menu").status_code == 422
    assert "190 expired" in owner.page


def test_a_channel_without_a_menu_has_no_button(console: Console) -> None:
    owner = console.sign_in("owner")
    owner.get("/console/channels/of/zalo")
    assert "Đặt menu" not in owner.page
    assert owner.post("/console/channels/of/zalo/menu").status_code == 404


def test_whoever_may_not_see_channels_sets_nothing(console: Console) -> None:
    assert console.sign_in("cashier").post("/console/channels/of/messenger/menu").status_code == 403
    assert asked == []
