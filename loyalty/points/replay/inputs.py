"""What went in, of a chunk of customers: read once, in a fixed number of queries, and forgotten with the chunk."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, column, select, table
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.points.accounts import CUSTOMERS
from loyalty.points.ledger import LEDGER
from loyalty.points.lots import LOTS
from loyalty.points.models import TierReason
from loyalty.points.occasions import GIFTS
from loyalty.points.rating.caps import AWARDS
from loyalty.points.rating.looking import FACTS
from loyalty.points.tiers.changes import HISTORY
from loyalty.purchases.models import PurchaseLine, PurchaseReturn
from loyalty.purchases.stats import PURCHASES, STATS

CHUNK = 500
LINES = PurchaseLine.metadata.tables[PurchaseLine.__tablename__]
RETURNS = PurchaseReturn.metadata.tables[PurchaseReturn.__tablename__]
TOLD = Activity.metadata.tables[Activity.__tablename__]
REDEMPTIONS = table("redemption", column("customer_id"), column("entry_id"), column("price"))  # a floor below this one


@dataclass(frozen=True, slots=True)
class Inputs:
    """Of one customer. `ledger` in order of `seq`, `steps` (of tiers) and the rest by id, or by the entry they name."""

    id: int
    public_id: str
    created_at: datetime
    joined_at: datetime | None
    totals: Any  # their customer_stats row
    ledger: Sequence[Any]
    lots: Mapping[int, Any]
    purchases: Mapping[int, Any]
    lines: Mapping[int, Sequence[Any]]  # by purchase
    returns: Mapping[int, Any]
    facts: Mapping[int, Any]
    ruled: Mapping[int, Mapping[str, Any]]  # what each rule gave, by entry and code
    gifts: Mapping[int, Any]
    prices: Mapping[int, int]
    steps: Sequence[Any]
    hands: Mapping[datetime, str]  # the tier a hand set, by instant
    records: Sequence[Any]  # that moved into this one: when, and the orders they had


def read(session: Session, ids: Sequence[int]) -> Iterator[Inputs]:
    """The inputs of customers between the first and the last of these ids."""
    span = (ids[0], ids[-1])
    people = session.connection().execute(_PEOPLE.where(CUSTOMERS.c.id.between(*span)).order_by(CUSTOMERS.c.id)).all()
    found = {name: _grouped(session, query, column, span) for name, (query, column) in _QUERIES.items()}
    for person in people:
        yield _inputs(person, {name: rows.get(person.id, ()) for name, rows in found.items()})


def next_ids(session: Session, after: int) -> Sequence[int]:
    query = select(CUSTOMERS.c.id).where(CUSTOMERS.c.id > after).order_by(CUSTOMERS.c.id).limit(CHUNK)
    return session.connection().scalars(query).all()


def first_day(session: Session) -> date | None:
    """The shop day of the first movement of all."""
    found: date | None = session.scalar(select(LEDGER.c.posted_on).order_by(LEDGER.c.posted_on).limit(1))
    return found


def _inputs(person: Any, rows: Mapping[str, Sequence[Any]]) -> Inputs:
    return Inputs(
        id=person.id,
        public_id=person.public_id,
        created_at=person.created_at,
        joined_at=person.joined_at,
        totals=None if person.customer_id is None else person,
        ledger=rows["ledger"],
        lots={row.entry_id: row for row in rows["lots"]},
        purchases={row.id: row for row in rows["purchases"]},
        lines=_by_purchase(rows["lines"]),
        returns={row.entry_id: row for row in rows["returns"]},
        facts={row.entry_id: row for row in rows["facts"]},
        ruled=_by_rule(rows["ruled"]),
        gifts={row.entry_id: row for row in rows["gifts"]},
        prices={row.entry_id: row.price for row in rows["prices"] if row.entry_id is not None},
        steps=rows["steps"],
        hands={row.at: row.data["tier"] for row in rows["hands"]},
        records=rows["records"],
    )


def _by_purchase(lines: Sequence[Any]) -> Mapping[int, Sequence[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        found[line.purchase_id].append(line)
    return found


def _by_rule(rows: Sequence[Any]) -> Mapping[int, Mapping[str, Any]]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        found[row.entry_id][row.code] = row
    return found


def _grouped(session: Session, query: Select[Any], of: Any, span: tuple[int, int]) -> Mapping[int, Sequence[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in session.connection().execute(query.where(of.between(*span))):
        groups[row.of_customer].append(row)
    return groups


def _of(table_: Any, *more: Any) -> tuple[Select[Any], Any]:
    return select(table_, table_.c.customer_id.label("of_customer")).order_by(*more), table_.c.customer_id


def _of_bills(table_: Any) -> tuple[Select[Any], Any]:
    query = select(table_, PURCHASES.c.customer_id.label("of_customer"))
    joined = query.join_from(table_, PURCHASES, PURCHASES.c.id == table_.c.purchase_id)
    return joined.order_by(table_.c.id), PURCHASES.c.customer_id


_PEOPLE = select(
    CUSTOMERS.c.id, CUSTOMERS.c.public_id, CUSTOMERS.c.created_at, CUSTOMERS.c.joined_at,
    STATS.c.customer_id, STATS.c.points, STATS.c.points_pending, STATS.c.carry, STATS.c.tier,
).outerjoin(STATS, STATS.c.customer_id == CUSTOMERS.c.id)  # fmt: skip
_QUERIES: Mapping[str, tuple[Select[Any], Any]] = {
    "ledger": _of(LEDGER, LEDGER.c.customer_id, LEDGER.c.seq),
    "lots": _of(LOTS, LOTS.c.entry_id),
    "purchases": _of(PURCHASES, PURCHASES.c.id),
    "lines": _of_bills(LINES),
    "returns": _of_bills(RETURNS),
    "facts": _of(FACTS, FACTS.c.entry_id),
    "ruled": _of(AWARDS, AWARDS.c.entry_id),
    "gifts": _of(GIFTS, GIFTS.c.entry_id),
    "prices": _of(REDEMPTIONS, REDEMPTIONS.c.entry_id),
    "steps": _of(HISTORY, HISTORY.c.id),
    "hands": (
        select(TOLD.c.at, TOLD.c.data, HISTORY.c.customer_id.label("of_customer"))
        .join_from(HISTORY, TOLD, (TOLD.c.customer_id == HISTORY.c.customer_id) & (TOLD.c.at == HISTORY.c.at))
        .where(HISTORY.c.reason == TierReason.MANUAL, TOLD.c.kind == "tier_set"),
        HISTORY.c.customer_id,
    ),
    "records": (
        select(CUSTOMERS.c.moved_to_id.label("of_customer"), CUSTOMERS.c.erased_at, STATS.c.orders).join_from(
            CUSTOMERS, STATS, STATS.c.customer_id == CUSTOMERS.c.id
        ),
        CUSTOMERS.c.moved_to_id,
    ),
}
