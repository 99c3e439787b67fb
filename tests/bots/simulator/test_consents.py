"""Consenting at the played Zalo: the whole way from the button to the tokens, and what may go wrong on it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from bots.channel import InboundKind, Outbound, SendError
from bots.zalo import ZaloChannel
from bots.zalo.connecting import ConsentRefused, ZaloConnector
from loyalty.channels import accounts, granting, tokens
from loyalty.channels.granting import GrantOther
from loyalty.db import Database
from tests.bots.simulator.conftest import World

SECOND = "4000000000000000002"


class Walk:
    """Somebody of the shop, sent to the page and back."""

    def __init__(self, world: World, database: Database) -> None:
        self.world, self.database = world, database
        window = timedelta(hours=48)
        self.connector = ZaloConnector(database, world.settings, lambda: datetime.now(UTC), window=window)

    def begin(self, wanted: str | None = None) -> str:
        with self.database.transaction() as session:
            now = datetime.now(UTC)
            journey = self.connector.begin(session, wanted=wanted, by="cli", source="cli", in_browser=False, now=now)
        return journey.url

    def answer(self, url: str, answer: str, oa_id: str) -> dict[str, str]:
        """What the browser comes back with."""
        page = requests.get(url, timeout=5)
        assert page.status_code == 200 and "Cà phê Mây" in page.text
        there = url.replace("/permission?", f"/permission/{answer}?") + f"&oa_id={oa_id}"
        back = requests.get(there, timeout=5, allow_redirects=False).headers["Location"]
        assert back.startswith(self.connector.callback + "?")
        return dict(parse_qsl(urlsplit(back).query))


@pytest.fixture
def walk(world: World, database: Database) -> Walk:
    return Walk(world, database)


def test_several_oas_consent_and_each_gets_tokens_of_its_own(walk: Walk, world: World) -> None:
    own = world.settings.zalo_oa_id
    for oa_id in (own, SECOND):
        came = walk.answer(walk.begin(), "agree", oa_id)
        assert walk.connector.finish(came, browser="") == oa_id
    with walk.database.read_only() as session:
        assert granting.granted(session, "zalo") == [own, SECOND]
    with pytest.raises(Exception, match="-216"):
        world.zalo.client.get_oa()  # the pair of before ended with the new consent


def test_a_code_serves_once_and_only_with_its_secret(walk: Walk, world: World) -> None:
    first = walk.answer(walk.begin(), "agree", SECOND)
    other = walk.answer(walk.begin(), "agree", SECOND)
    with pytest.raises(ConsentRefused, match="-14014"):
        walk.connector.finish(other | {"code": first["code"]}, browser="")  # another's secret spends nothing
    assert walk.connector.finish(first, browser="") == SECOND
    third = walk.answer(walk.begin(), "agree", SECOND)
    with pytest.raises(ConsentRefused, match="-14014"):
        walk.connector.finish(third | {"code": first["code"]}, browser="")


@pytest.mark.parametrize(("answer", "code"), [("refuse", "-14014"), ("late", "-14014")])
def test_a_refusal_and_a_late_code_bring_nothing(walk: Walk, answer: str, code: str) -> None:
    came = walk.answer(walk.begin(), answer, SECOND)
    with pytest.raises(ConsentRefused, match=code):
        walk.connector.finish(came, browser="")
    with walk.database.read_only() as session:
        assert granting.granted(session, "zalo") == []


def test_the_wrong_oa_is_told_apart(walk: Walk, world: World) -> None:
    came = walk.answer(walk.begin(world.settings.zalo_oa_id), "agree", SECOND)
    with pytest.raises(GrantOther):
        walk.connector.finish(came, browser="")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("%2Fchannels%2Fzalo%2Fcallback", "%2Felsewhere", "-14003"),
        ("127.0.0.1%3A8000", "evil.example", "-14003"),
        ("code_challenge=", "code_challenge=short", "-14003"),
        ("app_id=1", "app_id=2", "-14002"),
    ],
)
def test_an_address_that_is_not_registered_is_refused(walk: Walk, before: str, after: str, code: str) -> None:
    page = requests.get(walk.begin().replace(before, after), timeout=5)
    assert page.status_code == 400 and code in page.text


def test_a_person_writes_to_another_oa_under_another_id(walk: Walk, world: World, desk: FlaskClient) -> None:
    lan = world.chat("lan", "zalo")

    def join() -> Any:
        return desk.post(f"/desk/chats/zalo/{lan.user}/join", json={"account": SECOND}).json

    def asked(address: str) -> Any:
        return desk.get(address).json

    assert join() == {"code": "no_account"}  # nobody agreed for it yet
    other = second_oa(walk, world)
    there = join()
    assert there == join() and there["account"] == SECOND and there["name"] == "Lan" and there["user"] != lan.user
    assert asked("/desk/chats")["agreed"] == dict(list(world.board.consents.accounts.items())[:2])

    for act in ("start", "text"):
        desk.post(f"/desk/chats/zalo/{there['user']}/{act}", json={"text": "điểm"})
    event = world.board.store.next_event(world.board.now())
    assert event is not None
    [followed] = world.zalo.parse(json.loads(event.body))
    assert (followed.account, followed.user, followed.kind) == (SECOND, there["user"], InboundKind.FOLLOW)
    assert other.client.get_user_detail(there["user"])["data"]["display_name"] == "Lan"
    other.send(Outbound(SECOND, there["user"], "320 điểm"))
    shown = asked(f"/desk/chats/zalo/{there['user']}")["items"]
    assert [item["body"].get("text") for item in shown] == [None, "điểm", "320 điểm"]
    with pytest.raises(SendError, match="-201"):
        world.zalo.send(Outbound(world.settings.zalo_oa_id, there["user"], "320 điểm"))


def second_oa(walk: Walk, world: World) -> ZaloChannel:
    """The channel of another OA, after somebody agreed for it."""
    walk.connector.finish(walk.answer(walk.begin(), "agree", SECOND), browser="")
    with walk.database.read_only() as session:
        account = accounts.find(session, "zalo", SECOND)
        assert account is not None
        found = tokens.find(session, account.id)
        assert found is not None
        access = found[0].access
    return ZaloChannel.from_settings(replace(world.settings, zalo_oa_id=SECOND), lambda: access)


def test_another_oas_token_speaks_for_it_alone(walk: Walk, world: World) -> None:
    other = second_oa(walk, world)
    assert other.client.get_oa()["data"]["oaid"] == SECOND
    assert world.zalo.client.get_oa()["data"]["oaid"] == world.settings.zalo_oa_id
    with pytest.raises(Exception, match="user_id is invalid"):
        other.client.get_user_detail(world.chat("lan", "zalo").user)
