"""XLSX, XLS, XLSB and ODS, read in a process of its own: `python -m loyalty.exchange.workbook` < file > chunks.

A made-up workbook of two cells can ask for the memory of ten billion. Here it ends this process, and nothing else.
Each line of the output is a chunk (`packing`); the exit code says why there are none.
"""

import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from loyalty.exchange import packing

MEMORY = 1536 * 1024 * 1024  # bytes of address space
CPU = 60  # seconds
SHEETS = 20  # looked at, at most
LOOK = 30  # rows that tell a list from a cover page
EMPTY, CORRUPT, PASSWORD, TOO_MANY_ROWS = 3, 4, 5, 6
REASONS = {EMPTY: "empty", CORRUPT: "corrupt", PASSWORD: "password", TOO_MANY_ROWS: "too_many_rows"}


def main() -> int:
    limit()
    try:
        return tell(sys.stdin.buffer.read())
    except PasswordError:
        return PASSWORD
    except packing.TooManyRows:
        return TOO_MANY_ROWS
    except (CalamineError, OSError, ValueError):
        return CORRUPT


def limit() -> None:
    """Windows has no such limits; there the time alone is limited, by the parent."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def tell(data: bytes) -> int:
    """Write the chunks of the fullest of the visible sheets; 0, or EMPTY when all are blank."""
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        sheet = choose(book)
        if sheet is None:
            return EMPTY
        for chunk in packing.pack(rows_of(sheet)):
            sys.stdout.buffer.write(chunk + b"\n")
    return 0


def choose(book: CalamineWorkbook) -> CalamineSheet | None:
    """The first sheet that is a list: two columns or more, and rows below their heads; else the first not blank."""
    first: CalamineSheet | None = None
    for meta in book.sheets_metadata[:SHEETS]:
        if meta.visible != SheetVisibleEnum.Visible or meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        rows = [row for row in islice(rows_of(sheet), LOOK) if any(cell not in (None, "") for cell in row)]
        if sum(sum(cell not in (None, "") for cell in row) > 1 for row in rows) > 1:
            return sheet
        first = first or (sheet if rows else None)
    return first


def rows_of(sheet: CalamineSheet) -> Iterator[Sequence[Any]]:
    """Every row from the sheet's first, so that numbers are those the spreadsheet shows."""
    if sheet.start is None:
        return
    yield from sheet.iter_rows()


if __name__ == "__main__":
    sys.exit(main())
