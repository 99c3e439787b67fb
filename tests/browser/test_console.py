"""Every page of the console, at phone and desktop size, in both languages, as a browser sees it."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from loyalty.app import create_app
from loyalty.db import Database
from loyalty.settings import Settings
from tests.browser.conftest import PHONE, WIDE, Demo
from tests.browser.crawl import Crawler, View, endpoints

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Only for its map of addresses."""
    folder: Path = tmp_path_factory.mktemp("map")
    return create_app(Settings(var=folder), Database(f"sqlite:///{folder / 'none.db'}"))


def opened(browser: Browser, demo: Demo, language: str) -> BrowserContext:
    """A browser in which the owner has signed in."""
    context = browser.new_context()
    place = f"{demo.url}/console"
    context.add_cookies(
        [{"name": "kq_lang", "value": language, "url": place}, {"name": "kq_seat", "value": demo.seat(), "url": place}]
    )
    return context


@pytest.mark.parametrize(
    ("language", "views", "axe"),
    [("vi", (View(PHONE), View(WIDE, "dark")), True), ("en", (View(WIDE), View(PHONE)), False)],
    ids=["vi", "en"],
)  # axe asks for contrast (light and dark) and structure (phone and wide): the language changes neither
def test_every_page_is_sound(
    browser: Browser, demo: Demo, application: Flask, language: str, views: tuple[View, ...], axe: bool
) -> None:
    context = opened(browser, demo, language)
    crawler = Crawler(context, demo.url, endpoints(application.url_map), views, axe=axe, per_page=2 if axe else 1)

    visits = list(crawler.walk("/console/"))
    crawler.context.close()

    assert {visit.address: visit.faults for visit in visits if visit.faults} == {}
    assert len({visit.endpoint for visit in visits}) > 20
