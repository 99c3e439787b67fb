"""`loyalty replay`: one line when all is as the ledger says, a line for each difference, right days named."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from loyalty.db import Database
from tests.builders_customers import make_customer
from tests.builders_points import award
from tests.loyalty.cli.conftest import Run, document

TODAY = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
BEFORE = TODAY - timedelta(days=2)


@pytest.fixture
def lan(database: Database) -> str:
    """The public id of somebody with a bill of two days ago and one of today."""
    with database.transaction() as session:
        customer = make_customer(session, name="Nguyễn Thị Lan", phone="+84912345678", now=BEFORE)
        award(session, customer, 250_000, now=BEFORE)
        award(session, customer, 100_000, now=TODAY)
        return customer.public_id


def test_a_sound_shop_is_told_in_one_line_with_its_numbers(run: Run, lan: str) -> None:
    result = run("replay")

    assert result.exit_code == 0, result.stdout
    day = f"{TODAY:%d/%m/%Y}"
    assert result.stdout == f"✓ Tính lại đến hết {day} ra đúng như sổ: 1 khách, 2 dòng sổ, 35 điểm.\n"
    assert "Đang tính lại" in result.stderr


def test_as_of_a_day_is_the_end_of_that_day_and_json_is_one_document(run: Run, lan: str) -> None:
    assert document(run("replay", "--as-of", f"{BEFORE:%Y-%m-%d}", "--json")) == {
        "ok": True,
        "as_of": f"{BEFORE:%Y-%m-%d}",
        "customers": 1,
        "movements": 1,
        "points": 25,
        "kept": 0,
        "ended": 0,
        "differences": [],
    }


def test_every_difference_is_a_line_by_public_id_and_the_exit_says_so(run: Run, database: Database, lan: str) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE purchase SET total = 350000 WHERE total = 250000"))

    result = run("replay", LOYALTY_LOCALE="en")

    assert result.exit_code == 1
    assert result.stdout.startswith(f"✗ customer {lan}: movement ")
    assert "the ledger says points 25, balance 25, credit 250000; the replay gives points 35" in result.stdout
    assert "Lan" not in result.stdout and "0912" not in result.stdout
    assert result.stderr.splitlines()[-1].startswith("1 differences.")
    told = run("--json", "replay")
    assert (told.exit_code, '"ok": false' in told.stdout) == (1, True)


def test_a_day_to_come_or_before_the_first_record_is_refused_with_a_right_example(run: Run, lan: str) -> None:
    for days in (-3, 1):
        asked = f"{TODAY + timedelta(days=days):%Y-%m-%d}"
        result = run("replay", "--as-of", asked)
        assert (result.exit_code, result.stdout) == (1, "")
        assert asked in result.stderr
        assert f"Ví dụ: loyalty replay --as-of {BEFORE:%Y-%m-%d}" in result.stderr
    assert run("replay", "--as-of", "hôm qua").exit_code == 2


def test_an_empty_shop_replays(run: Run) -> None:
    assert run("replay").exit_code == 0
