"""Points that are used: taken from the lots that end first, and every lot remembered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.errors import RuleViolation
from loyalty.points import accounts, ledger, lots
from loyalty.points.accounts import Account
from loyalty.points.ending import due
from loyalty.points.ledger import IdempotencyConflict, Movement
from loyalty.points.models import EntryKind, LedgerEntry


class InsufficientPoints(RuleViolation):
    """There are `available` points and `needed` were asked for."""

    code = "insufficient_points"

    def __init__(self, available: int, *, needed: int) -> None:
        super().__init__(f"{needed} points needed, {available} there", available=available, needed=needed)


class PointsSpent(RuleViolation):
    """Of the `points` the movement gave, only `left` are still there."""

    code = "points_spent"


@dataclass(frozen=True, slots=True)
class Burn:
    """A movement that used points. A repeat gets the first one."""

    entry: LedgerEntry
    is_new: bool


def burn(
    session: Session, customer_id: int, points: int, *, key: str, actor: str, now: datetime, minimum: int = 0
) -> Burn:
    """Use whole points of a customer, 1 or more; whoever has fewer than `minimum` may use none.

    Locks the customer, who gets what is due first. The same `key` returns the first burn. Raises CustomerNotFound,
    InsufficientPoints, IdempotencyConflict (the key named another movement); a refusal writes nothing of the burn.
    """
    account, _rules = accounts.lock(session, customer_id, shop.of(session).day(now))
    if account.is_erased:
        raise profiles.CustomerNotFound(str(customer_id))
    if (first := session.scalar(select(LedgerEntry).filter_by(idempotency_key=key))) is not None:
        return Burn(_same(first, customer_id, points), is_new=False)
    account = due.settle(session, account, now=now)
    if account.points < max(points, minimum):
        raise InsufficientPoints(account.points, needed=max(points, minimum))
    entry, account = take(session, account, Movement(EntryKind.BURN, -points, 0, 0, key, actor), now=now)
    accounts.save(session, account)
    return Burn(entry, is_new=True)


def take(session: Session, account: Account, movement: Movement, *, now: datetime) -> tuple[LedgerEntry, Account]:
    """Post a negative movement of a locked, settled account out of the lots that end first; the caller saves it."""
    shares = lots.soonest(session, account.customer_id, -movement.points)
    entry, account = ledger.must_post(session, account, movement, now=now)
    lots.move(session, entry.id, account.customer_id, shares)
    return entry, account


def _same(first: LedgerEntry, customer_id: int, points: int) -> LedgerEntry:
    if (first.customer_id, first.kind, first.points) != (customer_id, EntryKind.BURN, -points):
        raise IdempotencyConflict(key=first.idempotency_key)
    return first
