"""CSV that no spreadsheet runs."""

import csv
import io

import pytest

from loyalty.typed import csv_text

FORMULAS = [
    "=1+1",
    "+84",
    "-2",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "\x00=1",
    "＝1+1",
    "＋1",
    " =1",
    "|calc",
    "%0A=1",
    "\ufeff=1",
]


def read(sheet: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_run_is_kept_as_text(text: str) -> None:
    ((cell,),) = read(csv_text.write([[text]]))
    assert cell[0] == "'"


def test_words_and_numbers_stay_as_they_are() -> None:
    rows: list[list[str | int | None]] = [["Bánh, «mới»", 'nói "chào"', -5, None], ["hai\ndòng", "", 0, 12]]
    assert read(csv_text.write(rows)) == [["Bánh, «mới»", 'nói "chào"', "-5", ""], ["hai\ndòng", "", "0", "12"]]


def test_the_file_begins_with_its_mark_and_ends_its_lines_as_spreadsheets_do() -> None:
    assert csv_text.write([["a", 1]]) == b"\xef\xbb\xbfa,1\r\n"
