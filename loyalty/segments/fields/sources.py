"""Where the value of a field comes from: the same expression asked of every row of totals, or of one person.

Whatever is asked is true or false, never NULL: an expression that may be NULL is asked for that first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty.customers.models import CustomerStats
from loyalty.segments.frame import Frame
from loyalty.spelt import Either

Span = tuple[int | None, int | None]  # lowest and highest, both included; None: no end
Expr = sa.SQLColumnExpression[Any]  # a column, or something worked out of columns
Select = sa.Select[*tuple[Any, ...]]
Test = Callable[[Any], ColumnElement[bool]]
COUNT = sa.func.count(type_=sa.BigInteger())  # compared with whatever number a rule names
FARTHEST = 700_000  # days; keeps every day computed from them within the calendar


@dataclass(frozen=True, slots=True)
class Ask:
    """What a condition names beside its value, and what it is read against."""

    frame: Frame
    of: tuple[str, ...] = ()
    within: int | None = None

    @property
    def since_on(self) -> date | None:
        """The first shop day of a window that looks back: as many days ago as it says."""
        return None if self.within is None else self.frame.today - timedelta(days=min(self.within, FARTHEST))

    @property
    def since_at(self) -> datetime | None:
        return None if self.since_on is None else self.frame.shop.midnight(self.since_on)

    @property
    def until_on(self) -> date:
        """The last shop day of a window that looks ahead."""
        return self.frame.today + timedelta(days=min(self.within or 0, FARTHEST))


class Totals(Protocol):
    """One person: their row of totals as far as it is at hand, and a way to ask for the rest."""

    session: Session
    customer_id: int

    def total(self, name: str) -> Any: ...


class Source(Protocol):
    """`test` says whether the value passes, of every row; `fact` is the value for one person, None for none."""

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]: ...

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        """Whether a number lies in one of the spans."""

    def fact(self, person: Totals, ask: Ask) -> Any: ...


def in_spans(column: Expr, spans: Sequence[Span]) -> ColumnElement[bool]:
    """Single numbers as one list, the others by their ends; as wide as any number a rule may name."""
    column = sa.type_coerce(column, sa.BigInteger())
    single = [low for low, high in spans if low is not None and low == high]
    wider = [(low, high) for low, high in spans if low is None or low != high]
    parts = [sa.and_(sa.true(), *_bounds(column, low, high)) for low, high in wider]
    return sa.or_(*([column.in_(single)] if single else [sa.false()]), *parts)


def _bounds(column: Expr, low: int | None, high: int | None) -> list[ColumnElement[bool]]:
    bounds = [] if low is None else [column >= low]
    return [*bounds, *([] if high is None else [column <= high])]


@dataclass(frozen=True, slots=True)
class Total:
    """A column of the totals."""

    name: str
    may_lack: bool = False

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        column = getattr(CustomerStats, self.name)
        return sa.and_(column.is_not(None), passes(column)) if self.may_lack else passes(column)

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        return self.test(lambda column: in_spans(column, spans), ask)

    def fact(self, person: Totals, ask: Ask) -> Any:
        return person.total(self.name)


@dataclass(frozen=True, slots=True)
class Worked:
    """Worked out of the totals, or looked up for each row of them. `made` may be NULL."""

    made: Callable[[Ask], Expr]

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        return sa.func.coalesce(passes(self.made(ask)), sa.false())

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        return self.test(lambda value: in_spans(value, spans), ask)

    def fact(self, person: Totals, ask: Ask) -> Any:
        query = sa.select(self.made(ask)).select_from(CustomerStats)
        return person.session.scalar(query.where(CustomerStats.customer_id == person.customer_id))


class Gathered(Either):
    """Whether a customer is among those gathered first, or, the same, has such a row.

    It says not that it is a boolean: SQLAlchemy would ask SQLite whether it is 1, and so of every customer.
    """

    inherit_cache = True


@dataclass(frozen=True, slots=True)
class Beside:
    """Worked out of a row beside the totals, at most one a customer; `owner` says whose it is, `only` which it is.

    Asked as whether there is such a row: PostgreSQL makes a join of that, SQLite one look into the table's key. With an
    index by value (`is_indexed`) SQLite gathers them first where everybody is asked: 0.4 of the time of 200,000 looks.
    PostgreSQL must not: a list too long for its memory it goes through for each customer, where `not` or `or` asks.
    """

    owner: InstrumentedAttribute[int]
    made: Callable[[Ask], Expr]
    only: ColumnElement[bool] = field(default_factory=sa.true)
    is_indexed: bool = False

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        value = self.made(ask)
        holds = sa.and_(self.only, value.is_not(None), passes(value))
        is_there = sa.exists().where(self.owner == CustomerStats.customer_id, holds)
        if self.is_indexed and ask.frame.of_everybody:
            return Gathered(CustomerStats.customer_id.in_(sa.select(self.owner).where(holds)), is_there)
        return is_there

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        return self.test(lambda value: in_spans(value, spans), ask)

    def fact(self, person: Totals, ask: Ask) -> Any:
        query = sa.select(self.made(ask)).where(self.owner == person.customer_id, self.only)
        return person.session.scalar(query)


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows there are; `rows` selects them for a row of totals. As a flag: whether there are any."""

    rows: Callable[[Ask], Select]

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        return passes(self.rows(ask).correlate(CustomerStats).exists())

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        return sa.or_(sa.false(), *(self._among(span, ask) for span in spans))

    def fact(self, person: Totals, ask: Ask) -> int:
        rows = self.rows(ask).correlate(CustomerStats).with_only_columns(COUNT)
        query = sa.select(rows.scalar_subquery()).select_from(CustomerStats)
        return person.session.scalar(query.where(CustomerStats.customer_id == person.customer_id)) or 0

    def _among(self, span: Span, ask: Ask) -> ColumnElement[bool]:
        """Whether there is any, or none, needs no counting."""
        low, high = max(span[0] or 0, 0), span[1]
        rows = self.rows(ask).correlate(CustomerStats)
        if high is not None and high < low:
            return sa.false()
        if high is None and low <= 1:
            return rows.exists() if low else sa.true()
        if high == 0:
            return sa.not_(rows.exists())
        count = rows.with_only_columns(COUNT).scalar_subquery()
        return sa.and_(sa.true(), *_bounds(count, low or None, high))


@dataclass(frozen=True, slots=True)
class Marks:
    """Texts of which one may have several: rows of `value`, selected for a row of totals."""

    rows: Callable[[Ask], Select]
    value: Expr

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        return self.rows(ask).correlate(CustomerStats).where(passes(self.value)).exists()

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        raise NotImplementedError  # texts lie in no span

    def fact(self, person: Totals, ask: Ask) -> list[str]:
        theirs = self.rows(ask).where(CustomerStats.customer_id == person.customer_id)
        return list(person.session.scalars(theirs.distinct().order_by(self.value)))


class Belonging:
    """Of another segment: its own rules decide, see `compile` and `people`."""

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        raise NotImplementedError

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        raise NotImplementedError

    def fact(self, person: Totals, ask: Ask) -> Any:
        raise NotImplementedError
