"""The privacy notice, and the copy of one's data behind its link."""

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from loyalty.db import Database
from loyalty.privacy import copies
from loyalty.settings import Settings
from tests import apps
from tests.builders import NOON
from tests.builders_chat import meet


@pytest.fixture
def client(settings: Settings, database: Database) -> FlaskClient:
    return apps.take(settings, database, lambda: NOON).test_client()


@pytest.fixture
def link(database: Database) -> str:
    """The link of somebody called <b>Lan</b>."""
    with database.transaction() as session:
        person = meet(session)
        person.say("0912345678")
        person.say("tên tôi là <b>Lan</b>")
        assert person.identity is not None
        return urlsplit(copies.address(session, person.identity, now=NOON)).path


@pytest.mark.parametrize(("language", "word"), [("vi", "dữ liệu của tôi"), ("en", "my data")])
def test_the_notice_names_every_purpose_and_the_words_that_help(client: FlaskClient, language: str, word: str) -> None:
    page = client.get(f"/privacy/?lang={language}").text

    assert word in page
    assert page.count("<b>") >= 10


def test_a_preview_of_the_link_sees_nothing_personal(client: FlaskClient, link: str) -> None:
    answer = client.get(link)

    assert answer.status_code == 200
    assert "Lan" not in answer.text and "+84912345678" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_after_a_press_everything_is_there_and_harmless(client: FlaskClient, link: str) -> None:
    page = client.post(link)

    assert "+84912345678" in page.text and "&lt;b&gt;Lan&lt;/b&gt;" in page.text and "<b>Lan" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    taken = client.post(link, data={"as": "json"}).get_json()
    assert taken["profile"][1]["value"] == "+84912345678"


def test_a_link_of_nobody_is_not_there(client: FlaskClient) -> None:
    for path in ("/privacy/copy/x", "/privacy/copy/" + "A" * 150, "/privacy/copy/é"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
