"""A link that leads nowhere is a page for people and a bare status for programs."""

import pytest
from flask.testing import FlaskClient

from loyalty.db import Database
from loyalty.settings import Settings
from tests import apps
from tests.builders import NOON

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client(settings: Settings, database: Database) -> FlaskClient:
    return apps.take(settings, database, lambda: NOON).test_client()


@pytest.mark.parametrize("path", ["/r/nobody", "/privacy/copy/over", "/media/none.png", "/điểm", "/r/<script>alert(1)"])
def test_a_person_is_told_in_their_language_where_to_ask(client: FlaskClient, path: str) -> None:
    said = {
        language: client.get(path, headers=BROWSER | {"Accept-Language": language}) for language in ("vi", "en", "fr")
    }

    assert {answer.status_code for answer in said.values()} == {404}
    assert "Bạn nhắn cho Cà phê Mây" in said["vi"].text and "Write to Cà phê Mây" in said["en"].text
    assert said["fr"].text == said["vi"].text  # the shop's own language
    assert "<script" not in said["vi"].text


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/webhooks/nothing", "/static/nothing.css"])
def test_a_program_gets_no_page_even_if_it_takes_one(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)

    assert answer.status_code == 404 and "Cà phê Mây" not in answer.text


def test_who_takes_no_page_gets_the_status_alone(client: FlaskClient) -> None:
    assert "Cà phê Mây" not in client.get("/r/nobody", headers={"Accept": "*/*"}).text
