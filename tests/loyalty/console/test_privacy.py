"""Requests about personal data at the console, and erasing somebody who asked at the counter."""

import pytest

from loyalty.channels import accounts
from loyalty.customers import identities, profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.db import Database
from loyalty.privacy import requests
from loyalty.privacy.models import PrivacyRequest
from loyalty.settings import Settings
from tests.builders_chat import Person, actions, meet, told
from tests.builders_console import Console, make_console
from tests.builders_points import award


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def lan(database: Database, words: str) -> tuple[str, str]:
    """Lan, who typed a phone, bought once and then wrote `words`: her id and that of her request."""
    with database.transaction() as session:
        person = meet(session)
        person.say("0912345678")
        award(session, person.customer, 250_000)
        person.say(words)
        return person.customer.public_id, requests.list_open(session)[0].public_id


def request_of(database: Database, public_id: str) -> PrivacyRequest:
    with database.read_only() as session:
        return requests.get_public(session, public_id)


def person_of(database: Database, public_id: str) -> Customer:
    with database.read_only() as session:
        return profiles.get_public(session, public_id)


def test_what_waits_is_listed_with_its_days_and_named_on_the_first_page(console: Console, database: Database) -> None:
    lan(database, "sửa thông tin em tên Lan chứ không phải Lam")
    owner = console.sign_in("owner")

    owner.get("/console/privacy")
    assert "muốn sửa" in owner.page and "24/11" in owner.page and "02/12" in owner.page
    owner.get("/console/")
    assert "1 yêu cầu về dữ liệu đang chờ" in owner.page


def test_only_an_owner_sees_them(console: Console, database: Database) -> None:
    _, request = lan(database, "sửa thông tin em tên Lan")
    for role in ("cashier", "manager", "marketer"):
        browser = console.sign_in(role)
        assert browser.get(f"/console/privacy/{request}").status_code == 403


def test_an_erasure_is_carried_out_once_and_written_down(console: Console, database: Database) -> None:
    customer, request = lan(database, "xóa dữ liệu của tôi")
    owner = console.sign_in("owner")

    owner.post(f"/console/privacy/{request}/done", reason="")

    assert person_of(database, customer).erased_at is not None
    assert request_of(database, request).state == "done"
    with database.read_only() as session:
        assert actions(session)[-1] == "customer_erased"
    assert owner.post(f"/console/privacy/{request}/done", reason="").status_code == 422
    owner.get(f"/console/customers/{customer}")
    assert "Dữ liệu của khách này đã được xóa" in owner.page


def test_a_refusal_needs_a_reason_and_the_customer_reads_it(console: Console, database: Database) -> None:
    customer, request = lan(database, "xóa dữ liệu của tôi")
    owner = console.sign_in("owner")

    assert owner.post(f"/console/privacy/{request}/refuse", reason=" ").status_code == 422
    assert "Ghi lý do cho khách đọc" in owner.page
    owner.post(f"/console/privacy/{request}/refuse", reason="chưa rõ số là của ai")

    assert person_of(database, customer).erased_at is None
    assert request_of(database, request).state == "refused"
    with database.read_only() as session:
        found = profiles.get_public(session, customer)
        [chat] = identities.of_customer(session, found.id)
        person = Person(session, accounts.get(session, chat.channel_account_id), chat.user_id)
        assert "chưa rõ số là của ai" in told(person)[-1]


def test_somebody_who_asks_at_the_counter_is_erased_with_a_reason(console: Console, database: Database) -> None:
    customer, _ = lan(database, "sửa thông tin x")
    owner = console.sign_in("owner")

    owner.get(f"/console/customers/{customer}")
    assert f"/console/privacy/erase/{customer}" in owner.html
    assert owner.post(f"/console/privacy/erase/{customer}", reason="").status_code == 422
    owner.post(f"/console/privacy/erase/{customer}", reason="khách nói tại quầy")

    assert person_of(database, customer).erased_at is not None
    with database.read_only() as session:
        assert requests.count_open(session) == 0  # what else they had asked has ended with it
        assert [each.kind for each in requests.list_settled(session)] == ["erase", "correct"]


def test_a_purpose_is_switched_off_for_somebody_who_said_so(console: Console, database: Database) -> None:
    customer, _ = lan(database, "sửa thông tin x")
    cashier = console.sign_in("cashier")

    cashier.get(f"/console/customers/{customer}/consents")
    assert "Dữ liệu được dùng để" in cashier.page
    cashier.post(f"/console/privacy/purposes/{customer}/care/off")
    cashier.post(f"/console/privacy/purposes/{customer}/promotion/off")

    with database.read_only() as session:
        found = profiles.get_public(session, customer)
        assert session.get_one(CustomerStats, found.id).refused == ",care,"
    assert "khách nói với nhân viên" in cashier.page
    assert cashier.post(f"/console/privacy/purposes/{customer}/programme/off").status_code == 404
