"""Taking a file in: read, recognised, sealed in chunks; nothing of it lies on the disk in clear."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.exchange import batches, columns, packing, sheets
from loyalty.exchange.columns import Field, Layout
from loyalty.exchange.models import ImportBatch, Kind, State
from loyalty.exchange.sheets import Sheet
from loyalty.staff.audit import Author

TOGETHER = 8  # chunks in one transaction: 4,000 rows, about 300 kB
HEAD = columns.LOOK + 30  # rows that show how a sheet is laid out


def receive(
    database: Database,
    data: bytes,
    title: str,
    kind: Kind,
    *,
    author: Author,
    clock: Callable[[], datetime],
    columns_given: Mapping[Field, str] | None = None,
    create_missing: bool = False,
) -> str:
    """Take a file in; the public id of its batch, which is `checking`, or `columns` when a person must be asked.

    `columns_given` names columns by their letter or head. Short transactions of its own: call it in none.
    Raises BadFile, FileKnown, ColumnsUnclear; nothing is left behind then.
    """
    sheet = sheets.read(data)
    given = columns_given or {}
    layout = columns.recognise([line.cells for line in packing.unpack(sheet.chunks[0])[:HEAD]], kind, given)
    chosen = columns.choose(layout, given)
    with database.transaction() as session:
        batch = batches.begin(session, data, title, kind, author=author, now=clock(), create_missing=create_missing)
    for start in range(0, len(sheet.chunks), TOGETHER):
        with database.transaction() as session:
            for number in range(start, min(start + TOGETHER, len(sheet.chunks))):
                batches.put_chunk(session, batch, number, sheet.chunks[number])
    with database.transaction() as session:
        held = batches.hold(session, batch.public_id, State.RECEIVING)
        _settle(session, held, sheet, layout, chosen if given or layout.is_certain else None)
    return batch.public_id


def layout_of(session: Session, batch: ImportBatch) -> Layout:
    """How the sheet of a waiting batch is laid out, read from its first rows again."""
    first = batches.chunk(session, batch, 0)[:HEAD]
    return columns.recognise([line.cells for line in first], Kind(batch.kind))


def _settle(
    session: Session, batch: ImportBatch, sheet: Sheet, layout: Layout, chosen: Mapping[Field, int] | None
) -> None:
    batch.rows = sheet.rows
    batch.options = {**batch.options, "header": layout.header, "encoding": sheet.encoding, "unused": len(layout.unused)}
    batch.state = State.COLUMNS
    if chosen is not None:
        missing = bool(batch.options["create_missing"])
        batches.choose_columns(session, batch, chosen, layout.header, create_missing=missing)
    session.flush()
