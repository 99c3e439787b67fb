"""`loyalty staff`: people are added, given codes, listed and removed."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from loyalty.db import Database
from loyalty.staff import accounts, binding, invitations, second_factor
from loyalty.staff.models import AuditEntry
from tests.builders_staff import make_account
from tests.loyalty.cli.conftest import Run, document
from tests.loyalty.staff.test_second_factor import switched_on

OPENING = re.compile(r"^https://may\.example/console/welcome/([A-Za-z0-9_-]{32})$", re.MULTILINE)
SENDING = re.compile(r"^/nv ([23456789ABCDEFGHJKMNPQRSTVWXYZ]{8})$", re.MULTILINE)


def test_adding_prints_what_to_send_on_a_line_of_its_own_and_it_binds(run: Run, database: Database) -> None:
    result = run("staff", "add", "Nguyễn Thu", "--role", "cashier")

    assert result.exit_code == 0, result.stderr
    assert "Đã thêm Nguyễn Thu: thu ngân, cửa hàng MAIN." in result.stdout
    [code] = SENDING.findall(result.stdout)
    with database.transaction() as session:
        account_id, now = make_account(session).id, datetime.now(UTC)
        member = binding.bind(session, code, channel_account_id=account_id, user_id="7", now=now)
        assert accounts.name_of(session, member) == "Nguyễn Thu"


def test_adding_prints_a_link_on_a_line_of_its_own_and_it_lets_in(run: Run, database: Database) -> None:
    result = run("staff", "add", "Nguyễn Thu", "--role", "cashier", LOYALTY_BASE_URL="https://may.example")

    [token] = OPENING.findall(result.stdout)
    with database.read_only() as session:
        found = invitations.find(session, token, now=datetime.now(UTC))
        assert found is not None
        assert accounts.name_of(session, found.member) == "Nguyễn Thu"


def test_a_new_invitation_ends_the_earlier_one(run: Run, database: Database) -> None:
    first = document(run("staff", "add", "Thu", "--role", "owner", "--json"))["signin_url"]
    second = document(run("staff", "invite", "thu", "--json"))

    assert first.startswith("http://127.0.0.1:8000/console/welcome/")
    lives = datetime.fromisoformat(second["signin_until"]) - datetime.now(UTC)
    assert 6.9 * 86_400 <= lives.total_seconds() <= 7 * 86_400
    with database.read_only() as session:
        found = [
            invitations.find(session, url.rpartition("/")[2], now=datetime.now(UTC))
            for url in (first, second["signin_url"])
        ]
    assert [each is not None for each in found] == [False, True]


def test_a_lost_phone_of_an_owner_is_seen_to_here(run: Run, database: Database) -> None:
    run("staff", "add", "Mai", "--role", "owner")
    with database.transaction() as session:
        mai = accounts.get_by_name(session, "mai")
        switched_on(session, mai)

    run("staff", "invite", "mai")
    with database.read_only() as session:
        assert second_factor.is_on(session, mai)
    result = run("staff", "invite", "mai", "--lost-phone", LOYALTY_BASE_URL="https://may.example")

    assert OPENING.findall(result.stdout)
    with database.read_only() as session:
        assert not second_factor.is_on(session, mai)


def test_the_only_owner_is_not_removed(run: Run) -> None:
    run("staff", "add", "Mai", "--role", "owner")
    result = run("staff", "remove", "Mai")
    assert result.exit_code == 1
    assert "loyalty staff add 'Tên' --role owner" in result.stderr


def test_adding_as_json_is_one_document(run: Run) -> None:
    told = document(run("staff", "add", "Thu", "--role", "owner", "--store", "main", "--json"))

    assert (told["name"], told["role"], told["store"], told["chats"]) == ("Thu", "owner", "MAIN", [])
    assert told["send"] == f"/nv {told['code']}"
    lives = datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["added_at"])
    assert 599 <= lives.total_seconds() <= 601


def test_english_shops_are_spoken_to_in_english(run: Run) -> None:
    result = run("staff", "add", "Thu", "--role", "manager", LOYALTY_LOCALE="en")
    assert "Added Thu: manager, store MAIN." in result.stdout
    assert SENDING.search(result.stdout)


def test_a_new_code_is_for_the_person_meant_however_the_name_is_typed(run: Run) -> None:
    added = document(run("staff", "add", "Nguyễn Thu", "--role", "cashier", "--json"))
    fresh = document(run("staff", "code", "nguyen THU", "--json"))

    assert fresh["id"] == added["id"]
    assert fresh["code"] != added["code"]
    assert SENDING.search(run("staff", "code", "Nguyễn Thu").stdout)


def test_people_are_listed_with_the_channels_they_write_from(run: Run, database: Database) -> None:
    assert document(run("staff", "list", "--json")) == []
    assert "loyalty staff add" in run("staff", "list").stdout
    code = document(run("staff", "add", "Thu", "--role", "cashier", "--json"))["code"]
    with database.transaction() as session:
        account_id, now = make_account(session).id, datetime.now(UTC)
        binding.bind(session, code, channel_account_id=account_id, user_id="secret-user", now=now)

    [told] = document(run("staff", "list", "--json"))
    assert (told["name"], told["role"], told["chats"]) == ("Thu", "cashier", ["zalo"])
    listed = run("staff", "list").stdout.splitlines()
    assert listed[0].split() == ["Tên", "Vai", "trò", "Cửa", "hàng", "Chat", "Vào", "làm"]
    assert listed[1].split()[:5] == ["Thu", "thu", "ngân", "MAIN", "zalo"]
    assert "secret-user" not in run("staff", "list").stdout + run("staff", "list", "--json").stdout


def test_removing_ends_everything_at_once(run: Run, database: Database) -> None:
    code = document(run("staff", "add", "Thu", "--role", "cashier", "--json"))["code"]
    with database.transaction() as session:
        account_id, now = make_account(session).id, datetime.now(UTC)
        binding.bind(session, code, channel_account_id=account_id, user_id="7", now=now)

    result = run("staff", "remove", "thu")

    assert result.exit_code == 0
    assert "Thu" in result.stdout
    assert document(run("staff", "list", "--json")) == []
    with database.read_only() as session:
        assert binding.bound_to(session, account_id, "7") is None


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (("staff", "code", "Minh"), "loyalty staff list"),
        (("staff", "remove", "Minh"), "loyalty staff list"),
        (("staff", "invite", "Minh"), "loyalty staff list"),
        (("staff", "add", "thú", "--role", "owner"), "Đã có nhân viên tên «thú»"),
        (("staff", "add", "…", "--role", "owner"), "loyalty staff add 'Nguyễn Thu'"),
        (("staff", "add", "Minh", "--role", "owner", "--store", "Q9"), "Các mã hiện có: MAIN"),
    ],
)
def test_a_refusal_is_one_line_that_names_the_cure(run: Run, arguments: tuple[str, ...], cure: str) -> None:
    run("staff", "add", "Thu", "--role", "cashier")

    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert cure in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert len(document(run("staff", "list", "--json"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("staff", "add", "Minh"),
        ("staff", "add", "--role", "cashier"),
        ("staff", "add", "Minh", "--role", "boss"),
        ("staff", "fire", "Minh"),
        ("staff", "code"),
        ("staff", "list", "--limit", "3"),
    ],
)
def test_wrong_usage_is_told_apart(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_what_the_operator_does_is_audited_as_cli(run: Run, database: Database) -> None:
    for arguments in (("add", "Thu", "--role", "cashier"), ("code", "Thu"), ("invite", "Thu"), ("remove", "Thu")):
        assert run("staff", *arguments).exit_code == 0
    with database.read_only() as session:
        told = session.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id)).all()
    assert told == [
        ("cli", "staff_added"),
        ("cli", "staff_code_issued"),
        ("cli", "invitation_issued"),
        ("cli", "staff_code_issued"),
        ("cli", "invitation_issued"),
        ("cli", "staff_removed"),
    ]
