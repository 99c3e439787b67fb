"""Tables as CSV that a spreadsheet opens as text and numbers, never as a formula somebody else wrote."""

import csv
import io
from collections.abc import Iterable, Sequence

from loyalty.typed import fold

BOM = "\ufeff"  # without it Excel reads Vietnamese letters wrong
RISKY = frozenset("=+-@|%−")  # what a cell that is run begins with, be it in full-width letters or behind blanks


def write(rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """UTF-8 with its mark, CRLF, every text quoted where needed; whole numbers stay numbers."""
    sheet = io.StringIO()
    csv.writer(sheet).writerows([_cell(value) for value in row] for row in rows)
    return (BOM + sheet.getvalue()).encode()


def _cell(value: str | int | None) -> str | int:
    if value is None or isinstance(value, int):
        return "" if value is None else value
    return safe(value)


def safe(value: str) -> str:
    """The text without what cannot be seen; an apostrophe goes before what a spreadsheet might run."""
    text = "".join(char for char in value if char in "\n" or char.isprintable())
    return f"'{text}" if fold.fold(text)[:1] in RISKY or text[:1].isspace() else text
