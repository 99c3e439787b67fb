"""`loyalty channel setup`: what it sets on the page, and what it says where nothing can be set."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bots.messenger import FIELDS
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.fakes_http import Answer, RecordingServer
from tests.loyalty.cli.conftest import Run, document

OA, PAGE = "579745863508352884", "102030405060708"


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


@pytest.fixture
def setup(run: Run, server: RecordingServer, database: Database) -> Run:
    return partial(
        run,
        "channel",
        "setup",
        LOYALTY_MESSENGER_PAGE_ID=PAGE,
        LOYALTY_MESSENGER_PAGE_TOKEN="page-token",  # of a test
        LOYALTY_MESSENGER_APP_SECRET="page-secret",
        LOYALTY_MESSENGER_VERIFY_TOKEN="verify",
        LOYALTY_MESSENGER_API_URL=server.url,
        LOYALTY_ZALO_APP_ID="1",
        LOYALTY_ZALO_APP_SECRET="app-secret",
        LOYALTY_ZALO_OA_ID=OA,
        LOYALTY_ZALO_OA_SECRET_KEY="oa-secret",
        LOYALTY_ZALO_ACCESS_TOKEN="access",
        LOYALTY_ZALO_REFRESH_TOKEN="refresh",
        LOYALTY_ZALO_API_URL=server.url,
        LOYALTY_ZALO_OAUTH_URL=server.url,
    )


def checked(profile: dict[str, Any]) -> dict[str, Any]:
    """What Graph would refuse is not in it."""
    for menu in profile["persistent_menu"]:
        assert 0 < len(menu["call_to_actions"]) <= 20
        assert all(0 < len(entry["title"]) <= 30 for entry in menu["call_to_actions"])
    assert all(0 < len(each["text"]) <= 160 for each in profile["greeting"])
    assert [each["locale"] for each in profile["greeting"]] == ["default", "en_US"]
    return profile


def test_the_page_gets_button_greeting_menu_and_events(setup: Run, server: RecordingServer, database: Database) -> None:
    server.answers += [Answer({"result": "success"}), Answer({"success": True}), Answer({"data": []})]

    done = document(setup("messenger", "--json"))

    profile = checked(done["profile"])
    assert profile["get_started"] == {"payload": "GET_STARTED"}
    menu = {entry["title"]: entry["payload"] for entry in profile["persistent_menu"][0]["call_to_actions"]}
    assert menu | {"Điểm": "điểm", "Quà": "quà", "Gặp nhân viên": "nhân viên"} == menu
    assert "ice_breakers" not in profile
    assert (done["fields"], done["changed"]) == (list(FIELDS), True)
    set_call, subscribe, _look = server.requests
    assert set_call.json == profile
    assert subscribe.query["subscribed_fields"] == ",".join(FIELDS)
    with database.read_only() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all()[-1] == "channel_set_up"


def test_a_dry_run_asks_nothing_and_shows_the_same(setup: Run, server: RecordingServer) -> None:
    would = document(setup("messenger", "--dry-run", "--json"))

    assert server.requests == []
    assert would["changed"] is False
    checked(would["profile"])
    assert "điểm" in setup("messenger", "--dry-run").stdout


def test_ice_breakers_are_set_only_on_request_and_with_a_warning(setup: Run, server: RecordingServer) -> None:
    server.answers += [Answer({"result": "success"}), Answer({"success": True})]
    result = setup("messenger", "--ice-breakers", "--json")

    breakers = document(result)["profile"]["ice_breakers"]
    assert [each["locale"] for each in breakers] == ["default", "en_US"]
    assert all(0 < len(each["call_to_actions"]) <= 4 for each in breakers)
    assert "m.me" in result.stderr


def test_somebody_elses_ice_breakers_are_left_and_told(setup: Run, server: RecordingServer) -> None:
    theirs = {"data": [{"ice_breakers": [{"question": "?"}]}]}
    server.answers += [Answer({"result": "success"}), Answer({"success": True}), Answer(theirs)]

    assert "ice breakers" in setup("messenger").stderr


def test_a_refusal_of_the_platform_is_one_line_with_its_code(setup: Run, server: RecordingServer) -> None:
    server.answers += [Answer({"error": {"code": 190, "message": "Session has expired"}}, 400)]

    result = setup("messenger")

    assert result.exit_code == 1
    assert "190" in result.stderr


@pytest.mark.parametrize("kind", ["zalo", "messenger"])
def test_a_channel_that_is_not_connected_says_where_to_begin(run: Run, database: Database, kind: str) -> None:
    result = run("channel", "setup", kind)

    assert result.exit_code == 1
    assert f"bots/{kind}/README.md" in result.stderr


def test_zalo_says_what_to_click_once_its_token_proved_good(setup: Run, server: RecordingServer) -> None:
    server.answers += [Answer({"error": 0, "data": {"oa_id": OA}})]

    told = document(setup("zalo", "--json"))

    assert (told["account"], told["changed"]) == (OA, False)
    assert "nhân viên" in told["words"]


@pytest.mark.parametrize("answer", [{"error": 0, "data": {"oa_id": "7"}}, {"error": -204, "message": "no"}])
def test_zalo_with_a_token_that_is_not_this_oas_is_refused(setup: Run, server: RecordingServer, answer: Any) -> None:
    server.answers += [Answer(answer)]

    assert setup("zalo").exit_code == 1


def test_an_unknown_channel_is_wrong_usage(setup: Run) -> None:
    assert setup("viber").exit_code == 2
