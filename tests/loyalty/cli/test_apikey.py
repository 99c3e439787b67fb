"""`loyalty apikey`: made once, shown once, revoked for good."""

import pytest

from loyalty.db import Database
from loyalty.staff import keys
from tests.loyalty.cli.conftest import Run, document


def test_a_key_is_the_last_word_and_works(run: Run, database: Database) -> None:
    result = run("apikey", "create", "pos", "--scope", "customers:read,purchases:write", "--scope", "segments:read")

    assert result.exit_code == 0, result.stderr
    with database.read_only() as session:
        key = keys.find(session, result.stdout.split()[-1])
        assert key is not None
        assert key.scopes == ["customers:read", "purchases:write", "segments:read"]


def test_a_key_is_in_no_later_output(run: Run) -> None:
    told = document(run("apikey", "create", "pos", "--scope", "customers:read", "--json"))

    listed = document(run("apikey", "list", "--json"))

    assert [each["name"] for each in listed] == ["pos"]
    assert told["key"] not in run("apikey", "list").stdout + run("apikey", "list", "--json").stdout
    assert "key" not in listed[0]


@pytest.mark.parametrize("field", ["name", "id"])
def test_a_key_is_revoked_by_name_or_id_and_stays_listed(run: Run, database: Database, field: str) -> None:
    told = document(run("apikey", "create", "pos", "--scope", "customers:read", "--json"))

    result = run("apikey", "revoke", told[field])

    assert "«pos»" in result.stdout
    with database.read_only() as session:
        assert keys.find(session, told["key"]) is None
    assert document(run("apikey", "list", "--json"))[0]["revoked_at"] is not None
    assert run("apikey", "revoke", told[field]).exit_code == 1


def test_no_keys_are_an_empty_list_and_a_hint(run: Run) -> None:
    assert document(run("apikey", "list", "--json")) == []
    assert "loyalty apikey create" in run("apikey", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("create", "pos", "--scope", "shop:burn"), 2, "customers:read"),
        (("create", "pos", "--scope", ","), 2, "customers:read"),
        (("create", "pos"), 2, "--scope"),
        (("create", " ", "--scope", "customers:read"), 1, "pos-le-loi"),
        (("revoke", "nobody"), 1, "loyalty apikey list"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_made(run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    result = run("apikey", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
    assert document(run("apikey", "list", "--json")) == []


def test_a_name_in_use_is_refused_with_both_ways_out(run: Run) -> None:
    run("apikey", "create", "pos", "--scope", "customers:read")
    result = run("apikey", "create", "pos", "--scope", "customers:read")
    assert result.exit_code == 1
    assert "loyalty apikey revoke 'pos'" in result.stderr
