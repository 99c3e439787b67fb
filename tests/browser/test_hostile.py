"""Forty hostile names and messages, kept wherever people can write something: on no page does anything run."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from loyalty.app import create_app
from loyalty.campaigns import lifecycle
from loyalty.customers import cases, notes, profiles
from loyalty.customers.cases import CaseKind, Opening
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.installation import opening
from loyalty.purchases.bills import Line
from loyalty.segments import saved
from loyalty.settings import Settings
from loyalty.staff import accounts, audit, keys, sessions, stores
from tests.browser.conftest import PHONE
from tests.browser.crawl import Crawler, View, endpoints
from tests.builders import NOON, Clock
from tests.builders_chat import meet
from tests.builders_points import award
from tests.hostile import MARK, PAYLOADS

pytestmark = pytest.mark.xdist_group("browser")
PER_PAGE = 2  # of pages that exist for each thing: profiles, threads, cases …


@pytest.fixture
def hostile(base_settings: Settings, tmp_path: Path) -> Iterator[Database]:
    """A shop in which every name and every message is a payload; the one with the longest word is the newest."""
    chosen = replace(base_settings, database_url=f"sqlite:///{tmp_path / 'loyalty.db'}", var=tmp_path)
    opening.migrate(chosen)
    database = opening.open_database(chosen)
    for number, payload in enumerate(sorted(PAYLOADS, key=_longest_word)):
        with database.transaction() as session:
            _say_everywhere(session, payload, number)
    yield database
    database.close()


def _longest_word(payload: str) -> int:
    return max(map(len, payload.split()))


def _say_everywhere(session: Session, payload: str, number: int) -> None:
    now = NOON - timedelta(minutes=len(PAYLOADS) - number)
    writer = meet(session, "zalo" if number % 2 else "messenger", f"u{number}")
    writer.say(payload)
    writer.say(f"góp ý {payload}")
    writer.say("nhân viên")
    customer = writer.customer
    profiles.set_name(session, customer, payload, now=now)
    bill = {"reference": payload[:60], "lines": (Line(payload, unit_price=250_000, category=payload),)}
    _try(session, lambda: award(session, customer, **bill))  # type: ignore[arg-type]  # a bill's fields
    notes.add(session, customer.id, payload, key=f"note:{number}", by=audit.CLI, now=now)
    said = Opening(CaseKind.COMPLAINT, payload, "console")
    cases.open_case(session, customer.id, said, key=f"case:{number}", now=now)
    _try(session, lambda: accounts.add(session, f"{number} {payload}"[:80], "cashier", now=now))
    _try(session, lambda: stores.add(session, f"S{number}", payload, now=now))
    _try(session, lambda: keys.create(session, f"{number} {payload}"[:60], ["customers:read"], now=now))
    segment = saved.create(session, payload[:100], {"all": []}, now=now)
    _try(session, lambda: lifecycle.create(session, payload[:100], segment.id, payload, now=now))


def _try(session: Session, act: object) -> None:
    """What the domain refuses cannot be shown anywhere."""
    try:
        with session.begin_nested():
            assert callable(act)
            act()
    except LoyaltyError:
        pass


@pytest.fixture
def address(hostile: Database, base_settings: Settings) -> Iterator[str]:
    app = create_app(base_settings, hostile, clock=Clock())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _owner(database: Database) -> str:
    with database.transaction() as session:
        return sessions.begin(session, accounts.add(session, "Mai", "owner", now=NOON), device="test", now=NOON)


def _became_markup(page: Page) -> list[str]:
    found = page.eval_on_selector_all(f"[{MARK}]", "all => all.map(e => e.outerHTML.slice(0, 120))")
    return [f"became markup: {each}" for each in found]


def test_nothing_that_somebody_wrote_ever_runs(browser: Browser, hostile: Database, address: str) -> None:
    context = browser.new_context()
    context.add_cookies([{"name": "kq_seat", "value": _owner(hostile), "url": f"{address}/console"}])
    app = create_app(Settings(), Database("sqlite://"))
    views = (View(PHONE),)
    crawler = Crawler(context, address, endpoints(app.url_map), views, look=_became_markup, per_page=PER_PAGE)

    visits = list(crawler.walk("/console/"))
    context.close()

    ignored = ("weighs", "has no title", "status 404", "console: Failed to load resource")
    faults = {v.address: [f for f in v.faults if not f.startswith(ignored)] for v in visits}
    assert {address: found for address, found in faults.items() if found} == {}
    assert len(visits) > 40
