"""`loyalty channel connect` and `status`: consent from a terminal, and how each account stands."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from click.testing import CliRunner

from loyalty.channels import accounts, figures, tokens
from loyalty.channels.tokens import Pair
from loyalty.cli import channel_connect, loyalty
from loyalty.db import Database
from tests.builders import NOON
from tests.fakes_http import Answer, RecordingServer, Request
from tests.loyalty.cli.conftest import Run, document

OA = "4123456789012345678"


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    def answer(request: Request) -> Answer:
        if request.path == "/v4/oa/access_token" and request.form["code"] == "good":
            return Answer({"access_token": "a", "refresh_token": "r", "expires_in": "90000"})
        if request.path == "/v2.0/oa/getoa":
            return Answer({"error": 0, "data": {"oa_id": OA}})
        return Answer({"error": -14003, "error_name": "Invalid redirect uri"})

    with RecordingServer(answer) as running:
        yield running


@pytest.fixture
def app(environment: dict[str, str], server: RecordingServer) -> dict[str, str]:
    return environment | {
        "LOYALTY_BASE_URL": "https://may.example.vn",
        "LOYALTY_ZALO_APP_ID": "1",
        "LOYALTY_ZALO_APP_SECRET": "s",
        "LOYALTY_ZALO_OA_ID": OA,
        "LOYALTY_ZALO_OA_SECRET_KEY": "k",
        "LOYALTY_ZALO_API_URL": server.url,
        "LOYALTY_ZALO_OAUTH_URL": server.url,
    }


class TestConnect:
    @pytest.mark.parametrize("typed", ["good", f"https://may.example.vn/channels/zalo/callback?code=good&oa_id={OA}"])
    def test_what_is_pasted_connects(self, app: dict[str, str], database: Database, typed: str) -> None:
        done = CliRunner(env=app).invoke(loyalty, ["channel", "connect", "zalo", "--json"], input=f"{typed}\n")
        assert done.exit_code == 0, done.stderr
        printed = json.loads(done.stdout[done.stdout.index("{\n") :])  # the log goes elsewhere only under `main`
        assert printed == {"channel": "zalo", "account": OA, "connected": True}
        url = next(line for line in done.stderr.splitlines() if line.startswith("http"))
        query = dict(parse_qsl(urlsplit(url).query))
        assert query["redirect_uri"] == "https://may.example.vn/channels/zalo/callback"
        assert len(query["code_challenge"]) == 43
        with database.read_only() as session:
            account = accounts.find(session, "zalo", OA)
            assert account is not None
            found = tokens.find(session, account.id)
            assert found is not None
            assert (found[0].access, found[1]) == ("a", "ok")

    def test_a_refusal_is_one_line_with_its_cure(self, app: dict[str, str], database: Database) -> None:
        refused = CliRunner(env=app).invoke(loyalty, ["channel", "connect", "zalo"], input="bad\n")
        assert refused.exit_code == 1
        assert "Callback URL" in refused.stderr.splitlines()[-1]
        assert "-14003" in refused.stderr

    def test_the_state_of_another_consent_is_refused(self, app: dict[str, str], database: Database) -> None:
        typed = "https://may.example.vn/channels/zalo/callback?code=good&state=stolen"
        refused = CliRunner(env=app).invoke(loyalty, ["channel", "connect", "zalo"], input=f"{typed}\n")
        assert (refused.exit_code, "Kết nối" in refused.stderr) == (1, True)

    @pytest.mark.parametrize(("kind", "named"), [("zalo", "LOYALTY_ZALO_APP_ID"), ("messenger", ".env")])
    def test_without_an_app_it_says_what_to_set(self, run: Run, database: Database, kind: str, named: str) -> None:
        refused = run("channel", "connect", kind)
        assert (refused.exit_code, named in refused.stderr) == (1, True)
        assert run("channel", "connect", "sms").exit_code == 2

    @pytest.mark.parametrize(
        ("typed", "came"),
        [
            ("abc", {"state": "s", "code": "abc"}),
            ("https://x/?code=c&state=t&oa_id=1", {"state": "t", "code": "c", "oa_id": "1"}),
            ("https://x/", {}),
            ("mình đồng ý rồi", {}),
        ],
    )
    def test_what_a_pasted_line_says(self, typed: str, came: dict[str, str]) -> None:
        assert channel_connect.came_back(typed, "s") == came


class TestStatus:
    def test_nothing_is_set(self, run: Run, database: Database) -> None:
        found = document(run("channel", "status", "--json"))
        assert [(each["channel"], each["account"], each["state"]) for each in found] == [
            ("zalo", None, "off"),
            ("messenger", None, "off"),
        ]

    def test_each_account_stands_with_what_its_platform_told(self, app: dict[str, str], database: Database) -> None:
        window = timedelta(hours=48)
        with database.transaction() as session:
            own = accounts.ensure(session, "zalo", OA, window=window, now=NOON)
            tokens.regrant(session, own.id, Pair("a", "r", NOON), now=NOON)
            figures.put(session, own.id, "quota:templates_day", {"left": 499, "total": 500, "note": ""}, at=NOON)
            figures.put(session, own.id, "template:7:status", {"now": "DISABLE"}, at=NOON)
            other = accounts.ensure(session, "zalo", "77", window=window, now=NOON)
            tokens.regrant(session, other.id, Pair("b", "s", NOON), now=NOON)
            tokens.lose(session, other.id, as_of=NOON)

        run = CliRunner(env=app)
        first, second = document(run.invoke(loyalty, ["channel", "status", "zalo", "--json"]))
        assert (first["account"], first["state"]) == (OA, "ok")
        assert first["quotas"] == {"templates_day": {"left": 499, "total": 500, "at": "2026-11-22T12:00:00+07:00"}}
        assert first["templates"]["7:status"]["now"] == "DISABLE"
        assert (second["account"], second["state"]) == ("77", "needs_consent")

        shown = run.invoke(loyalty, ["channel", "status", "zalo"]).stdout
        assert "zalo 77: cần cấp quyền lại → loyalty channel connect zalo" in shown
        assert "templates_day: left 499, total 500" in shown

    def test_a_stopped_account_says_why(self, app: dict[str, str], database: Database) -> None:
        with database.transaction() as session:
            own = accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON)
            tokens.regrant(session, own.id, Pair("a", "r", NOON), now=NOON)
            accounts.stop(session, own.id, "-221", now=NOON)
        (found,) = document(CliRunner(env=app).invoke(loyalty, ["channel", "status", "zalo", "--json"]))
        assert (found["state"], found["stopped_reason"]) == ("stopped", "-221")
