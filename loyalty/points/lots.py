"""The points of one earning, together until they are spent, expire or their earning is undone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from loyalty import prepared
from loyalty.points.models import EntryKind, LedgerEntry, Lot, LotSpend
from loyalty.programme.document import Programme
from loyalty.programme.expiry import last_day

LEDGER = LedgerEntry.metadata.tables[LedgerEntry.__tablename__]
LOTS = Lot.metadata.tables[Lot.__tablename__]
SPENDS = LotSpend.metadata.tables[LotSpend.__tablename__]
IS_PROMISE = LOTS.c.promised & LOTS.c.release_id.is_(None)  # no part of the balance yet
NEXT_DAY = timedelta(days=1)


class Expiring(NamedTuple):
    """Whole points that can be used through the end of a shop day."""

    points: int
    on: date


class Promised(NamedTuple):
    """Whole points that can be used from a shop day on; None: once somebody says so."""

    points: int
    on: date | None


@dataclass(frozen=True, slots=True)
class Share:
    """Whole points of one lot, by the id of the movement that made it: positive ones leave it, negative come back."""

    lot_id: int
    points: int


def expiry(programme: Programme, earned_on: date) -> date:
    """The last day a lot can be used, under a policy known on the day of earning: 12 months from 29/2 end with 28/2.

    The day of earning does not count and the last day counts whole. `date.max` where points do not end.
    """
    return last_day(programme.expiry, earned_on) or date.max


def row_of(entry_id: int, entry: Mapping[str, Any], expires_on: date, *, moves: bool = False) -> dict[str, Any]:
    """The lot of an earning that gave points; whether its end `moves` with what its customer does."""
    return {
        "entry_id": entry_id,
        "customer_id": entry["customer_id"],
        "points": entry["points"],
        "remaining": entry["points"],
        "expires_on": expires_on,
        "moves": moves,
    }


def changes_on(known: date | None, expires_on: date) -> date:
    """The shop day to look at a customer's lots again, with one more that can be used through `expires_on`."""
    ends = expires_on if expires_on == date.max else expires_on + NEXT_DAY
    return ends if known is None else min(known, ends)


def next_change(session: Session, customer_id: int) -> date | None:
    """The first shop day on which a lot has ended or a promise falls due, as the lots are now."""
    connection, mine = session.connection(), {"customer_id": customer_id}
    ends = connection.scalar(_FIRST_END, mine)
    due = connection.scalar(_FIRST_DUE, mine)
    days = [day for day in (ends and changes_on(None, ends), due) if day is not None]
    return min(days, default=None)


def find(session: Session, entry_id: int) -> Lot | None:
    """The lot of an earning, as it is now; None where it gave no points."""
    return session.get(Lot, entry_id, populate_existing=True)


def is_promise(lot: Lot) -> bool:
    """Whether its points are promised only, and no part of the balance yet."""
    return lot.promised and lot.release_id is None


def expired(session: Session, lot_id: int) -> int:
    """Whole points of a lot that nobody used in time."""
    return int(session.connection().scalar(_EXPIRED, {"lot_id": lot_id}) or 0)


def soonest(session: Session, customer_id: int, points: int, *, but: int | None = None) -> list[Share]:
    """So many points out of the lots that end first; fewer only when the lots hold fewer. The caller holds the lock.

    `but` is a lot to leave alone.
    """
    shares, missing = [], points
    for row in session.connection().execute(_USABLE, {"customer_id": customer_id}):
        if missing == 0:
            break
        if row.entry_id == but:
            continue
        share = Share(row.entry_id, min(row.remaining, missing))
        shares.append(share)
        missing -= share.points
    return shares


def ended(session: Session, customer_id: int, today: date) -> list[Share]:
    """What nobody used in the lots that ended before a shop day."""
    rows = session.connection().execute(_ENDED, {"customer_id": customer_id, "today": today})
    return [Share(row.entry_id, row.remaining) for row in rows]


def taken_by(session: Session, entry_id: int) -> list[Share]:
    """What a movement took, lot by lot."""
    rows = session.connection().execute(_TAKEN, {"entry_id": entry_id})
    return [Share(row.lot_id, row.points) for row in rows]


def opposite(shares: Iterable[Share]) -> list[Share]:
    return [Share(share.lot_id, -share.points) for share in shares]


def move(session: Session, entry_id: int, customer_id: int, shares: Sequence[Share]) -> None:
    """Write down that a movement took these shares, and take them: the database refuses more than a lot has."""
    if not shares:
        return
    connection = session.connection()
    rows = [{"entry_id": entry_id, "customer_id": customer_id, **_columns(share)} for share in shares]
    connection.execute(_SPEND, rows)
    connection.execute(_TAKE, [{"of_lot": share.lot_id, "taken": share.points} for share in shares])


def close_lot(session: Session, entry_id: int, *, now: datetime) -> None:
    """The earning of a lot was undone: it takes nothing back any more."""
    session.connection().execute(update(LOTS).where(LOTS.c.entry_id == entry_id).values(closed_at=now))


def next_expiring(session: Session, customer_id: int, day: date) -> Expiring | None:
    """The points that go first, on a shop day or after it: how many, and the last day they can be used.

    None: there are none, or none of them end.
    """
    row = prepared.one(session.connection(), _SOONEST, {"customer_id": customer_id, "today": day})
    return None if row[1] is None else Expiring(int(row[0]), row[1])


def pending(session: Session, customer_id: int) -> Sequence[Promised]:
    """What is promised and no part of the balance yet, by the day it falls due, those without a day last."""
    rows = prepared.rows(session.connection(), _PENDING, {"customer_id": customer_id})
    found = [Promised(int(row.points), row.available_on) for row in rows]
    return sorted(found, key=lambda promised: promised.on or date.max)


def insert_promise(connection: Connection, row: Mapping[str, Any], available_on: date | None) -> None:
    """A lot that is no part of the balance before its release."""
    prepared.run(connection, _INSERT, {**row, "promised": True, "available_on": available_on})


def _columns(share: Share) -> dict[str, int]:
    return {"lot_id": share.lot_id, "points": share.points}


_MINE = (LOTS.c.customer_id == bindparam("customer_id"), LOTS.c.remaining > 0)
_HELD = (*_MINE, ~IS_PROMISE)
_FIRST_END = select(func.min(LOTS.c.expires_on)).where(*_HELD)
_FIRST_DUE = select(func.min(LOTS.c.available_on)).where(*_MINE, IS_PROMISE)
_PENDING = (
    select(func.sum(LOTS.c.remaining).label("points"), LOTS.c.available_on)
    .where(*_MINE, IS_PROMISE)
    .group_by(LOTS.c.available_on)
)
_USABLE = select(LOTS.c.entry_id, LOTS.c.remaining).where(*_HELD).order_by(LOTS.c.expires_on, LOTS.c.entry_id)
_ENDING = (*_HELD, LOTS.c.expires_on.between(bindparam("today", type_=Date()), date.max - NEXT_DAY))
_FIRST_ENDING = select(func.min(LOTS.c.expires_on)).where(*_ENDING).scalar_subquery()
_SOONEST = select(func.sum(LOTS.c.remaining), func.min(LOTS.c.expires_on)).where(
    *_ENDING, LOTS.c.expires_on == _FIRST_ENDING
)
_ENDED = _USABLE.where(LOTS.c.expires_on < bindparam("today"))
_TAKEN = select(SPENDS.c.lot_id, SPENDS.c.points).where(SPENDS.c.entry_id == bindparam("entry_id"))
_EXPIRED = (
    select(func.sum(SPENDS.c.points))
    .join_from(SPENDS, LEDGER, LEDGER.c.id == SPENDS.c.entry_id)
    .where(SPENDS.c.lot_id == bindparam("lot_id"), LEDGER.c.kind == EntryKind.EXPIRE.value)
)
_INSERT = insert(LOTS)
_SPEND = insert(SPENDS)
_TAKE = (
    update(LOTS)
    .where(LOTS.c.entry_id == bindparam("of_lot"))
    .values(remaining=LOTS.c.remaining - bindparam("taken", type_=LOTS.c.points.type))
)
