"""`loyalty programme`: shown, checked, compared, tried, put in force, gone back from."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from loyalty.cli import common
from loyalty.db import Database
from loyalty.programme import activation
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer
from tests.builders_points import DEMO, award
from tests.loyalty.cli.conftest import Run, document

DEMO_TEXT = DEMO.read_text(encoding="utf-8")
DEARER = DEMO_TEXT.replace("per_amount = 10000", "per_amount = 20000")
TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "now", lambda: NOON)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "moi.toml"
    path.write_text(DEARER, encoding="utf-8")
    return path


def numbers(database: Database) -> list[int]:
    with database.read_only() as session:
        return [row.version for row in activation.list_all(session)]


def test_show_tells_the_rules_in_force_in_sentences_and_as_written(run: Run) -> None:
    shown = run("programme", "show")

    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith("Bản 1, từ ")
    assert "• Cứ 10.000đ được 1 điểm; phần lẻ để dành cho đơn sau" in shown.stdout
    assert "per_amount = 10000 # ₫ for one point" in shown.stdout
    assert document(run("programme", "show", "--json", "--version", "1"))["document"] == DEMO_TEXT
    assert run("programme", "show", "--version", "7").exit_code == 1


def test_the_calendar_says_when_points_end(run: Run) -> None:
    calendar = document(run("programme", "show", "--calendar", "--json"))["calendar"]

    assert calendar[:2] == [
        {"earned_on": "2026-11-22", "ends_on": "2027-11-22"},
        {"earned_on": "2026-12-01", "ends_on": "2027-12-01"},
    ]
    assert len(calendar) == 13
    assert "Điểm tích 22/11/2026: hết ngày 22/11/2027" in run("programme", "show", "--calendar").stdout


def test_check_names_file_line_reason_and_example(run: Run, file: Path) -> None:
    assert "có thể áp dụng" in run("programme", "check", str(file)).stdout

    file.write_text(DEARER.replace('"1.25"', '"1000"').replace("[receipts]", "[reciepts]"), encoding="utf-8")
    bad = run("programme", "check", str(file))
    line = 1 + DEARER.splitlines().index('multiplier = "1.25"')

    assert bad.exit_code == 1
    assert f"{file}, dòng {line}: tiers[1].multiplier: phải là số thập phân" in bad.stdout
    assert 'ví dụ multiplier = "1.25"' in bad.stdout
    told = run("programme", "check", str(file), "--json")
    assert told.exit_code == 1
    assert '"code": "unknown_key"' in told.stdout


def test_diff_tells_what_changes(run: Run, file: Path) -> None:
    found: Any = document(run("programme", "diff", str(file), "--json"))

    assert found["come"] == ["Cứ 20.000đ được 1 điểm; phần lẻ để dành cho đơn sau"]
    file.write_text(DEMO_TEXT, encoding="utf-8")
    assert run("programme", "diff", str(file)).stdout == "Không có gì khác.\n"


def test_simulate_tries_the_file_on_the_shops_bills_and_names_nobody_in_clear(
    run: Run, database: Database, file: Path
) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN, name="Nguyễn Lan")
        award(session, lan, 2_000_000)
    file.write_text(DEARER.replace("spend = 2000000", "spend = 3000000"), encoding="utf-8")

    found: Any = document(run("programme", "simulate", str(file), "--json"))

    assert (found["points_before"], found["points_after"], found["cost"]) == (200, 100, None)
    assert found["moves"] == [{"from": "silver", "to": "member", "customers": 1, "examples": ["N••• (0912 ••• 678)"]}]
    assert found["months"] == {"2026-11": {"bills": 1, "spent": 2_000_000, "before": 200, "after": 100}}
    human = run("programme", "simulate", str(file), "--from", "2026-11-01", "--until", "22/11/2026")
    assert "1 đơn, 2.000.000đ: đã cho 200 điểm, theo bản mới 100 điểm (−100)" in human.stdout
    assert "1 khách đổi hạng Bạc → Thành viên: N••• (0912 ••• 678)" in human.stdout
    assert numbers(database) == [1]


def test_activate_waits_for_a_midnight_to_come_and_rollback_takes_it_back(
    run: Run, database: Database, file: Path
) -> None:
    late = run("programme", "activate", str(file), "--from", TODAY.isoformat())
    assert (late.exit_code, numbers(database)) == (1, [1])
    assert "Sớm nhất: --from 2026-11-23" in late.stderr

    done: Any = document(run("programme", "activate", str(file), "--from", "23/11/2026", "--note", "giá mới", "--json"))
    assert (done["version"], done["effective_from"], done["author"], done["note"]) == (
        2,
        "2026-11-23",
        "cli",
        "giá mới",
    )

    taken = run("programme", "activate", str(file), "--from", str(TOMORROW))
    assert "Ngày 2026-11-23 đã có bản 2" in taken.stderr
    assert "Đã rút bản 2" in run("programme", "rollback").stdout
    assert numbers(database) == [1]
    assert "không có bản nào để quay về" in run("programme", "rollback").stderr


def test_a_faulty_file_is_not_activated(run: Run, database: Database, file: Path) -> None:
    file.write_text(DEARER.replace("[expiry]\nmonths = 12", '[expiry]\npolicy = "soon"'), encoding="utf-8")

    refused = run("programme", "activate", str(file), "--from", str(TODAY + timedelta(days=9)))

    assert (refused.exit_code, numbers(database)) == (1, [1])
    assert "expiry.policy: phải là một trong" in refused.stderr
    file.write_bytes(b"\xff")
    assert "không phải văn bản UTF-8" in run("programme", "check", str(file)).stderr
