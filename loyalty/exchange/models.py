"""Spreadsheets on their way in, what became of every row, and who took what out."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Kind(StrEnum):
    CUSTOMERS = "customers"
    BALANCES = "balances"


class State(StrEnum):
    RECEIVING = "receiving"  # the file is being taken in
    COLUMNS = "columns"  # a person must say which column is what
    CHECKING = "checking"
    CHECKED = "checked"  # nothing is written yet: waits for a person
    WRITING = "writing"
    STOPPED = "stopped"  # while writing; goes on where it was
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    NEW = "new"
    KNOWN = "known"
    DUPLICATE = "duplicate"  # of an earlier row of the same file
    REFUSED = "refused"


class Fate(StrEnum):
    PLANNED = "planned"
    WRITTEN = "written"
    UNDONE = "undone"
    KEPT = "kept"  # could not be undone; the reason says why


WORKING = (State.CHECKING, State.WRITING, State.UNDOING)
GONE = (State.CANCELLED, State.UNDONE)
_STANDS = text("state NOT IN ('cancelled', 'undone')")


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(each.value) for each in values)})", name=column)


class ImportBatch(Base):
    """One file, from upload to undo. As long as it stands, the same bytes are not taken in again."""

    __tablename__ = "import_batch"
    __table_args__ = (
        _one_of("kind", Kind),
        _one_of("state", State),
        Index("uq_import_batch_digest", "digest", unique=True, postgresql_where=_STANDS, sqlite_where=_STANDS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    actor: Mapped[str]  # staff:<public id> or cli
    source: Mapped[str]  # console or cli
    title: Mapped[bytes]  # cell under the installation's key: the file's name, which may name a person
    digest: Mapped[bytes]  # keyed look-up of kind and content
    options: Mapped[dict[str, Any]]  # header (its row), columns (index by field), create_missing, encoding
    rows: Mapped[int]  # of the sheet, heads and blank ones included
    cursor: Mapped[int]  # the last sheet row the present phase is done with
    counts: Mapped[dict[str, Any]]  # by phase (check, write, undo): how many rows came to what, and points
    owner: Mapped[str | None]  # the process at work
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]  # written, cancelled or undone
    file_gone_at: Mapped[datetime | None]  # when its rows were deleted


class ImportChunk(Base):
    """500 rows of a waiting file: JSON sealed under the installation's key."""

    __tablename__ = "import_chunk"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # 0, 1, 2 …
    body: Mapped[bytes]


class ImportRow(Base):
    """What a row came to. It holds nothing the row said, only codes, counts and what it made."""

    __tablename__ = "import_row"
    __table_args__ = (
        _one_of("outcome", Outcome),
        _one_of("fate", Fate),
        Index("ix_import_row_batch_id_outcome_number", "batch_id", "outcome", "number"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # the row's number in the sheet, from 1
    outcome: Mapped[str]
    fate: Mapped[str]
    reason: Mapped[str | None]  # why refused, doubled or kept
    detail: Mapped[dict[str, Any]]  # column, of (the earlier row), adds, differs, notices, points, filled
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)


class ExportLog(Base):
    """A list that was taken out: by whom, how many rows, and why."""

    __tablename__ = "export_log"
    __table_args__ = (Index("ix_export_log_actor_on", "actor", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    actor: Mapped[str]
    role: Mapped[str]
    source: Mapped[str]
    what: Mapped[str]  # customers, or segment:<public id>
    revealed: Mapped[bool]  # whole phones and e-mails
    rows: Mapped[int]
    reason: Mapped[bytes]  # cell under the installation's key: it may name a person
    at: Mapped[datetime]
    on: Mapped[date]  # the shop's day
