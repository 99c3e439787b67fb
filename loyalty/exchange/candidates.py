"""One row of the sheet, read whole: who it may become, what was put right in it, or why it is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from loyalty.customers import quality
from loyalty.customers.emails import Email
from loyalty.customers.traits.typing import Value
from loyalty.exchange import cells
from loyalty.exchange.cells import Unusable
from loyalty.exchange.columns import NEEDED, Field
from loyalty.exchange.models import Kind
from loyalty.exchange.own import NO_COLUMNS, Columns
from loyalty.exchange.packing import Cell, Line

EARLIEST = date(1990, 1, 1)  # nobody joined a shop's programme before
FURTHEST = 20  # years points may still live
T = TypeVar("T")


class Fault(NamedTuple):
    """Why a row is refused, and the column it is about."""

    reason: str
    column: Field


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a row says. A refused one has its `fault`, and its phone where that could be read."""

    number: int  # in the sheet
    phone: str = ""  # E.164
    name: str | None = None
    email: Email | None = None
    joined_on: date | None = None
    is_member: bool = False
    points: int = 0
    expires_on: date | None = None
    note: str = ""
    notices: tuple[str, ...] = ()
    fault: Fault | None = None
    own: Mapping[str, Value] = field(default_factory=dict)  # of the shop's own fields, by key

    @property
    def opening(self) -> tuple[int, date | None]:
        return self.points, self.expires_on


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are to be read: the column of each field, the shop's day, and whether names are looked at closely."""

    kind: Kind
    columns: Mapping[Field, int]
    today: date
    doubts_names: bool = True
    own: Columns = NO_COLUMNS

    def read(self, line: Line) -> Candidate:
        """Never raises: what cannot be read is a fault, or a notice where one can do without it."""
        notices: list[str] = []
        phone = ""
        try:
            phone, repaired = cells.phone(self._cell(line, Field.PHONE))
            notices.extend(repaired)
            points, expires_on = self._points(line)
            joined_on = self._joined_on(line)
            is_member = _attempt(cells.flag, self._cell(line, Field.MEMBER), Field.MEMBER)
        except _Refused as refused:
            return Candidate(line.number, phone, notices=tuple(notices), fault=refused.fault)
        except Unusable as unusable:
            return Candidate(line.number, phone, fault=Fault(unusable.reason, Field.PHONE))
        name, email = cells.name(self._cell(line, Field.NAME)), self._email(line, notices)
        if self.doubts_names and name:
            notices.extend(f"name_{doubt.hint}" for doubt in quality.doubts(name))
        theirs = self.own.read(line, notices)
        return Candidate(
            line.number,
            phone,
            name,
            email,
            joined_on,
            is_member or joined_on is not None,
            points,
            expires_on,
            cells.text(self._cell(line, Field.NOTE)),
            tuple(notices),
            own=theirs,
        )

    def _cell(self, line: Line, field: Field) -> Cell:
        index = self.columns.get(field, -1)
        return line.cells[index] if 0 <= index < len(line.cells) else None

    def _points(self, line: Line) -> tuple[int, date | None]:
        points = _attempt(cells.points, self._cell(line, Field.POINTS), Field.POINTS)
        if not points:
            if Field.POINTS in NEEDED[self.kind] and not cells.text(self._cell(line, Field.POINTS)):
                raise _Refused(Fault("points_missing", Field.POINTS))
            return 0, None
        expires_on = _attempt(_expiry, self._cell(line, Field.EXPIRES_ON), Field.EXPIRES_ON)
        if expires_on is not None and expires_on < self.today:
            raise _Refused(Fault("expired", Field.EXPIRES_ON))
        if expires_on is not None and expires_on.year > self.today.year + FURTHEST:
            raise _Refused(Fault("expires_unclear", Field.EXPIRES_ON))
        return points, expires_on

    def _joined_on(self, line: Line) -> date | None:
        joined_on = _attempt(_joining, self._cell(line, Field.JOINED_ON), Field.JOINED_ON)
        if joined_on is not None and not EARLIEST <= joined_on <= self.today:
            raise _Refused(Fault("joined_out_of_range", Field.JOINED_ON))
        return joined_on

    def _email(self, line: Line, notices: list[str]) -> Email | None:
        """An address that is none is left out: the customer is worth more than it."""
        try:
            return cells.email(self._cell(line, Field.EMAIL))
        except Unusable as unusable:
            notices.append(unusable.reason)
            return None


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def reading(
    kind: str, options: Mapping[str, Any], today: date, *, doubts_names: bool = True, own: Columns = NO_COLUMNS
) -> Reading:
    """How a batch's rows are to be read."""
    named = {Field(name): index for name, index in options["columns"].items()}
    return Reading(Kind(kind), named, today, doubts_names, own)


def read_all(rules: Reading, lines: Sequence[Line]) -> list[Candidate]:
    return [rules.read(line) for line in lines]


def _attempt(read: Callable[[Cell], T], cell: Cell, field: Field) -> T:
    try:
        return read(cell)
    except Unusable as unusable:
        raise _Refused(Fault(unusable.reason, field)) from None


def _expiry(cell: Cell) -> date | None:
    return cells.day(cell, "expires_unclear")


def _joining(cell: Cell) -> date | None:
    return cells.day(cell, "joined_unclear")
