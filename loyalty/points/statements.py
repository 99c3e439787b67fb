"""A customer's statement: what they had, what came and went by kind, what they had then, for a span of shop days.

A period is a stretch of the ledger, between the last movement before it and its own last one. So what it opens with and
its sums are always what it closes with, and one period begins with what the period before it closed with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session

from loyalty.errors import RuleViolation
from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind, LedgerEntry

DAY = timedelta(days=1)


class Sum(StrEnum):
    """What points came by or went for."""

    EARNED = "earned"
    BONUS = "bonus"  # on an occasion without a bill
    RELEASED = "released"  # promised before, usable now
    ADJUSTED = "adjusted"  # by hand, or brought along
    GIVEN_BACK = "given_back"  # what was used or taken by hand came back
    TAKEN_BACK = "taken_back"  # what a bill or a hand gave was undone
    USED = "used"
    EXPIRED = "expired"


KINDS: Mapping[EntryKind, tuple[Sum, Sum]] = {  # of movements that give, and of those that take
    EntryKind.EARN: (Sum.EARNED, Sum.EARNED),
    EntryKind.BONUS: (Sum.BONUS, Sum.BONUS),
    EntryKind.RELEASE: (Sum.RELEASED, Sum.RELEASED),
    EntryKind.ADJUST: (Sum.ADJUSTED, Sum.ADJUSTED),
    EntryKind.REVERSE: (Sum.GIVEN_BACK, Sum.TAKEN_BACK),
    EntryKind.BURN: (Sum.USED, Sum.USED),
    EntryKind.EXPIRE: (Sum.EXPIRED, Sum.EXPIRED),
    EntryKind.RETURN: (Sum.GIVEN_BACK, Sum.TAKEN_BACK),  # goods that came back; given back is what had paid them
}


class BadPeriod(RuleViolation):
    """It ends before it begins."""

    code = "bad_period"

    def __init__(self) -> None:
        super().__init__("ends before it begins", field="to")


class Place(NamedTuple):
    """How far the ledger is, and the balance there."""

    seq: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A span of shop days, both included. `sums` has every kind, signed whole points."""

    customer_id: int
    first: date
    last: date
    opening: int
    sums: Mapping[Sum, int]
    closing: int
    after: int  # its movements have a `seq` above this
    upto: int  # and at most this

    @property
    def count(self) -> int:
        """How many movements there are."""
        return self.upto - self.after


def of(session: Session, customer_id: int, first: date, last: date) -> Statement:
    """The statement of a span of shop days. What it costs depends on the span and on what came after. Raises BadPeriod.

    Of a customer there is not, everything is 0.
    """
    if last < first:
        raise BadPeriod
    before, end = _place(session, customer_id, first - DAY), _place(session, customer_id, last)
    sums = _sums(session, customer_id, before.seq, end.seq)
    return Statement(customer_id, first, last, before.balance, sums, end.balance, before.seq, end.seq)


def list_entries(
    session: Session, statement: Statement, *, after: int | None = None, limit: int = 50
) -> Sequence[LedgerEntry]:
    """A page of its movements, oldest first; `after` is the `seq` of the last one of the page before."""
    begin = statement.after if after is None else max(after, statement.after)
    return session.scalars(_stretch(statement, begin).order_by(LedgerEntry.seq).limit(limit)).all()


def list_newest(session: Session, statement: Statement, *, limit: int) -> Sequence[LedgerEntry]:
    """Its last movements, newest first."""
    return session.scalars(_stretch(statement, statement.after).order_by(LedgerEntry.seq.desc()).limit(limit)).all()


def _stretch(statement: Statement, begin: int) -> Select[LedgerEntry]:
    return select(LedgerEntry).where(
        LedgerEntry.customer_id == statement.customer_id, LedgerEntry.seq > begin, LedgerEntry.seq <= statement.upto
    )


def _place(session: Session, customer_id: int, day: date) -> Place:
    """Where the ledger was at the end of a shop day: looked for from its end, for statements are mostly of late."""
    row = session.execute(
        select(LEDGER.c.seq, LEDGER.c.balance_after)
        .where(LEDGER.c.customer_id == customer_id, LEDGER.c.posted_on <= day)
        .order_by(LEDGER.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return Place(0, 0) if row is None else Place(row.seq, row.balance_after)


def _sums(session: Session, customer_id: int, after: int, upto: int) -> Mapping[Sum, int]:
    takes = LEDGER.c.points < literal_column("0")  # no parameter: grouped by as it is selected
    rows = session.execute(
        select(LEDGER.c.kind, takes, func.sum(LEDGER.c.points))
        .where(LEDGER.c.customer_id == customer_id, LEDGER.c.seq > after, LEDGER.c.seq <= upto)
        .group_by(LEDGER.c.kind, takes)
    )
    sums = dict.fromkeys(Sum, 0)
    for kind, is_taking, points in rows:
        sums[KINDS[EntryKind(kind)][bool(is_taking)]] += int(points)
    return sums
