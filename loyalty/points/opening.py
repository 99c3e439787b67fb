"""Opening balances: the points people bring from the shop's old list, each amount a dated lot of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from loyalty import many, shop
from loyalty.activity import timeline
from loyalty.activity.timeline import Happening
from loyalty.points import accounts, debts, ledger, lots
from loyalty.points.accounts import Account
from loyalty.points.ending import moving
from loyalty.points.ledger import LEDGER, Movement
from loyalty.points.lots import LOTS
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.returns import reversal
from loyalty.points.returns.reversal import NotUndoable
from loyalty.programme import versions


@dataclass(frozen=True, slots=True)
class Opening:
    """Whole points, 1 or more, to begin with. `expires_on` is their last usable day; None: as if earned today."""

    customer_id: int
    points: int
    key: str
    expires_on: date | None = None


def give_many(
    session: Session,
    openings: Sequence[Opening],
    *,
    actor: str,
    now: datetime,
    newborn: Mapping[int, Account] = MappingProxyType({}),
) -> Mapping[str, int]:
    """Post each as a movement of kind `adjust` with a lot; the ids of the entries by key, those already there too.

    Carry, totals and tier stay as they are. Erased customers get nothing and are left out. `newborn` are the accounts
    of customers made in this transaction: nobody else can know them yet. Raises NoProgramme.
    """
    today = shop.of(session).day(now)
    others = [each for each in openings if each.customer_id not in newborn]
    held = {**newborn, **accounts.lock_many(session, sorted({each.customer_id for each in others}))}
    known = _entries(session, [each.key for each in others])
    due = [each for each in openings if each.key not in known and each.customer_id in held]
    if not due:
        return known
    rules = versions.at(session, today)
    last_days = {
        each.key: each.expires_on or moving.expires_on(session, rules, held[each.customer_id], today, today)
        for each in due
    }
    moves = {each.key: each.expires_on is None and moving.is_moving(rules) for each in due}
    rows = [_movement(session, held, each, last_days[each.key], actor, now) for each in due]
    connection = session.connection()
    many.execute(connection, _ENTRIES, [dict(row) for row in rows])
    made = _entries(session, [row["idempotency_key"] for row in rows])
    keyed = ((row["idempotency_key"], row) for row in rows)
    many.execute(
        connection, _LOTS, [lots.row_of(made[key], row, last_days[key], moves=moves[key]) for key, row in keyed]
    )
    for entry in _paying(session, rows, made):
        debts.pay(session, entry, entry.id)
    accounts.save_many(session, [held[customer_id] for customer_id in sorted({each.customer_id for each in due})])
    told = (Happening(each.customer_id, "points_opened", now, _told(each.points, made[each.key])) for each in due)
    timeline.record_many(session, list(told))
    return {**known, **made}


def take_back(session: Session, entry_id: int, *, actor: str, key: str, now: datetime) -> LedgerEntry:
    """Reverse an opening balance whose points are all still there; the same `key` returns the first reversal.

    Raises EntryNotFound, NotUndoable (no opening balance), AlreadyUndone, PointsSpent, IdempotencyConflict.
    """
    if ledger.get(session, entry_id).kind != EntryKind.ADJUST:
        raise NotUndoable(number=entry_id)
    return reversal.undo(session, entry_id, actor=actor, key=key, now=now).entry


def _movement(
    session: Session, held: dict[int, Account], opening: Opening, last_day: date, actor: str, now: datetime
) -> dict[str, Any]:
    """The ledger row of an opening; its account goes on from it."""
    movement = Movement(EntryKind.ADJUST, opening.points, 0, 0, opening.key, actor)
    row, account = ledger.row_of(session, held[opening.customer_id], movement, now=now)
    held[opening.customer_id] = replace(account, next_change_on=lots.changes_on(account.next_change_on, last_day))
    return row


def _paying(session: Session, rows: Sequence[Mapping[str, Any]], made: Mapping[str, int]) -> Iterator[LedgerEntry]:
    """The movements of whoever owed points before them."""
    for row in rows:
        if row["balance_after"] < row["points"]:
            yield ledger.get(session, made[row["idempotency_key"]])


def _entries(session: Session, keys: Sequence[str]) -> Mapping[str, int]:
    if not keys:
        return {}
    found = session.connection().execute(_NAMED, {"keys": list(keys)})
    return {row.idempotency_key: row.id for row in found}


def _told(points: int, entry_id: int) -> dict[str, int]:
    return {"entry": entry_id, "points": points}


_NAMED = select(LEDGER.c.idempotency_key, LEDGER.c.id).where(
    LEDGER.c.idempotency_key.in_(bindparam("keys", expanding=True))
)
_ENTRIES, _LOTS = insert(LEDGER), insert(LOTS)
