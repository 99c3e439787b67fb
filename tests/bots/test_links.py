"""Where short links lead."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots import pages
from loyalty.app import create_app
from loyalty.channels import links
from loyalty.channels.links import Target
from loyalty.db import Database
from loyalty.referrals import codes
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_customers import make_account, make_customer, make_identity
from tests.builders_referrals import reward_friends
from tests.loyalty.channels.test_doors import grant

ZALO, MESSENGER = {"zalo_oa_id": "4318"}, {"messenger_page_id": "1029"}


def browser(database: Database, settings: Settings, channels: Mapping[str, str]) -> FlaskClient:
    ours: dict[str, Any] = {"zalo_oa_id": "", "messenger_page_id": "", **channels}
    named = replace(settings, **ours)
    app = create_app(named, database, [pages.blueprint(named, database, lambda: NOON)], clock=lambda: NOON)
    return app.test_client()


@pytest.fixture
def code(database: Database) -> str:
    with database.transaction() as session:
        reward_friends(session)
        return codes.of(session, make_customer(session).id, now=NOON)


def test_a_shop_with_messenger_alone_is_opened_with_the_code(database: Database, settings: Settings, code: str) -> None:
    answer = browser(database, settings, MESSENGER).get(f"/r/{code}")

    assert (answer.status_code, answer.location) == (302, f"https://m.me/1029?ref={code}")


def test_with_zalo_one_chooses_and_learns_what_to_write(database: Database, settings: Settings, code: str) -> None:
    page = browser(database, settings, ZALO | MESSENGER).get(f"/r/{code.lower()}", headers={"Accept-Language": "vi"})

    assert page.status_code == 200
    assert 'href="https://zalo.me/4318"' in page.text
    assert f'href="https://m.me/1029?ref={code}"' in page.text
    assert f"giới thiệu {code}" in page.text


@pytest.mark.parametrize("wrong", ["ZZZZZZ9", "x", "%00", "a" * 500, "K7P4-M2Q"])
def test_a_link_of_nobody_is_not_found(database: Database, settings: Settings, code: str, wrong: str) -> None:
    assert browser(database, settings, ZALO).get(f"/r/{wrong}").status_code == 404


def test_another_subject_adds_its_links_by_a_module_of_its_own(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tracked(session: object, code: str, **_: object) -> Target | None:
        return Target(url="https://example.com/menu") if code == "autumn" else None

    first = links._resolvers
    monkeypatch.setattr(links, "_resolvers", lambda: [tracked, *first()])

    assert browser(database, settings, ZALO).get("/r/autumn").location == "https://example.com/menu"


def test_a_link_opens_the_account_its_owner_chats_with(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        reward_friends(session)
        for external_id in ("4318", "4319"):
            grant(session, external_id)
        friend = make_customer(session)
        make_identity(session, friend, account=make_account(session, external_id="4319"))
        code = codes.of(session, friend.id, now=NOON)
        other = codes.of(session, make_customer(session, phone="+84987654321").id, now=NOON)
    pages = browser(database, settings, ZALO)
    assert 'href="https://zalo.me/4319"' in pages.get(f"/r/{code}").text
    assert 'href="https://zalo.me/4318"' in pages.get(f"/r/{other}").text
