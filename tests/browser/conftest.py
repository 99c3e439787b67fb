"""A chromium and a running demo shop. Without one the tests here say so in one line; where CI is set they fail."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright

from loyalty import settings
from loyalty.customers import profiles, searching
from loyalty.installation import opening
from loyalty.staff import accounts, sessions
from loyalty.typed import phones
from tests.fakes_http import closed_port

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
START_WITHIN = 180  # seconds; the first start fills the shop
WIDE, TABLET, PHONE = (1366, 900), (768, 1024), (360, 740)
KEY = "YSB0ZXN0J3MgdGhpcnR5LXR3byBieXRlIHJvb3Qga2U="  # a test's, 32 bytes in base64

Open = Callable[..., Page]


@dataclass(frozen=True)
class Demo:
    """`loyalty serve --demo` on a port of its own; `environment` is what it was started with."""

    url: str
    environment: Mapping[str, str]

    @property
    def simulator(self) -> str:
        return f"{self.url}/simulator/"

    def seat(self, role: str = "owner") -> str:
        """The cookie of a browser in which the demo shop's first person of a role has signed in."""
        database = opening.open_database(settings.load(self.environment))
        with database.transaction() as session:
            member = next(each for each in accounts.list_all(session) if each.role == role)
            token = sessions.begin(session, member, device="test", now=datetime.now(UTC))
        database.close()
        return token

    def phone_of(self, name: str) -> str:
        """The whole number of a demo person, as their own chat would know it."""
        database = opening.open_database(settings.load(self.environment))
        with database.read_only() as session:
            [found, *_] = searching.by_name(session, name, limit=1)
            phone = profiles.phone_of(session, found)
        database.close()
        assert phone is not None
        return phones.national(phone)


@pytest.fixture(scope="session")
def playing() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playing: Playwright) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None) or _own(playing)
    if path is None:
        sentence = "no chromium on PATH; install one (apt install chromium) to run the browser tests"
        if os.environ.get("CI"):
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
    opened = playing.chromium.launch(executable_path=path, args=list(FLAGS))
    yield opened
    opened.close()


def _own(playing: Playwright) -> str | None:
    """The browser playwright fetched, if it did."""
    path = playing.chromium.executable_path
    return path if Path(path).exists() else None


@pytest.fixture(scope="session")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, port = tmp_path_factory.mktemp("demo"), closed_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")} | {
        "LOYALTY_DATABASE_URL": f"sqlite:///{folder / 'loyalty.db'}",
        "LOYALTY_DATA_KEYS": KEY,
        "LOYALTY_SECRET_KEY": "a test's secret",
        "LOYALTY_BASE_URL": f"http://127.0.0.1:{port}",
        "LOYALTY_QUIET_HOURS": "",  # tests run at any hour
    }
    command = [sys.executable, "-m", "loyalty.cli", "serve", "--demo", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(process, f"http://127.0.0.1:{port}/simulator/api/people", folder / "log")
            yield Demo(f"http://127.0.0.1:{port}", environment)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)


@pytest.fixture
def look(browser: Browser, demo: Demo) -> Iterator[Open]:
    """Opens the simulator as a person: `look("lan", "zalo")`, newcomers with `is_new`. Its faults fail the test."""
    faults: list[str] = []
    contexts: list[Any] = []

    def opened(
        key: str = "", channel: str = "", *, size: tuple[int, int] = WIDE, is_new: bool = False, **more: Any
    ) -> Page:
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=viewport, locale="vi-VN", **more)
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        if not is_new:
            page.add_init_script("localStorage.setItem('kq-tour', 'seen')")
        page.goto(f"{demo.simulator}#{key}/{channel}")
        page.wait_for_selector("#standing .standing", state="attached")  # on a phone it lies in the closed sheet
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "ERR_FAILED" not in fault] == []  # what a test cut off itself


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=5).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.3)
    raise AssertionError(f"the demo shop does not start: {log.read_text(errors='replace')[-2000:]}")
