"""What became of every row, as a list to take along: the row as it was, its outcome and the reason in words."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.exchange import batches, cells, sentences
from loyalty.exchange.lists import Value
from loyalty.exchange.models import ImportBatch, ImportRow
from loyalty.exchange.packing import CHUNK, Line
from loyalty.words import Both

HEADS = (Both("Dòng", "Row"), Both("Kết quả", "Outcome"), Both("Trạng thái", "State"), Both("Chi tiết", "Details"))
PAGE = 500


def rows(session: Session, batch: ImportBatch, locale: str) -> Iterator[Sequence[Value]]:
    """A row of heads, then one for each row of the sheet; as long as the file is kept, with the cells it came from."""
    lines = _lines(session, batch)
    header = batch.options.get("header", 0)
    titles: list[Value] = [head.in_(locale) for head in HEADS]
    yield titles + _cells(lines[header - 1] if 0 < header <= len(lines) else None)
    kept = {line.number: line for line in lines}
    for row in _outcomes(session, batch):
        outcome, state = sentences.OUTCOMES[row.outcome], sentences.FATES[row.fate]
        told: list[Value] = [row.number, outcome.in_(locale), state.in_(locale), sentences.of_row(row, locale)]
        yield told + _cells(kept.get(row.number))


def lines_of(session: Session, batch: ImportBatch, wanted: Sequence[int]) -> Mapping[int, Line]:
    """The rows with these numbers, as they were; those of a file that is gone are not there.

    Blank rows are not kept, so a row lies in the chunk its number would have, or in one before it.
    """
    found: dict[int, Line] = {}
    number = min(max(wanted, default=0), batch.rows) // CHUNK
    while number >= 0 and len(found) < len(wanted):
        here = batches.chunk(session, batch, number)
        found.update({line.number: line for line in here if line.number in wanted})
        number -= 1
        if here and here[0].number <= min(wanted):
            break
    return found


def _lines(session: Session, batch: ImportBatch) -> list[Line]:
    return [line for number in range(-(-batch.rows // CHUNK)) for line in batches.chunk(session, batch, number)]


def _outcomes(session: Session, batch: ImportBatch) -> Iterator[ImportRow]:
    """Page by page."""
    after = 0
    while page := session.scalars(
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.number > after)
        .order_by(ImportRow.number)
        .limit(PAGE)
    ).all():
        yield from page
        after = page[-1].number


def _cells(line: Line | None) -> list[Value]:
    return [cells.text(cell) if isinstance(cell, float) else cell for cell in line.cells] if line is not None else []
