"""`loyalty import` and `loyalty export`: looked at, written, undone; lists out for a reason."""

import io
import stat
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.exchange import running
from loyalty.exchange.models import ImportChunk
from tests.builders_customers import LAN, make_customer
from tests.builders_exchange import make_csv, make_xlsx, receive
from tests.loyalty.cli.conftest import Run, document

ROWS = (("Nguyễn Thị Lan", 912345678, "", "", 1250), ("Hoa", "9.12E+08", "", "", ""), ("Lan", "0912345678", "", "", 5))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "khach.xlsx"
    path.write_bytes(make_xlsx(*ROWS))
    return path


def people(database: Database) -> int:
    with database.read_only() as session:
        return session.scalar(select(func.count()).select_from(Customer).where(Customer.erased_at.is_(None))) or 0


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(run: Run, database: Database, file: Path) -> None:
    result = run("import", "customers", str(file), "--dry-run")

    assert result.exit_code == 0, result.stderr
    assert "Xem thử 3 dòng: 1 khách mới, 0 khách đã có" in result.stdout
    assert "1 dòng trùng, 1 dòng không nhận, 1.250 điểm mở đầu. Chưa ghi gì." in result.stdout
    assert "Dòng 3: Cột Số điện thoại: Excel đã rút gọn" in result.stderr
    assert people(database) == 0
    with database.read_only() as session:
        assert session.scalar(select(func.count()).select_from(ImportChunk)) == 0


def test_an_import_is_written_and_undone(run: Run, database: Database, file: Path) -> None:
    told = document(run("import", "customers", str(file), "--json"))

    assert (told["state"], told["rows"]) == ("done", 3)
    assert told["counts"]["write"] == {"new": 1, "written": 1, "openings": 1, "points": 1250}
    assert people(database) == 1
    assert document(run("import", "list", "--json"))[0]["id"] == told["id"]

    undone = run("import", "undo", told["id"])
    assert "Đã hoàn tác 1 dòng, giữ lại 0 dòng." in undone.stdout
    assert people(database) == 0
    assert "đã hoàn tác" in run("import", "list").stdout


def test_the_same_file_again_names_the_first_import(run: Run, database: Database, file: Path) -> None:
    first = document(run("import", "customers", str(file), "--json"))
    again = run("import", "customers", str(file))
    assert again.exit_code == 1
    assert f"loyalty import undo {first['id']}" in again.stderr
    assert people(database) == 1


def test_no_name_or_phone_is_printed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "của chị Thảo.csv"
    path.write_bytes(make_csv(("Nguyễn Thị Lan", "0903111222", "sai", "31/2/2024", "")))
    result = run("import", "customers", str(path))
    for word in ("Nguyễn", "903111222", "Thảo"):
        assert word not in result.stdout + result.stderr


def test_a_command_cut_off_is_gone_on_with(
    run: Run, database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = running.run

    def cut(*arguments: object, **options: object) -> bool:
        monkeypatch.setattr(running, "run", whole)
        monkeypatch.setattr(running, "run", lambda *a, **o: (_ for _ in ()).throw(KeyboardInterrupt))
        return whole(*arguments, **options)  # type: ignore[arg-type]  # whatever it was called with

    monkeypatch.setattr(running, "run", cut)  # the check succeeds, the writing is interrupted
    stopped = run("import", "customers", str(file))
    assert stopped.exit_code == 1
    assert "Đã dừng ở dòng 0/3" in stopped.stderr
    assert people(database) == 0

    monkeypatch.setattr(running, "run", whole)
    again = run("import", "customers", str(file))
    assert again.exit_code == 0, again.stderr
    assert "đang nhập dở" in again.stderr
    assert people(database) == 1


def test_a_file_waiting_in_the_console_is_left_to_it(run: Run, database: Database, file: Path) -> None:
    batch = receive(database, file.read_bytes())
    with database.transaction() as session:
        session.get_one(type(batch), batch.id).source = "console"
    result = run("import", "customers", str(file))
    assert result.exit_code == 1
    assert batch.public_id in result.stderr


def test_columns_may_be_named(run: Run, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(make_csv(("Lan", "0912345678", "0987654321"), heads=("Tên", "SĐT", "Điện thoại")))

    unclear = run("import", "customers", str(path))
    assert unclear.exit_code == 1
    assert "--column phone=B" in unclear.stderr
    assert "Tên, SĐT, Điện thoại" in unclear.stderr

    assert run("import", "customers", str(path), "--column", "phone=B").exit_code == 0
    with database.read_only() as session:
        assert profiles.find_by_phone(session, LAN) is not None
    assert run("import", "customers", str(path), "--column", "mobile=B").exit_code == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"", "không có dòng nào"), (b"%PDF-1.7", ".xlsx, .xls, .ods"), (b"PK\x03\x04xxxx", "bị hỏng")],
)
def test_a_file_nothing_can_be_taken_from_gets_a_sentence(run: Run, tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    result = run("import", "customers", str(path))
    assert (result.exit_code, told in result.stderr) == (1, True)
    assert run("import", "customers", str(tmp_path / "none.csv")).exit_code == 2


def test_balances_go_to_customers_there_are(run: Run, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "diem.csv"
    path.write_bytes(make_csv(("0912345678", 120), ("0987654321", 5), heads=("SĐT", "Điểm")))
    with database.transaction() as session:
        make_customer(session, phone=LAN)

    told = document(run("import", "balances", str(path), "--json"))
    assert told["counts"]["write"] == {"known": 1, "written": 1, "openings": 1, "points": 120}
    run("import", "undo", told["id"])
    made = document(run("import", "balances", str(path), "--create-missing", "--json"))
    assert made["counts"]["write"]["written"] == 2


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv"])
def test_the_report_has_a_line_for_each_row_and_is_private(run: Run, file: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert run("import", "customers", str(file), "--report", str(path), LOYALTY_LOCALE="en").exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if name.endswith(".csv"):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].startswith("Row,Outcome,State,Details,Họ tên")
        assert lines[2].startswith("3,Refused,Not written,")
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())).get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows] == ["Row", 2.0, 3.0, 4.0]
        assert rows[3][3] == "The same as row 2, which is kept"
    assert run("import", "customers", str(file), "--report", "r.doc").exit_code == 1


def test_undoing_what_is_not_there_says_so(run: Run) -> None:
    result = run("import", "undo", "nothing")
    assert (result.exit_code, "loyalty import list" in result.stderr) == (1, True)
    assert document(run("import", "list", "--json")) == []
    assert "Chưa nhập tệp nào" in run("import", "list").stdout


def test_a_list_is_written_for_a_reason(run: Run, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "khach.csv"
    with database.transaction() as session:
        make_customer(session, phone=LAN, name="Nguyễn Thị Lan")

    assert run("export", "customers", str(path)).exit_code == 2
    short = run("export", "customers", str(path), "--reason", "vì")
    assert (short.exit_code, "--reason" in short.stderr, path.exists()) == (1, True, False)

    assert "Đã xuất 1 khách" in run("export", "customers", str(path), "--reason", "gửi kế toán").stdout
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert "0912 ••• 678" in lines[2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run("export", "customers", str(path), "--reason", "gửi kế toán", "--reveal")
    assert "0912345678" in path.read_text(encoding="utf-8-sig")
    assert run("export", "customers", "a.doc", "--reason", "gửi kế toán").exit_code == 1


def test_an_unknown_segment_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("export", "customers", str(tmp_path / "a.xlsx"), "--reason", "gửi kế toán", "--segment", "none")
    assert result.exit_code == 1
    assert not (tmp_path / "a.xlsx").exists()
