"""A file as rows of cells: CSV in any encoding met in Vietnam, XLSX, XLS and ODS."""

import csv
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import mode
from typing import NamedTuple

from loyalty.errors import RuleViolation
from loyalty.exchange import encodings, packing
from loyalty.exchange.packing import MOST_ROWS
from loyalty.settings import ROOT

MOST_BYTES = 10 * 1024 * 1024
MOST_INFLATED = 300 * 1024 * 1024  # a workbook of 100,000 rows and 20 columns takes about 100 MB
MOST_MEMBERS = 2_000
SECONDS = 90  # to read a workbook
WORKBOOKS = (b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"))
DELIMITERS = ",;\t|"
LOOK = 30  # rows that decide about the delimiter
OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")


class BadFile(RuleViolation):
    """A file nothing can be taken from.

    `reason`: empty, only_head, too_large, too_many_rows, too_heavy, password, corrupt or unknown_kind.
    """

    code = "bad_file"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reason=reason, megabytes=MOST_BYTES // 1024 // 1024, rows=MOST_ROWS)
        self.reason = reason


class Sheet(NamedTuple):
    """`chunks` are `packing`'s; `rows` counts those that are not blank; `encoding` is `workbook` for one."""

    chunks: Sequence[bytes]
    rows: int
    encoding: str


def read(data: bytes) -> Sheet:
    """The rows of a file, or of a workbook's first list. Raises BadFile."""
    if len(data) > MOST_BYTES:
        raise BadFile("too_large")
    if not data.strip(b"\0\r\n\t "):
        raise BadFile("empty")
    chunks, encoding = _read_workbook(data) if data.startswith(WORKBOOKS) else _read_text(data)
    if not chunks:
        raise BadFile("empty")
    return Sheet(chunks, (len(chunks) - 1) * packing.CHUNK + len(json.loads(chunks[-1])), encoding)


def _read_text(data: bytes) -> tuple[list[bytes], str]:
    if data.startswith(OTHER_FILES):
        raise BadFile("unknown_kind")
    try:
        text, encoding = encodings.decode(data)
    except encodings.Undecodable:
        raise BadFile("unknown_kind") from None
    try:
        return list(packing.pack(_cut(text.replace("\0", "")))), encoding
    except packing.TooManyRows:
        raise BadFile("too_many_rows") from None
    except csv.Error:  # a cell of more than 131,072 characters: a quotation mark that is never closed
        raise BadFile("corrupt") from None


def _cut(text: str) -> Iterator[list[str]]:
    """Rows cut by the delimiter the file names (`sep=;`, as Excel writes it), or else the one that cuts most evenly."""
    if text[:4].lower() == "sep=" and text[4:5] in DELIMITERS:
        yield []  # the line counts as a row, as it does in Excel
        yield from csv.reader(io.StringIO(text.partition("\n")[2], newline=""), delimiter=text[4])
        return
    delimiter = max(DELIMITERS, key=lambda each: _evenness(text, each))
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _evenness(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first rows have the same number of columns, when that is not one; and that number."""
    try:
        widths = [
            len(row) for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), LOOK) if row
        ]
    except csv.Error:
        return (0, 0)
    usual = mode(widths) if widths else 1
    return (widths.count(usual), usual) if usual > 1 else (0, 0)


def _read_workbook(data: bytes) -> tuple[list[bytes], str]:
    if data.startswith(b"PK"):
        _check_zip(data)
    command = [sys.executable, "-m", "loyalty.exchange.workbook"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, cwd=ROOT, check=False)  # noqa: S603  # our own
    except subprocess.TimeoutExpired:
        raise BadFile("too_heavy") from None
    if done.returncode:
        raise BadFile(_reason(done.returncode))
    return done.stdout.splitlines(), "workbook"


def _reason(code: int) -> str:
    """Why there are no rows; a reader that was ended from outside had asked for too much."""
    from loyalty.exchange.workbook import REASONS

    return REASONS.get(code, "too_heavy" if code < 0 or code == 1 else "corrupt")


def _check_zip(data: bytes) -> None:
    """Raises BadFile for an archive that would swell beyond measure: by what it declares, then by what it holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_INFLATED:
                raise BadFile("too_heavy")
            if not any(each.filename.startswith(("xl/", "content.xml")) for each in members):
                raise BadFile("unknown_kind")
            left = MOST_INFLATED
            for each in members:
                left -= _inflated(data, each, left)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadFile("corrupt") from None


def _inflated(data: bytes, member: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a member really becomes. Raises BadFile when its head does not say the same."""
    start = member.header_offset
    skip = int.from_bytes(data[start + 26 : start + 28], "little") + int.from_bytes(
        data[start + 28 : start + 30], "little"
    )
    body = memoryview(data)[start + 30 + skip : start + 30 + skip + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return len(body)
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise BadFile("corrupt")
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    waiting: bytes | memoryview = body
    try:
        while waiting and not inflater.eof:
            size += len(inflater.decompress(waiting, 1024 * 1024))
            waiting = inflater.unconsumed_tail
            if size > min(most, member.file_size):
                raise BadFile("too_heavy")
    except zlib.error:
        raise BadFile("corrupt") from None
    return size
