"""Undoing a movement: exactly what it gave goes back, by another movement."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.errors import Conflict, Forbidden, RuleViolation
from loyalty.points import accounts, ledger, lots, story, tiers
from loyalty.points.accounts import Account
from loyalty.points.ledger import IdempotencyConflict, Movement
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.programme.document import Programme
from loyalty.purchases import recording, stats
from loyalty.purchases.models import Purchase
from loyalty.staff import permissions
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right

OWN_WITHIN = timedelta(hours=24)


class AlreadyUndone(Conflict):
    """The movement was undone before: `number`, by the movement `reversal`, at `at`."""

    code = "already_undone"

    def __init__(self, entry: LedgerEntry) -> None:
        super().__init__(number=entry.reverses_id, reversal=entry.id, at=entry.posted_at)
        self.entry = entry


class NotUndoable(RuleViolation):
    """The movement itself undid another: record the purchase again instead."""

    code = "not_undoable"


class PointsSpent(RuleViolation):
    """Of the `points` the movement gave, only `left` are still there."""

    code = "points_spent"


class NotYours(Forbidden):
    """Another member of staff made it, and this one may undo their own only."""

    code = "not_yours"


class TooLate(Forbidden):
    """One's own can be undone for 24 hours; this one was posted `at`."""

    code = "too_late"


@dataclass(frozen=True, slots=True)
class Reversal:
    """A movement undone. `entry`, when new, is detached: there to be read, and no part of the session."""

    entry: LedgerEntry
    original: LedgerEntry
    purchase: Purchase  # as it is now: undone
    tier_fell: str | None = None  # the tier left, when the purchase had given a higher one
    customer_undone: bool = False  # nobody but the award had made the customer: their phone is nobody's again
    is_new: bool = True


def undo(
    session: Session,
    entry_id: int,
    *,
    actor: str,
    key: str,
    now: datetime,
    by: StaffMember | None = None,
    reason: str | None = None,
) -> Reversal:
    """Take back a movement's points and its share of the carry, its purchase and the tier that purchase gave.

    `by` is the member of staff who asks: a cashier may undo their own within 24 hours. None: whoever asks may.
    `reason`, in their words, stays in the timeline. The same `key` returns the first reversal.

    Raises EntryNotFound, NotAllowed, NotYours, TooLate, AlreadyUndone, NotUndoable, PointsSpent, IdempotencyConflict;
    a refusal writes nothing.
    """
    original = ledger.get(session, entry_id)
    account, rules = accounts.lock(session, original.customer_id, shop.of(session).day(now))
    if original.purchase_id is None:
        raise NotUndoable(number=entry_id)
    purchase = recording.get(session, original.purchase_id)
    if (first := ledger.reversal_of(session, entry_id)) is not None:
        if first.idempotency_key == _key(key):
            return Reversal(first, original, purchase, is_new=False)
        raise AlreadyUndone(first)
    _check(session, account, original, purchase, by, now)
    posted = ledger.post(session, account, _opposite(original, purchase, actor, key), now=now)
    if posted is None:
        raise IdempotencyConflict(key=key)
    entry, account = posted
    fallen = _take_back(session, account, rules, original, purchase, now)
    story.tell(session, "purchase_undone", purchase, entry, account.tier, fallen.tier, words=reason)
    undone = purchase.made_customer and profiles.release(session, purchase.customer_id, now=now)
    return Reversal(entry, original, purchase, fallen.tier if fallen.tier != account.tier else None, undone)


def _check(
    session: Session,
    account: Account,
    original: LedgerEntry,
    purchase: Purchase,
    by: StaffMember | None,
    now: datetime,
) -> None:
    if by is not None:
        _check_right(by, original, purchase, now)
    if original.kind != EntryKind.EARN:
        raise NotUndoable(number=original.id)
    left = min(lots.remaining(session, original.id), account.points)
    if left < original.points:
        raise PointsSpent(number=original.id, points=original.points, left=left)


def _check_right(by: StaffMember, original: LedgerEntry, purchase: Purchase, now: datetime) -> None:
    if permissions.may(by.role, Right.UNDO_ANY):
        return
    permissions.require(by, Right.UNDO_OWN)
    if by.id != purchase.staff_id and original.actor != f"staff:{by.public_id}":
        raise NotYours(number=original.id)
    if now - original.posted_at > OWN_WITHIN:
        raise TooLate(number=original.id, at=original.posted_at)


def _opposite(original: LedgerEntry, purchase: Purchase, actor: str, key: str) -> Movement:
    return Movement(
        kind=EntryKind.REVERSE,
        points=-original.points,
        carry_change=-original.carry_change,
        credit=-original.credit,
        key=_key(key),
        actor=actor,
        purchase_id=purchase.id,
        purchase=purchase.public_id,
        programme=original.programme,
        tier=original.tier,
        reverses_id=original.id,
        reverses_seq=original.seq,
    )


def _take_back(
    session: Session, account: Account, rules: Programme, original: LedgerEntry, purchase: Purchase, now: datetime
) -> Account:
    """Close the lot, let the purchase stand no longer, and write the account without it."""
    rolled = accounts.roll(session, account, shop.of(session).day(now))  # while the purchase still stands
    lots.close_lot(session, original.id, now=now)
    recording.undo(session, purchase)
    without = replace(rolled, totals=stats.take_back(session, rolled.totals, purchase))
    fallen = tiers.fall(session, without, rules, now=now)
    accounts.save(session, fallen)
    return fallen


def _key(key: str) -> str:
    """Awards and reversals are named apart, so that one event may do one of each."""
    return f"undo:{key}"
