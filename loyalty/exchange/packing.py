"""Rows of a sheet as JSON in chunks: what is kept while a file waits, and how a workbook's reader hands them over."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

MOST_ROWS = 100_000
SPARE = 30  # rows of titles and heads above them
CHUNK = 500  # rows kept together
MOST_COLUMNS = 100

Cell = str | int | float | bool | date | None


class Line(NamedTuple):
    """A row that is not blank. `number` is its row in the sheet, from 1."""

    number: int
    cells: Sequence[Cell]


class TooManyRows(Exception):
    """More than `MOST_ROWS`."""


def pack(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Chunks of `CHUNK` lines; blank rows are left out, but counted. Raises TooManyRows."""
    waiting: list[tuple[int, list[Any]]] = []
    packed = 0
    for number, row in enumerate(rows, 1):
        if cells := _trimmed(row):
            waiting.append((number, cells))
        if packed + len(waiting) > MOST_ROWS + SPARE:
            raise TooManyRows
        if len(waiting) == CHUNK:
            yield _dump(waiting)
            packed, waiting = packed + CHUNK, []
    if waiting:
        yield _dump(waiting)


def unpack(chunk: bytes) -> list[Line]:
    """The lines of a chunk; days are days again."""
    return [Line(number, [_cell(cell) for cell in cells]) for number, cells in json.loads(chunk)]


def _trimmed(row: Sequence[Any]) -> list[Any]:
    """The cells up to the last one with anything in it."""
    cells = list(row[:MOST_COLUMNS])
    while cells and (cells[-1] is None or cells[-1] == "" or (isinstance(cells[-1], str) and not cells[-1].strip())):
        cells.pop()
    return cells


def _dump(lines: Sequence[tuple[int, list[Any]]]) -> bytes:
    """JSON in ASCII: half of a pair of surrogates passes, too."""
    return json.dumps(lines, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return {"day": value.date().isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    raise TypeError(type(value).__name__)


def _cell(cell: Any) -> Cell:
    if isinstance(cell, dict):
        return date.fromisoformat(cell["day"])
    found: Cell = cell
    return found
