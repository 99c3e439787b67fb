"""From the click to the tokens: whose they are, where they came from, and a second OA that works like the first."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from bots import connecting as pages
from bots import registry, webhooks
from bots.channel import SendError
from bots.zalo import build, oauth, signature
from bots.zalo.accounts import Accounts
from jobs import inbox as inbox_pump
from jobs import outbox as outbox_pump
from jobs.registry import Context
from jobs.tokens import keep_channels
from loyalty.alerts import raising
from loyalty.channels import accounts, granting, tokens
from loyalty.channels.connectors import EXTENSION
from loyalty.channels.models import GrantRequest
from loyalty.channels.tokens import Pair
from loyalty.db import Database
from loyalty.messaging.intake import Intake
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from tests.bots.zalo import samples
from tests.bots.zalo.samples import APP, OA, USER
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.fakes_http import Answer, RecordingServer, Request

SECRET, SECOND = "oa-secret", "4999999999999999999"
CALLBACK = "/channels/zalo/callback"
SHOW = "/console/channels/of/zalo"


class Zalo:
    """Zalo's permission page and token service: one code of each OA, exchanged for its verifier only."""

    def __init__(self) -> None:
        self.challenges: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.refusal: int | None = None

    def consent(self, url: str, oa_id: str) -> dict[str, str]:
        """What an administrator of the OA comes back with."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert query["app_id"] == APP
        code = f"code-{len(self.codes)}"
        self.codes[code], self.challenges[code] = oa_id, query["code_challenge"]
        return {"code": code, "oa_id": oa_id, "state": query["state"]}

    def answer(self, request: Request) -> Answer:
        match request.path:
            case "/v4/oa/access_token":
                return Answer(self._exchange(request))
            case "/v2.0/oa/getoa":
                return Answer({"error": 0, "data": {"oa_id": request.headers["access_token"].split("-")[1]}})
            case "/v3.0/oa/message/cs":
                return Answer({"error": 0, "data": {"message_id": f"sent-{request.headers['access_token']}"}})
        return Answer(status=404)

    def _exchange(self, request: Request) -> dict[str, Any]:
        form = request.form
        oa_id = self.codes.pop(form.get("code", ""), None)
        if self.refusal is not None:
            return {"error": self.refusal, "error_name": "no"}
        if oa_id is None or oauth.challenge(form["code_verifier"]) != self.challenges[form["code"]]:
            return {"error": -14020, "error_name": "Invalid code"}
        assert request.headers["secret_key"] == "app-secret"
        return {"access_token": f"access-{oa_id}", "refresh_token": f"refresh-{oa_id}", "expires_in": "90000"}


@pytest.fixture
def zalo(server: RecordingServer) -> Zalo:
    played = Zalo()
    server.default = played.answer
    return played


@pytest.fixture
def shop(settings: Settings, server: RecordingServer) -> Settings:
    return replace(
        settings,
        base_url="https://may.example.vn",
        zalo_app_id=APP,
        zalo_app_secret="app-secret",
        zalo_oa_id=OA,
        zalo_oa_secret_key=SECRET,
        zalo_api_url=server.url,
        zalo_oauth_url=server.url,
        zalo_zns_url=server.url,
    )


@pytest.fixture
def console(database: Database, shop: Settings) -> Console:
    made = pages.connectors(shop, database, lambda: NOON)

    def prepare(app: Any) -> None:
        app.extensions[EXTENSION] = made

    return make_console(database, shop, [pages.blueprint(made, database)], prepare)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def way(browser: Browser, another: bool = False) -> str:
    """The address the page leads to."""
    page = browser.post(f"{SHOW}/connect" + ("/another" if another else "")).get_data(as_text=True)
    start = page.index('href="http') + len('href="')
    return page[start : page.index('"', start)].replace("&amp;", "&")


def pair_of(database: Database, oa_id: str) -> tuple[Pair, str] | None:
    with database.read_only() as session:
        account = accounts.find(session, "zalo", oa_id)
        return tokens.find(session, account.id) if account else None


class TestConsole:
    def test_an_administrator_agrees_and_the_oa_sends_again(
        self, database: Database, console: Console, owner: Browser, zalo: Zalo
    ) -> None:
        with database.transaction() as session:
            account = accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON)
            accounts.stop(session, account.id, "permission_revoked", now=NOON)
            raising.raise_alert(session, "token_lost", f"zalo:{OA}", "-14020", now=NOON)
        assert "Kết nối" in owner.get(SHOW).get_data(as_text=True)

        came = zalo.consent(way(owner), OA)
        answer = owner.client.get(CALLBACK, query_string=came)

        assert (answer.status_code, "Đã nối" in answer.text) == (200, True)
        found = pair_of(database, OA)
        assert found is not None
        assert (found[0].access, found[0].refresh, found[1]) == (f"access-{OA}", f"refresh-{OA}", "ok")
        with database.read_only() as session:
            account_now = accounts.find(session, "zalo", OA)
            assert account_now is not None
            assert account_now.stopped_at is None
            assert raising.list_open(session) == []
            actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
            assert actions[-2:] == ["channel_connecting", "channel_connected"]
        assert "kq_grant=;" in answer.headers["Set-Cookie"]

    def test_a_consent_serves_once(self, owner: Browser, zalo: Zalo, server: RecordingServer) -> None:
        came = zalo.consent(way(owner), OA)
        owner.client.get(CALLBACK, query_string=came)
        again = owner.client.get(CALLBACK, query_string=came)
        assert (again.status_code, "đã dùng rồi" in again.text) == (422, True)
        assert sum(request.path == "/v4/oa/access_token" for request in server.requests) == 1

    def test_it_comes_back_to_the_browser_it_began_in(
        self, console: Console, owner: Browser, zalo: Zalo, database: Database
    ) -> None:
        came = zalo.consent(way(owner), OA)
        stranger = console.stranger().client.get(CALLBACK, query_string=came)
        assert (stranger.status_code, "trình duyệt khác" in stranger.text) == (422, True)
        assert pair_of(database, OA) is None
        assert owner.client.get(CALLBACK, query_string=came).status_code == 200

    @pytest.mark.parametrize("came", [{}, {"state": "x"}, {"state": "x" * 9000, "code": "c"}, {"code": "\x00"}])
    def test_nobody_else_gets_anywhere(
        self, console: Console, came: dict[str, str], zalo: Zalo, server: RecordingServer
    ) -> None:
        assert console.stranger().client.get(CALLBACK, query_string=came).status_code == 422
        assert server.requests == []

    def test_after_ten_minutes_it_is_too_late(self, database: Database, owner: Browser, zalo: Zalo) -> None:
        came = zalo.consent(way(owner), OA)
        with database.transaction() as session:
            session.scalars(sa.select(GrantRequest)).one().asked_at = NOON - timedelta(minutes=10, seconds=1)
        late = owner.client.get(CALLBACK, query_string=came)
        assert (late.status_code, "10 phút" in late.text) == (422, True)

    @pytest.mark.parametrize(
        ("code", "said"),
        [(-14002, "LOYALTY_ZALO_APP_ID"), (-14003, "Callback URL"), (-14020, "Bấm Kết nối lại"), (-1, "mã -1")],
    )
    def test_zalos_refusals_are_told_with_their_cure(
        self, database: Database, owner: Browser, zalo: Zalo, code: int, said: str
    ) -> None:
        zalo.refusal = code
        answer = owner.client.get(CALLBACK, query_string=zalo.consent(way(owner), OA))
        assert (answer.status_code, said in answer.text) == (422, True)
        assert pair_of(database, OA) is None

    def test_a_refusal_leaves_the_stored_pair_alone(self, database: Database, owner: Browser, zalo: Zalo) -> None:
        owner.client.get(CALLBACK, query_string=zalo.consent(way(owner), OA))
        zalo.refusal = -14020
        owner.client.get(CALLBACK, query_string=zalo.consent(way(owner), OA))
        found = pair_of(database, OA)
        assert found is not None
        assert (found[0].access, found[1]) == (f"access-{OA}", "ok")

    def test_another_oa_than_the_wanted_one_is_refused(self, database: Database, owner: Browser, zalo: Zalo) -> None:
        plain = owner.client.get(CALLBACK, query_string=zalo.consent(way(owner), SECOND))
        lied = owner.client.get(CALLBACK, query_string=zalo.consent(way(owner), SECOND) | {"oa_id": OA})
        assert [answer.status_code for answer in (plain, lied)] == [422, 422]
        assert SECOND in plain.text
        assert SECOND in lied.text  # Zalo itself was asked whose token it is
        assert pair_of(database, SECOND) is None

    def test_only_who_may_change_settings_connects(self, console: Console) -> None:
        manager = console.sign_in("cashier")
        assert manager.post(f"{SHOW}/connect").status_code in (403, 404)

    def test_without_an_app_there_is_nothing_to_connect(self, database: Database, settings: Settings) -> None:
        assert pages.connectors(settings, database, lambda: NOON) == {}


class TestPairs:
    def test_a_refresh_that_was_under_way_does_not_undo_a_consent(self, database: Database) -> None:
        def pair(name: str) -> Pair:
            return Pair(f"a-{name}", f"r-{name}", NOON + timedelta(hours=25))

        with database.transaction() as session:
            account_id = accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON).id
            tokens.grant(session, account_id, pair("old"), now=NOON)
            spent = tokens.lease(session, account_id, "a-old", "one", now=NOON)
            assert spent is not None
            tokens.regrant(session, account_id, pair("new"), now=NOON)

            tokens.replace(session, account_id, pair("refreshed"), spent=spent.refresh, now=NOON)
            assert not tokens.release(session, account_id, lost=True, spent=spent.refresh)
            assert tokens.find(session, account_id) == (pair("new"), "ok")

    def test_the_pair_of_the_settings_does_not_come_back(self, database: Database) -> None:
        first = Pair("a1", "r1", NOON + timedelta(hours=25))
        fresh = Pair("a2", "r2", NOON + timedelta(hours=25))
        with database.transaction() as session:
            account_id = accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON).id
            tokens.grant(session, account_id, first, now=NOON)
            tokens.regrant(session, account_id, fresh, now=NOON)
            tokens.grant(session, account_id, first, now=NOON)
            assert tokens.find(session, account_id) == (fresh, "ok")


class TestSecondOa:
    @pytest.fixture
    def context(self, database: Database, shop: Settings, monkeypatch: pytest.MonkeyPatch) -> Context:
        monkeypatch.setattr("bots.zalo.accounts.LOOK_AGAIN", 0.0)
        return Context(database, shop, registry.build(shop, database, lambda: NOON), lambda: NOON)

    def deliver(self, context: Context, oa_id: str) -> None:
        body = samples.TEXT | {"recipient": {"id": oa_id}, "timestamp": str(int(NOON.timestamp() * 1000))}
        raw = json.dumps(body).encode()
        headers = {signature.HEADER: signature.sign(APP, raw, body["timestamp"], SECRET)}
        webhooks.accept(context.channels["zalo"], Intake(context.database), headers, raw, now=NOON)

    def states(self, database: Database) -> list[str]:
        with database.read_only() as session:
            return list(session.scalars(sa.select(InboundEvent.state).order_by(InboundEvent.id)))

    def test_before_its_consent_its_events_are_ignored(self, context: Context, database: Database) -> None:
        self.deliver(context, SECOND)
        assert self.states(database) == ["ignored"]

    def test_connected_in_the_console_it_receives_and_answers(
        self, context: Context, database: Database, owner: Browser, zalo: Zalo, server: RecordingServer
    ) -> None:
        answer = owner.client.get(CALLBACK, query_string=zalo.consent(way(owner, another=True), SECOND))
        assert answer.status_code == 200
        assert SECOND in owner.get(SHOW).get_data(as_text=True)

        self.deliver(context, SECOND)
        inbox_pump.process_inbox(context)
        outbox_pump.send_outbox(context)

        assert self.states(database) == ["processed"]
        (call,) = [request for request in server.requests if request.path == "/v3.0/oa/message/cs"]
        assert call.headers["access_token"] == f"access-{SECOND}"
        assert call.json["recipient"] == {"user_id": USER}
        with database.read_only() as session:
            message = session.scalars(sa.select(OutboundMessage)).one()
            assert (message.state, message.provider_id) == ("sent", f"sent-access-{SECOND}")
            assert accounts.get(session, message.channel_account_id).external_id == SECOND

    def test_each_oa_has_its_own_tokens_and_its_own_trouble(
        self, context: Context, database: Database, owner: Browser, zalo: Zalo
    ) -> None:
        owner.client.get(CALLBACK, query_string=zalo.consent(way(owner, another=True), SECOND))
        owner.client.get(CALLBACK, query_string=zalo.consent(way(owner), OA))
        channel = build(context.settings, database, lambda: NOON)
        assert channel is not None
        second = channel.of(SECOND)
        assert second is not None
        assert channel.of(OA) is channel
        assert channel.of("4888888888888888888") is None
        with database.transaction() as session:
            account = accounts.find(session, "zalo", SECOND)
            assert account is not None
            tokens.lose(session, account.id, as_of=NOON + timedelta(minutes=1))
            accounts.stop(session, account.id, "permission_revoked", now=NOON)
        keep_channels(context, NOON)

        channel.upkeep()
        with pytest.raises(SendError):
            second.upkeep()
        with database.read_only() as session:
            first, other = (accounts.find(session, "zalo", each) for each in (OA, SECOND))
            assert first is not None
            assert other is not None
            assert (first.stopped_at is None, other.stopped_at is None) == (True, False)

    def test_what_is_granted_is_looked_up_now_and_then(
        self, database: Database, shop: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = Accounts(database, shop, lambda: NOON, window=timedelta(hours=48))
        assert known.others() == []
        with database.transaction() as session:
            account = accounts.ensure(session, "zalo", SECOND, window=timedelta(hours=48), now=NOON)
            tokens.regrant(session, account.id, Pair("a", "r", NOON), now=NOON)
            assert granting.granted(session, "zalo") == [SECOND]
        assert known.others() == []  # within five seconds
        monkeypatch.setattr("bots.zalo.accounts.HARDLY", 0.0)
        assert known.has(SECOND)  # but who writes is looked up at once
        assert not known.has("4888888888888888888")
