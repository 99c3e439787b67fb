"""Writing lists for spreadsheets: what a person typed stays text there, whatever it looks like (`typed.csv_text`)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import xlsxwriter

from loyalty.typed import csv_text

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TOGETHER = 200  # rows of a CSV in one piece
LONGEST = 32_767  # characters of one cell in a workbook
WIDTH = 18  # of a column, in characters

Value = str | int | float | bool | date | None


def safe(value: Value) -> Value:
    """A value no spreadsheet takes for a formula; numbers and days stay what they are."""
    return csv_text.safe(value) if isinstance(value, str) else value


def write_csv(rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """UTF-8 with a mark, in pieces, as the rows come."""
    buffer = io.StringIO(csv_text.BOM)
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(safe(value)) for value in row])
        if number % TOGETHER == 0:
            yield _take(buffer)
    yield _take(buffer)


def write_xlsx(rows: Iterable[Sequence[Value]], *, heads: int) -> bytes:
    """A workbook, made in memory: nothing of it touches the disk. The first `heads` rows are bold and stay in sight."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.freeze_panes(heads, 0)
        sheet.set_column(0, 30, WIDTH)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                form = bold if number < heads else day if isinstance(value, date) else None
                _put(sheet, number, column, safe(value), form)
    return buffer.getvalue()


def pieces(data: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    """A file in the pieces it is sent in."""
    return (data[start : start + size] for start in range(0, len(data), size))


def _put(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Value, form: object) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value[:LONGEST], form)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, form)
    else:
        sheet.write(row, column, value, form)


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None else str(value)


def _take(buffer: io.StringIO) -> bytes:
    """What was written so far."""
    taken = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return taken
