"""Taking a file in: read, recognised, sealed in chunks; nothing of it lies on the disk in clear."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.exchange import batches, columns, own, packing, sheets
from loyalty.exchange.batches import FileKnown
from loyalty.exchange.columns import Field, Layout
from loyalty.exchange.models import ImportBatch, Kind, State
from loyalty.exchange.sheets import BadFile, Sheet
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
    if sheet.rows <= layout.header:
        raise BadFile("only_head")
    chosen = columns.choose(layout, given)
    public_id = _begin(
        database,
        lambda session: batches.begin(
            session, data, title, kind, author=author, now=clock(), create_missing=create_missing
        ),
        clock,
    )
    numbered = list(enumerate(sheet.chunks))
    for start in range(0, len(numbered), TOGETHER):
        with database.transaction() as session:
            batches.put_chunks(session, public_id, dict(numbered[start : start + TOGETHER]), now=clock())
    with database.transaction() as session:
        held = batches.hold(session, public_id, State.RECEIVING)
        _settle(session, held, sheet, layout, chosen if given or layout.is_certain else None)
    return public_id


def layout_of(session: Session, batch: ImportBatch) -> Layout:
    """How the sheet of a waiting batch is laid out, read from its first rows again."""
    first = batches.chunk(session, batch, 0)[:HEAD]
    return columns.recognise([line.cells for line in first], Kind(batch.kind))


def _begin(database: Database, begin: Callable[[Session], ImportBatch], clock: Callable[[], datetime]) -> str:
    """The new batch; one of the same file whose process died while taking it in is forgotten for it."""
    try:
        with database.transaction() as session:
            return begin(session).public_id
    except FileKnown as known:
        with database.transaction() as session:
            if not batches.forget_unfinished(session, known.facts["batch"], now=clock()):
                raise
            return begin(session).public_id


def _settle(
    session: Session, batch: ImportBatch, sheet: Sheet, layout: Layout, chosen: Mapping[Field, int] | None
) -> None:
    batch.rows = sheet.rows
    theirs = own.recognised(session, layout)
    unused = [each for each in layout.columns if each.field is None and each.index not in theirs.values()]
    told = {"header": layout.header, "encoding": sheet.encoding, "unused": len(unused), "own": theirs}
    batch.options = {**batch.options, **told}
    batch.state, batch.leased_until = State.COLUMNS, None
    if chosen is not None:
        missing = bool(batch.options["create_missing"])
        named = {field: index for field, index in chosen.items() if index not in theirs.values()}
        batches.choose_columns(session, batch, list(named.items()), layout.header, create_missing=missing)
    session.flush()
