"""All that is stored of customers' points, read a chunk of customers at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from loyalty.points.accounts import CUSTOMERS
from loyalty.points.ledger import LEDGER
from loyalty.points.lots import LOTS, SPENDS
from loyalty.points.models import EntryKind
from loyalty.points.occasions import GIFTS
from loyalty.points.rating.caps import AWARDS
from loyalty.points.rating.earning import Step
from loyalty.points.tiers.changes import HISTORY
from loyalty.programme.document import Programme
from loyalty.purchases.models import PurchaseLine, PurchaseReturn, PurchaseReturnLine
from loyalty.purchases.stats import PURCHASES, STATS

CHUNK = 1000  # customers
RETURNS = PurchaseReturn.metadata.tables[PurchaseReturn.__tablename__]


class Given(NamedTuple):
    """What the rules of the programme added with one entry: ₫ before the tier's multiplier, and points."""

    amount: int
    points: int


@dataclass(frozen=True, slots=True)
class Books:
    """All rows of one customer. `ledger` in order of `seq`; the rest by id."""

    public_id: str
    totals: Any  # their customer_stats row
    ledger: Sequence[Any]
    lots: Mapping[int, Any]  # by entry
    spends: Sequence[Any]  # what movements took from lots
    purchases: Mapping[int, Any]
    rules: Mapping[int, Programme]  # by version
    given: Mapping[int, Given]  # by entry
    returns: Mapping[int, Any]  # by the entry each made
    gifts: Mapping[int, Any]  # by entry
    odd_lines: Sequence[Any]  # of bills, where what came back is not the sum of the returns
    tiers: Sequence[Any] = ()  # their steps, oldest first

    def expired(self, lot_id: int) -> int:
        """Points of a lot nobody used in time."""
        ends = {entry.id for entry in self.ledger if entry.kind == EntryKind.EXPIRE}
        return sum(spend.points for spend in self.spends if spend.lot_id == lot_id and spend.entry_id in ends)

    def reversed_ids(self) -> set[int]:
        return {entry.reverses_id for entry in self.ledger if entry.reverses_id is not None}


def next_ids(session: Session, after: int) -> Sequence[int]:
    """The next `CHUNK` customers after an id, ascending."""
    query = select(CUSTOMERS.c.id).where(CUSTOMERS.c.id > after).order_by(CUSTOMERS.c.id).limit(CHUNK)
    return session.connection().scalars(query).all()


def read(session: Session, ids: Sequence[int], rules: Mapping[int, Programme]) -> Iterator[Books]:
    """The books of a chunk of customers, `ids` ascending; `rules` by version."""
    span = (ids[0], ids[-1])
    query = select(CUSTOMERS.c.id, CUSTOMERS.c.public_id, STATS).outerjoin(STATS, STATS.c.customer_id == CUSTOMERS.c.id)
    people = session.connection().execute(query.where(CUSTOMERS.c.id.between(*span)).order_by(CUSTOMERS.c.id)).all()
    entries = _grouped(session, select(LEDGER).order_by(LEDGER.c.customer_id, LEDGER.c.seq), LEDGER, span)
    lots = _grouped(session, select(LOTS), LOTS, span)
    spends = _grouped(session, select(SPENDS), SPENDS, span)
    purchases = _grouped(session, select(PURCHASES).order_by(PURCHASES.c.id), PURCHASES, span)
    given = _given(session, span)
    returns = _grouped(session, _RETURNS, PURCHASES, span)
    gifts = _grouped(session, select(GIFTS), GIFTS, span)
    odd_lines = _grouped(session, _ODD_LINES, PURCHASES, span)
    tiers = _grouped(session, select(HISTORY).order_by(HISTORY.c.id), HISTORY, span)
    for person in people:
        yield Books(
            person.public_id,
            None if person.customer_id is None else person,
            entries.get(person.id, ()),
            _by(lots.get(person.id, ()), "entry_id"),
            spends.get(person.id, ()),
            _by(purchases.get(person.id, ()), "id"),
            rules,
            given.get(person.id, {}),
            _by(returns.get(person.id, ()), "entry_id"),
            _by(gifts.get(person.id, ()), "entry_id"),
            odd_lines.get(person.id, ()),
            tiers.get(person.id, ()),
        )


def _given(session: Session, span: tuple[int, int]) -> Mapping[int, Mapping[int, Given]]:
    """What rules added, by customer and entry; what they excluded stands in the purchase."""
    found: dict[int, dict[int, Given]] = defaultdict(dict)
    for customer_id, rows in _grouped(session, select(AWARDS), AWARDS, span).items():
        for row in rows:
            before = found[customer_id].get(row.entry_id, Given(0, 0))
            amount = row.amount if row.step in (Step.LINE, Step.BILL) else 0
            found[customer_id][row.entry_id] = Given(before.amount + amount, before.points + row.points)
    return found


def _grouped(session: Session, query: Select[Any], table: Any, span: tuple[int, int]) -> Mapping[int, Sequence[Any]]:
    """The rows of a chunk of customers, by customer."""
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in session.connection().execute(query.where(table.c.customer_id.between(*span))):
        groups[row.customer_id].append(row)
    return groups


def _by(rows: Iterable[Any], name: str) -> Mapping[int, Any]:
    key = attrgetter(name)
    return {key(row): row for row in rows}


_RETURNS = (
    select(RETURNS, PURCHASES.c.customer_id)
    .join(PURCHASES, PURCHASES.c.id == RETURNS.c.purchase_id)
    .order_by(RETURNS.c.id)
)
_FOUND = (
    select(func.coalesce(func.sum(PurchaseReturnLine.quantity), 0))
    .join(RETURNS, RETURNS.c.id == PurchaseReturnLine.return_id)
    .where(PurchaseReturnLine.line_id == PurchaseLine.id, RETURNS.c.state == "standing")
    .correlate(PurchaseLine)
    .scalar_subquery()
)
_ODD_LINES = (
    select(
        PURCHASES.c.customer_id,
        PURCHASES.c.public_id.label("purchase"),
        PurchaseLine.position,
        PurchaseLine.returned_quantity,
        _FOUND.label("found"),
    )
    .join(PURCHASES, PURCHASES.c.id == PurchaseLine.purchase_id)
    .where(PurchaseLine.returned_quantity != _FOUND)
    .order_by(PurchaseLine.id)
)
