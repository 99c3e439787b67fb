"""What needs the owner: each kind with its way out, closed by a person where that makes sense."""

import pytest

from loyalty.alerts import raising, sentences
from loyalty.console import alerts
from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.hostile import PAYLOADS


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def raise_some(console: Console, kind: str, *subjects: str) -> None:
    with console.database.transaction() as session:
        for subject in subjects:
            raising.raise_alert(session, kind, subject, "KeyError", now=NOON)


def open_subjects(console: Console) -> list[str]:
    with console.database.read_only() as session:
        return sorted(alert.subject for alert in raising.list_open(session))


def test_alerts_of_a_kind_are_one_line_with_their_number_and_what_to_do(console: Console, owner: Browser) -> None:
    raise_some(console, "event_parked", "a", "b")
    raise_some(console, "channel_stopped", "zalo:1")
    owner.get("/console/alerts")
    assert "2 tin đến chưa xử lý được" in owner.page and "Zalo từ chối tin của mình" in owner.page
    assert 'href="/console/channels/events"' in owner.html


def test_a_person_says_it_is_dealt_with_and_takes_that_back(console: Console, owner: Browser) -> None:
    raise_some(console, "event_parked", "a", "b")
    owner.post("/console/alerts/event_parked/close")
    assert open_subjects(console) == [] and "Đã đánh dấu là xong." in owner.page
    raise_some(console, "event_parked", "a")  # anew
    owner.post(f"/console/alerts/event_parked/reopen?at={NOON.isoformat().replace('+', '%2B')}")
    assert open_subjects(console) == ["a", "b"]


def test_what_ends_by_itself_is_not_closed_by_hand(console: Console, owner: Browser) -> None:
    raise_some(console, "channel_stopped", "zalo:1")
    owner.post("/console/alerts/channel_stopped/close")
    assert open_subjects(console) == ["zalo:1"]


@pytest.mark.parametrize("at", ["", "x", "2026-11-22T05:00:00", "9" * 300])
def test_an_address_made_up_opens_nothing(owner: Browser, at: str) -> None:
    assert owner.post(f"/console/alerts/event_parked/reopen?at={at}").status_code == 200


def test_a_kind_nobody_knows_is_shown_all_the_same_and_runs_nothing(console: Console, owner: Browser) -> None:
    for payload in PAYLOADS[:5]:
        raise_some(console, payload, "x")
    assert owner.get("/console/alerts").status_code == 200
    assert all(payload not in owner.html for payload in PAYLOADS[:5] if "<" in payload)


def test_every_kind_with_words_has_a_place_to_go() -> None:
    assert set(sentences.TEXTS) <= set(alerts.PLACES)


def test_a_cashier_sees_no_alerts(console: Console) -> None:
    assert console.sign_in("cashier").get("/console/alerts").status_code == 403
