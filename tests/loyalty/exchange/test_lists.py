"""Whatever a person typed is text in the list that leaves, and never a formula."""

import csv
import io
import re
import zipfile
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from loyalty.exchange import lists
from loyalty.exchange.lists import Value

FORMULAS = [
    '=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＋1", "－1",
    "＠SUM(1)", "−1", " =1", "=cmd|' /C calc'!A0",
]  # fmt: skip
HARMLESS: list[Value] = ["Nguyễn Thị Lan", "0912345678", "a=b", "'quoted", "5 - 3", "https://example.com", ""]


def sheet(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("text", FORMULAS, ids=repr)
def test_what_would_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert str(lists.safe(text)).startswith("'")
    [row] = csv.reader(io.StringIO(b"".join(lists.write_csv([[text]])).decode("utf-8-sig"), newline=""))
    assert row[0].startswith("'")
    workbook = lists.write_xlsx([[text]], heads=0)
    assert "<f>" not in sheet(workbook)
    [[cell]] = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()
    assert str(cell).startswith("'")


@pytest.mark.parametrize("value", [*HARMLESS, 5, -5, 1.5, None, date(2026, 11, 22)], ids=repr)
def test_everything_else_stays_what_it_is(value: Value) -> None:
    assert lists.safe(value) == value


def test_text_and_numbers_keep_their_kinds_in_a_workbook() -> None:
    data = lists.write_xlsx([["Tên", "SĐT", "Điểm", "Ngày"], ["Lan", "0912345678", 120, date(2026, 11, 22)]], heads=1)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[1] == ["Lan", "0912345678", 120.0, date(2026, 11, 22)]
    assert len(re.findall(r'<c r="[AB]2"[^>]* t="s"', sheet(data))) == 2


def test_a_csv_is_marked_so_that_excel_reads_its_vietnamese() -> None:
    data = b"".join(lists.write_csv([["Họ tên"], ["Đỗ Thị Hà"]]))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines() == ["Họ tên", "Đỗ Thị Hà"]


def test_a_csv_leaves_in_pieces_as_its_rows_come() -> None:
    pieces = list(lists.write_csv([["x" * 10]] * (2 * lists.TOGETHER + 1)))
    assert len(pieces) == 3
    assert b"".join(pieces).count(b"x" * 10) == 2 * lists.TOGETHER + 1


def test_no_character_stops_a_list() -> None:
    assert b"".join(lists.write_csv([["a\ud800\x01b"]])).decode("utf-8-sig") == "ab\r\n"
    assert lists.write_xlsx([["\ud800", "\x01", "x" * 40_000]], heads=0)
