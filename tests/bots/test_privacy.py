"""Meta's privacy callbacks: signed or refused, answered with a page that tells the truth, seen to by a person."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bots import privacy
from bots.messenger import MessengerChannel, signature
from loyalty.alerts import raising
from loyalty.app import create_app
from loyalty.customers import identities, profiles
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.privacy import from_platforms
from loyalty.privacy.models import PlatformRequest
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_chat import make_account, meet
from tests.builders_console import Console, make_console

VECTOR = (  # of the reference: secret `ref-secret`
    "CPH_23F6A1YwfmnL7Qkl-M6ccsqYNQ-OtmVj4LXXU0Q."
    "eyJ1c2VyX2lkIjoiMjE4NDcxIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjE3OTUzMTI4MDB9"
)
DELETION, WITHDRAWAL = "/privacy/messenger/deletion", "/privacy/messenger/deauthorize"


def signed(payload: Any, secret: str = "ref-secret") -> str:
    body = urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    digest = bytes.fromhex(signature.sign(secret, body).removeprefix("sha256="))
    return f"{urlsafe_b64encode(digest).rstrip(b'=').decode()}.{body.decode()}"


def person(user_id: Any) -> dict[str, Any]:
    return {"user_id": user_id, "algorithm": "HMAC-SHA256", "issued_at": 1795312800}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    channel = MessengerChannel("104850291837465", "EAAtoken123", "ref-secret", "verify")
    pages = privacy.blueprint({"messenger": channel}, database, lambda: NOON)
    return make_console(database, replace(settings, base_url="https://may.example.vn"), [pages])


@pytest.fixture
def meta(console: Console) -> FlaskClient:
    return console.app.test_client()


def ask(meta: FlaskClient, signed_request: str = VECTOR, address: str = DELETION) -> TestResponse:
    return meta.post(address, data={"signed_request": signed_request})


def writes(database: Database, name: str) -> int:
    """Somebody writes to the page under the name the platform gives them; the customer they became."""
    with database.transaction() as session:
        account = make_account(session, "messenger")
        identity, _ = identities.arrive(session, account, name, source="messenger", now=NOON, name="Lan")
        return identity.customer_id


def is_erased(database: Database, customer_id: int) -> bool:
    with database.read_only() as session:
        return profiles.get(session, customer_id).erased_at is not None


def kept(database: Database) -> list[PlatformRequest]:
    with database.read_only() as session:
        return list(session.scalars(sa.select(PlatformRequest)))


def test_a_request_is_kept_told_and_answered_with_its_page(meta: FlaskClient, database: Database) -> None:
    answer = ask(meta)

    code = answer.get_json()["confirmation_code"]
    assert (answer.status_code, code.isalnum()) == (200, True)
    assert answer.get_json()["url"].endswith(f"{DELETION}/{code}")
    with database.read_only() as session:
        (found,) = [*from_platforms.list_open(session), *from_platforms.list_settled(session)]
        assert from_platforms.name_there(session, found) == "218471"
        assert [alert.kind for alert in raising.list_open(session)] == ["deletion_wanted"]
    assert b"218471" not in found.name_there


def test_asking_twice_is_one_request_until_it_is_settled(meta: FlaskClient, database: Database) -> None:
    first, again = ask(meta).get_json(), ask(meta).get_json()
    assert first == again

    with database.transaction() as session:
        from_platforms.settle(session, first["confirmation_code"], "nobody", by="cli", now=NOON)
    assert ask(meta).get_json() != first
    assert len(kept(database)) == 2


@pytest.mark.parametrize(
    ("language", "waits", "nobody"),
    [("vi", "Đã nhận ngày", "không thấy dữ liệu nào"), ("en", "Received on", "found no data")],
)
def test_the_page_tells_honestly_what_has_become_of_it(
    meta: FlaskClient, database: Database, language: str, waits: str, nobody: str
) -> None:
    code = ask(meta).get_json()["confirmation_code"]
    page = f"{DELETION}/{code}?lang={language}"
    assert waits in meta.get(page).text and code in meta.get(page).text

    with database.transaction() as session:
        from_platforms.settle(session, code, "nobody", by="cli", now=NOON)
    assert nobody in meta.get(page).text


@pytest.mark.parametrize("code", ["x", "A" * 16, "A" * 5000, "%00", "../x"])
def test_an_unknown_code_is_told_as_one(meta: FlaskClient, code: str) -> None:
    assert meta.get(f"{DELETION}/{code}").status_code == 404


def test_how_to_ask_is_told_without_a_code(meta: FlaskClient) -> None:
    assert "Cách yêu cầu" in meta.get(f"{DELETION}?lang=vi").text


def test_a_chat_of_exactly_this_name_is_matched(meta: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        lan = meet(session, "messenger", "218471")
        lan.say("điểm")
        customer_id = lan.customer.id
    ask(meta)

    assert kept(database)[0].customer_id == customer_id


@pytest.mark.parametrize("address", [DELETION, WITHDRAWAL])
@pytest.mark.parametrize(
    ("signed_request", "status"),
    [
        ("", 400),
        ("nonsense", 401),
        (VECTOR[:-1], 401),
        ("x" + VECTOR[1:], 401),
        (VECTOR.replace(".", ".."), 401),
        (signed(person("218471"), secret="other"), 401),  # of a test
        (signed({**person("1"), "algorithm": "none"}), 401),
        (signed([1]), 400),
        (signed(person(None)), 400),
        (signed(person("")), 400),
        (signed(person("../1")), 400),
        (signed(person({"a": 1})), 400),
        (signed(person(True)), 400),
        (signed(person("9" * 99)), 400),
        ("é.ü", 400),
    ],
)
def test_what_meta_did_not_sign_is_refused(
    meta: FlaskClient, database: Database, address: str, signed_request: str, status: int
) -> None:
    refused = ask(meta, signed_request, address)

    assert refused.status_code in (400, 401)
    assert refused.status_code == status or signed_request == "é.ü"
    assert kept(database) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"a=1&" * 50, 400),
        (f"signed_request={VECTOR}&signed_request={VECTOR}".encode(), 400),
        (b"{}", 400),
        (b"x" * (privacy.BODY_LIMIT + 1), 413),
    ],
)
def test_a_hostile_body_is_refused_and_keeps_nothing(
    meta: FlaskClient, database: Database, body: bytes, status: int
) -> None:
    assert meta.post(DELETION, data=body, content_type="application/x-www-form-urlencoded").status_code == status
    assert kept(database) == []


def test_numbers_are_taken_for_ids_too(meta: FlaskClient) -> None:
    assert ask(meta, signed(person(218471))).status_code == 200


def test_the_form_is_read_whatever_its_content_type(meta: FlaskClient) -> None:
    assert meta.post(DELETION, data=urlencode({"signed_request": VECTOR}), content_type="text/plain").status_code == 200


def test_whoever_removes_the_app_is_told_to_the_owner(meta: FlaskClient, database: Database) -> None:
    assert ask(meta, address=WITHDRAWAL).status_code == 200

    with database.read_only() as session:
        assert [alert.kind for alert in raising.list_open(session)] == ["grant_withdrawn"]
    assert kept(database) == []


def test_without_messenger_there_is_no_such_address(database: Database, settings: Settings) -> None:
    app = create_app(settings, database, [privacy.blueprint({}, database, lambda: NOON)])

    assert app.test_client().post(DELETION, data={"signed_request": VECTOR}).status_code == 404


class TestConsole:
    def test_a_manager_sees_to_it_and_may_take_it_back(self, console: Console, meta: FlaskClient) -> None:
        code = ask(meta).get_json()["confirmation_code"]
        manager = console.sign_in("manager")
        assert manager.get("/console/deletions").location == "/console/privacy"  # where they once were
        manager.get("/console/privacy")
        assert code in manager.page and "218471" in manager.page

        manager.post(f"/console/privacy/platforms/{code}/settle/erased")
        assert "đã xóa" in manager.page
        assert "những gì nhận ra được bạn đã bị xóa" in meta.get(f"{DELETION}/{code}?lang=vi").text
        with console.database.read_only() as session:
            assert raising.list_open(session) == []

        manager.post(f"/console/privacy/platforms/{code}/reopen")
        assert "chờ xử lý" in manager.page

    def test_a_matched_customer_is_erased_once_the_owner_has_seen_what_it_means(
        self, console: Console, database: Database, meta: FlaskClient
    ) -> None:
        customer_id = writes(database, "218471")
        code = ask(meta).get_json()["confirmation_code"]
        owner = console.sign_in("owner")

        owner.post(f"/console/privacy/platforms/{code}/settle/erased")
        assert "Mất và không lấy lại được" in owner.page  # shown, not done
        assert not is_erased(database, customer_id)

        owner.post(f"/console/privacy/platforms/{code}/erase")
        assert "Đã xóa dữ liệu của khách" in owner.page and "218471" not in owner.page
        assert is_erased(database, customer_id)
        assert "những gì nhận ra được bạn đã bị xóa" in meta.get(f"{DELETION}/{code}?lang=vi").text
        assert owner.post(f"/console/privacy/platforms/{code}/reopen").status_code == 409

    def test_a_manager_erases_nobody(self, console: Console, database: Database, meta: FlaskClient) -> None:
        customer_id = writes(database, "218471")
        code = ask(meta).get_json()["confirmation_code"]
        manager = console.sign_in("manager")
        manager.get("/console/privacy")
        assert "Chủ cửa hàng xóa" in manager.page

        assert manager.post(f"/console/privacy/platforms/{code}/erase").status_code == 403
        manager.post(f"/console/privacy/platforms/{code}/settle/erased")
        assert not is_erased(database, customer_id)
        assert [row.state for row in kept(database)] == ["received"]

    def test_a_request_matched_to_nobody_has_nothing_to_preview(self, console: Console, meta: FlaskClient) -> None:
        code = ask(meta).get_json()["confirmation_code"]
        assert console.sign_in("owner").get(f"/console/privacy/platforms/{code}/erase").status_code == 404

    @pytest.mark.parametrize("act", ["settle/erased", "settle/burnt", "reopen"])
    def test_what_cannot_be_is_refused(self, console: Console, act: str) -> None:
        assert console.sign_in("owner").post(f"/console/privacy/platforms/{'A' * 16}/{act}").status_code in (404, 422)

    def test_a_cashier_does_not_see_them(self, console: Console) -> None:
        assert console.sign_in("cashier").get("/console/deletions").status_code == 403


class TestMigration:
    def test_settled_requests_go_down_and_an_open_one_refuses(self, meta: FlaskClient, database: Database) -> None:
        code = ask(meta).get_json()["confirmation_code"]
        with pytest.raises(RuntimeError, match="waits"):
            schema.downgrade(database, "0019")

        with database.transaction() as session:
            from_platforms.settle(session, code, "nobody", by="cli", now=NOON)
        schema.downgrade(database, "0019")
        schema.upgrade(database)
        assert kept(database) == []
