"""`loyalty seed`: said in both languages, refused beside real people."""

import pytest
from sqlalchemy import func, select

from loyalty.customers.models import Customer
from loyalty.db import Database
from tests.builders_customers import make_customer
from tests.loyalty.cli.conftest import Run, document


@pytest.fixture(autouse=True)
def _few(few: None) -> None:
    """The small demo shop is enough here."""


def test_seed_fills_and_says_what_there_is_and_how_to_be_rid_of_it(run: Run) -> None:
    result = run("seed")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("✓ Cửa hàng mẫu đã sẵn sàng: 10 khách, ")
    assert "loyalty seed --remove" in result.stdout
    assert "Đang dựng cửa hàng mẫu" in result.stderr
    told = document(run("seed", "--json"))
    assert (told["demo"], told["customers"], told["staff"]) == (True, 10, 4)
    assert run("verify").exit_code == 0


def test_remove_takes_everybody_away_and_may_be_repeated(run: Run, database: Database) -> None:
    run("seed")
    assert document(run("seed", "--remove", "--json")) == {"demo": False, "removed": 11}
    with database.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0

    again = run("seed", "--remove", LOYALTY_LOCALE="en")

    assert again.exit_code == 0
    assert again.stdout == "There are no demo people to remove. The database is ready for real use.\n"
    assert run("verify").exit_code == 0


@pytest.mark.parametrize(
    ("locale", "line"), [("vi", "Cơ sở dữ liệu này đã có 1 khách thật"), ("en", "This database has 1 real customers")]
)
@pytest.mark.parametrize("command", [("seed",), ("serve", "--demo")], ids=" ".join)
def test_real_people_are_a_refusal_of_one_line(
    run: Run, database: Database, command: tuple[str, ...], locale: str, line: str
) -> None:
    with database.transaction() as session:
        make_customer(session)

    result = run(*command, LOYALTY_LOCALE=locale)

    assert result.exit_code == 1
    assert result.stderr.startswith(line)
    assert len(result.stderr.splitlines()) == 1
