"""The dry run: every row gets its outcome, and nothing but outcomes is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from loyalty import many
from loyalty.exchange import batches, candidates, matching, own
from loyalty.exchange.batches import Reader
from loyalty.exchange.matching import Seen, Verdict
from loyalty.exchange.models import Fate, ImportBatch, ImportRow, Outcome, State
from loyalty.exchange.packing import CHUNK

GOOD = (Outcome.NEW, Outcome.KNOWN)


@dataclass(frozen=True, slots=True)
class Judged:
    """A chunk's verdicts, and the cursor after it."""

    verdicts: Sequence[Verdict]
    cursor: int


@dataclass
class Checking:
    """The phase from `checking` to `checked`. It remembers the rows it has seen, to find the doubled ones."""

    reader: Reader = field(default_factory=Reader)
    seen: Seen = field(default_factory=Seen)
    seen_to: int | None = None

    def prepare(self, session: Session, batch: ImportBatch, limit: int) -> Judged | None:
        """Judge the next rows; None when there are none left."""
        if self.seen_to != batch.cursor:
            self._look_back(session, batch)
        found = self.reader.lines(session, batch, batch.cursor, CHUNK)
        if not found:
            return None
        rules = _rules(session, batch)
        read = candidates.read_all(rules, found)
        known = matching.look(session, batch, read)
        self.seen_to = batch.cursor + len(found)
        return Judged([matching.judge(batch, each, known, self.seen) for each in read], self.seen_to)

    def write(self, session: Session, batch: ImportBatch, judged: Judged, *, now: datetime) -> None:
        many.execute(session.connection(), _INSERT, [row_of(batch, each) for each in judged.verdicts])
        batches.move(session, batch, judged.cursor, "check", tally(judged.verdicts))

    def end(self, session: Session, batch: ImportBatch, *, now: datetime) -> None:
        batches.finish(session, batch, State.CHECKED, now=now)

    def _look_back(self, session: Session, batch: ImportBatch) -> None:
        """Another process did the rows before: what it saw is seen again."""
        self.seen = Seen()
        rules = _rules(session, batch)
        first = batch.options["header"]
        while found := self.reader.lines(session, batch, first, batch.cursor - first):
            good = planned(session, batch, [line.number for line in found])
            for candidate in candidates.read_all(rules, [line for line in found if line.number in good]):
                self.seen.remember(candidate)
            first += len(found)


class Foreseen(NamedTuple):
    """What the check found of a row that is to be written."""

    outcome: str
    detail: dict[str, Any]


def _rules(session: Session, batch: ImportBatch) -> candidates.Reading:
    day = batches.day_of(session, batch)
    return candidates.reading(batch.kind, batch.options, day, own=own.of_batch(session, batch))


def planned(session: Session, batch: ImportBatch, numbers: Sequence[int]) -> Mapping[int, Foreseen]:
    """Those rows that are to be written, by number."""
    query = select(ImportRow.number, ImportRow.outcome, ImportRow.detail).where(
        ImportRow.batch_id == batch.id,
        ImportRow.number.between(numbers[0], numbers[-1]),
        ImportRow.outcome.in_(GOOD),
        ImportRow.fate == Fate.PLANNED,
    )
    return {row.number: Foreseen(row.outcome, row.detail) for row in session.execute(query)}


def row_of(batch: ImportBatch, verdict: Verdict) -> dict[str, Any]:
    """The columns of a planned row."""
    return {
        "batch_id": batch.id,
        "number": verdict.candidate.number,
        "outcome": verdict.outcome,
        "fate": Fate.PLANNED,
        "reason": verdict.reason,
        "detail": verdict.detail(),
        "customer_id": verdict.person.id if verdict.person else None,
        "entry_id": None,
    }


def tally(verdicts: Sequence[Verdict]) -> Counter[str]:
    """Rows by outcome; those with a notice, something to add or something different; and points."""
    counts: Counter[str] = Counter(each.outcome.value for each in verdicts)
    counts["notices"] = sum(bool(each.notices) for each in verdicts)
    counts["adding"] = sum(bool(each.adds) for each in verdicts)
    counts["differing"] = sum(bool(each.differs) for each in verdicts)
    counts["points"] = sum(each.candidate.points for each in verdicts if each.is_good)
    return +counts


_INSERT = insert(ImportRow.metadata.tables[ImportRow.__tablename__])
