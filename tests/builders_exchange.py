"""Spreadsheets and imports, as a test begins with them."""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.exchange import batches, encodings, receiving, running
from loyalty.exchange.models import ImportBatch, ImportRow, Kind
from loyalty.staff import audit
from tests.builders import NOON

HEADS = ("Họ tên", "SĐT", "Email", "Ngày tham gia", "Điểm")
TONES = "\u0300\u0301\u0303\u0309\u0323"


def make_csv(*rows: Sequence[Any], heads: Sequence[str] = HEADS, delimiter: str = ",") -> bytes:
    """A list as Excel saves it as «CSV UTF-8»."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([heads, *rows])
    return buffer.getvalue().encode()


def make_xlsx(*rows: Sequence[Any], heads: Sequence[str] = HEADS, top: int = 0, merge: str = "") -> bytes:
    """A workbook with one sheet whose heads stand below `top` empty rows; `merge` is a title over the first of them."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        if merge:
            sheet.merge_range(0, 0, 0, len(heads) - 1, merge)
        for number, row in enumerate([heads, *rows], top):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write(number, column, value)
    return buffer.getvalue()


def in_cp1258(text: str) -> bytes:
    """Windows-1258: a letter with its hat as one byte, its tone as the next."""
    return b"".join(_letter(char) for char in unicodedata.normalize("NFC", text))


def in_tcvn3(text: str) -> bytes:
    """The bytes an «ABC» font draws as `text`."""
    bytes_of = {encodings.tcvn3(bytes([byte])): byte for byte in range(256)}
    return bytes(bytes_of[char] for char in text)


def receive(
    database: Database, data: bytes, kind: Kind = Kind.CUSTOMERS, *, now: datetime = NOON, **options: Any
) -> ImportBatch:
    """A batch whose rows are being checked, or whose columns are asked for."""
    public_id = receiving.receive(database, data, "khách.xlsx", kind, author=audit.CLI, clock=lambda: now, **options)
    with database.read_only() as session:
        return batches.get(session, public_id)


def work(database: Database, batch: ImportBatch, *, now: datetime = NOON, owner: str = "test") -> ImportBatch:
    """The batch after its phase."""
    assert running.run(database, batch.id, owner=owner, clock=lambda: now)
    with database.read_only() as session:
        return batches.get(session, batch.public_id)


def check(
    database: Database, data: bytes, kind: Kind = Kind.CUSTOMERS, *, now: datetime = NOON, **options: Any
) -> ImportBatch:
    """The dry run of a file."""
    return work(database, receive(database, data, kind, now=now, **options), now=now)


def write(database: Database, batch: ImportBatch, *, now: datetime = NOON) -> ImportBatch:
    """A checked batch, confirmed and written."""
    with database.transaction() as session:
        batches.confirm(session, batch.public_id, author=audit.CLI, now=now)
    return work(database, batch, now=now)


def bring_in(
    database: Database, data: bytes, kind: Kind = Kind.CUSTOMERS, *, now: datetime = NOON, **options: Any
) -> ImportBatch:
    """A file brought in as the command line does it."""
    return write(database, check(database, data, kind, now=now, **options), now=now)


def undo(database: Database, batch: ImportBatch, *, now: datetime = NOON) -> ImportBatch:
    with database.transaction() as session:
        batches.begin_undo(session, batch.public_id, author=audit.CLI, now=now)
    return work(database, batch, now=now)


def rows_of(session: Session, batch: ImportBatch) -> dict[int, ImportRow]:
    """What became of each row, by its number in the sheet."""
    found = session.scalars(select(ImportRow).filter_by(batch_id=batch.id).order_by(ImportRow.number))
    return {row.number: row for row in found}


def outcomes(database: Database, batch: ImportBatch) -> Mapping[int, tuple[str, str | None]]:
    """Outcome and reason of each row."""
    with database.read_only() as session:
        return {number: (row.outcome, row.reason) for number, row in rows_of(session, batch).items()}


def _letter(char: str) -> bytes:
    try:
        return char.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", char)
        [tone] = [part for part in parts if part in TONES]
        return unicodedata.normalize("NFC", parts.replace(tone, "")).encode("cp1258") + tone.encode("cp1258")
