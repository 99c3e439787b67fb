"""`loyalty route`: the ways to one customer, the same for a person and for a program, and never a whole phone."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.channels import accounts
from loyalty.db import Database
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person
from tests.loyalty.cli.conftest import Run, document

HOUR = timedelta(hours=1)


@pytest.fixture
def lan(database: Database) -> str:
    """Wrote an hour ago, by the machine's own clock; her public id."""
    with database.transaction() as session:
        accounts.ensure(session, "zalo", "zalo-1", window=48 * HOUR, now=NOON)
        customer = make_person(session, "Lan", phone="+84912345678")
        make_chat(session, customer, last=datetime.now(UTC) - HOUR)
        return customer.public_id


@pytest.mark.parametrize("typed", ["0912345678", "+84 912 345 678"])
def test_a_customer_is_named_by_any_form_of_their_phone(lan: str, run: Run, typed: str) -> None:
    told = document(run("route", typed, "awarded", "--json"))
    assert (told["customer"], told["phone"], told["purpose"]) == (lan, "0912 ••• 678", "awarded")
    assert [(way["route"], way["allowed"], way["price"], way["reason"]) for way in told["ways"]] == [
        ("free", True, 0, None),
        ("template_user", False, 0, "no_template"),
        ("template_phone", False, 0, "consent"),
    ]


def test_people_read_a_table_and_what_would_happen_now(lan: str, run: Run) -> None:
    told = run("route", lan, "awarded", LOYALTY_LOCALE="en").stdout
    assert "It would go now: Free, within the window, 0₫." in told
    assert "no template is chosen for it" in told
    assert "912345678" not in told


def test_what_cannot_go_says_why(database: Database, run: Run) -> None:
    with database.transaction() as session:
        customer = make_person(session, "Minh")
        make_chat(session, customer, promotion=False, last=NOON - 90 * 24 * HOUR)
        public_id = customer.public_id
    assert "Không gửi được bằng cách nào: khách chưa đồng ý." in run("route", public_id, "promotion").stdout


def test_somebody_without_any_chat_has_no_way(database: Database, run: Run) -> None:
    with database.transaction() as session:
        public_id = make_person(session, "Minh").public_id
    assert "chưa có chat nào" in run("route", public_id, "promotion").stdout
    assert document(run("route", public_id, "promotion", "--json"))["ways"] == []


@pytest.mark.parametrize("who", ["0912999999", "nobody", "12", "-x-no"])
def test_nobody_is_named_with_a_right_example(lan: str, run: Run, who: str) -> None:
    refused = run("route", who, "promotion")
    assert refused.exit_code == 1
    assert "loyalty route 0912345678 promotion" in refused.stderr


def test_an_unknown_purpose_is_wrong_usage(lan: str, run: Run) -> None:
    assert run("route", lan, "greeting").exit_code == 2
