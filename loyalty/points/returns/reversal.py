"""Undoing a movement: exactly what it gave goes back, by another movement."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.errors import Conflict, Forbidden, RuleViolation
from loyalty.points import accounts, debts, ledger, lots, occasions, paying, story
from loyalty.points.accounts import Account
from loyalty.points.ending import due, moving
from loyalty.points.ledger import Movement
from loyalty.points.lots import Share
from loyalty.points.models import EntryKind, LedgerEntry, Lot
from loyalty.points.rating import caps
from loyalty.points.returns import returning
from loyalty.points.spending import PointsSpent
from loyalty.points.tiers import holding
from loyalty.programme import versions
from loyalty.programme.document import Programme, Scope
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
    """The movement itself undid another, or came by itself: record the purchase again instead."""

    code = "not_undoable"


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
    purchase: Purchase | None = None  # as it is now; None where no bill was behind the movement
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
    """Take a movement back: a bill's points, its share of the carry and the tier it gave; what was adjusted by hand.

    A return gives back what it took, the newest of its bill first, and a bill goes once its returns are undone.

    `by` is the member of staff who asks: a cashier may undo their own within 24 hours. None: whoever asks may.
    `reason`, in their words, stays in the timeline. The same `key` returns the first reversal.

    Raises EntryNotFound, NotAllowed, NotYours, TooLate, AlreadyUndone, NotUndoable, ReturnedSince, PointsSpent,
    InsufficientPoints, IdempotencyConflict; a refusal writes nothing.
    """
    original = ledger.get(session, entry_id)
    account, rules = accounts.lock(session, original.customer_id, shop.of(session).day(now))
    purchase = None if original.purchase_id is None else recording.get(session, original.purchase_id)
    if (first := _first(session, original, key)) is not None:
        return Reversal(first, original, purchase, is_new=False)
    if by is not None:
        _check_right(by, original, purchase, now)
    account = due.settle(session, account, now=now)
    match original.kind:
        case EntryKind.EARN if purchase is not None:
            return _undo_bill(session, account, rules, original, purchase, actor, key, now, reason)
        case EntryKind.RETURN if purchase is not None:
            back = _opposite(original, actor, key, 0, purchase)
            entry, _account = returning.undo(session, account, purchase, back, now=now, reason=reason)
            return Reversal(entry, original, purchase)
        case EntryKind.BONUS:
            return _undo_gift(session, account, original, actor, key, now, reason)
        case EntryKind.ADJUST:
            return _undo_adjustment(session, account, rules, original, actor, key, now, reason)
    raise NotUndoable(number=entry_id)


def give_back(session: Session, entry_id: int, *, actor: str, key: str, now: datetime) -> Reversal:
    """Return what a movement used to exactly the lots it came from.

    What came from a lot that has ended since goes again at once, by a movement that says so, unless the rules give it
    days of grace. The same `key` returns the first reversal. Raises EntryNotFound, NotUndoable (it used nothing),
    AlreadyUndone, IdempotencyConflict.
    """
    original = ledger.get(session, entry_id)
    account, rules = accounts.lock(session, original.customer_id, shop.of(session).day(now))
    if (first := _first(session, original, key)) is not None:
        return Reversal(first, original, is_new=False)
    if original.kind != EntryKind.BURN:
        raise NotUndoable(number=entry_id)
    entry = _return(session, due.settle(session, account, now=now), rules, original, actor, key, now)
    return Reversal(entry, original)


def _first(session: Session, original: LedgerEntry, key: str) -> LedgerEntry | None:
    """The reversal of this key. Raises AlreadyUndone when another one was first."""
    first = ledger.reversal_of(session, original.id)
    if first is not None and first.idempotency_key != _key(key):
        raise AlreadyUndone(first)
    return first


def _undo_bill(
    session: Session,
    account: Account,
    rules: Programme,
    original: LedgerEntry,
    purchase: Purchase,
    actor: str,
    key: str,
    now: datetime,
    reason: str | None,
) -> Reversal:
    returning.refuse_returned(session, purchase, original.id)
    lot = lots.find(session, original.id)
    left = _left(session, original, lot, account)
    entry, account = ledger.must_post(session, account, _opposite(original, actor, key, left, purchase), now=now)
    account = _empty(session, account, entry, lot, now)
    caps.give_back(session, original.id, entry.id, versions.get(session, original.programme or 0).rules)
    fallen = _take_back(session, account, rules, purchase, now)
    if purchase.paid_points:
        paid = paying.find(session, purchase.id)
        assert paid is not None, "points paid it"
        _return(session, fallen, rules, paid, actor, f"{key}:paid", now, purchase)
    story.tell(session, "purchase_undone", purchase, entry, account.tier, fallen.tier, words=reason)
    undone = purchase.made_customer and _release(session, purchase.customer_id, actor, key, now)
    return Reversal(entry, original, purchase, fallen.tier if fallen.tier != account.tier else None, undone)


def _undo_adjustment(
    session: Session,
    account: Account,
    rules: Programme,
    original: LedgerEntry,
    actor: str,
    key: str,
    now: datetime,
    reason: str | None,
) -> Reversal:
    if original.points < 0:
        entry = _return(session, account, rules, original, actor, key, now)
    else:
        entry = _take_gift(session, account, original, actor, key, now)
    kind = "points_opening_undone" if original.programme is None else "points_adjustment_undone"
    told = {"entry": entry.id, "points": entry.points}
    timeline.record(session, original.customer_id, kind, at=now, data=told, text=reason)
    return Reversal(entry, original)


def _undo_gift(
    session: Session,
    account: Account,
    original: LedgerEntry,
    actor: str,
    key: str,
    now: datetime,
    reason: str | None,
) -> Reversal:
    """What was given on an occasion goes back, and counts under no cap any more; it is not given again."""
    entry = _take_gift(session, account, original, actor, key, now)
    caps.give_back(session, original.id, entry.id, versions.get(session, original.programme or 0).rules)
    told = {"entry": entry.id, "points": entry.points}
    timeline.record(session, original.customer_id, "points_gift_undone", at=now, data=told, text=reason)
    return Reversal(entry, original)


def _take_gift(
    session: Session, account: Account, original: LedgerEntry, actor: str, key: str, now: datetime
) -> LedgerEntry:
    """All of it out of its own lot. Raises PointsSpent."""
    lot = lots.find(session, original.id)
    left = _left(session, original, lot, account)
    entry, account = ledger.must_post(session, account, _opposite(original, actor, key, left), now=now)
    accounts.save(session, _empty(session, account, entry, lot, now))
    return entry


def _release(session: Session, customer_id: int, actor: str, key: str, now: datetime) -> bool:
    """Undo a customer only this bill had made, with what joining brought them: both, or neither."""
    try:
        with session.begin_nested() as attempt:
            for gift in occasions.of_customer(session, customer_id, Scope.JOINING):
                if ledger.reversal_of(session, gift.entry_id) is None:
                    undo(session, gift.entry_id, actor=actor, key=f"{key}:{gift.code}", now=now)
            if profiles.release(session, customer_id, now=now):
                return True
            attempt.rollback()
    except PointsSpent:
        pass
    return False


def _return(
    session: Session,
    account: Account,
    rules: Programme,
    original: LedgerEntry,
    actor: str,
    key: str,
    now: datetime,
    purchase: Purchase | None = None,
) -> LedgerEntry:
    """Every point back into the lot it came from; then what has ended meanwhile ends again, unless there is grace."""
    movement = _opposite(original, actor, key, original.points, purchase)
    entry, account = ledger.must_post(session, account, movement, now=now)
    back = debts.less(lots.opposite(lots.taken_by(session, original.id)), debts.paid_by(entry))
    lots.move(session, entry.id, account.customer_id, back)
    account = moving.refresh(session, account, rules, now=now)
    moving.allow_grace(session, [share.lot_id for share in back], rules, entry.posted_on)
    account = replace(account, next_change_on=lots.next_change(session, account.customer_id))
    accounts.save(session, account)
    due.settle(session, account, now=now)
    return entry


def _empty(session: Session, account: Account, entry: LedgerEntry, lot: Lot | None, now: datetime) -> Account:
    """The lot of an undone earning gives all it has to the reversal; the account after it, for the caller to save."""
    if lot is None:
        return account
    if lot.remaining:
        lots.move(session, entry.id, account.customer_id, [Share(lot.entry_id, lot.remaining)])
    lots.close_lot(session, lot.entry_id, now=now)
    pending = lot.remaining if lots.is_promise(lot) else 0
    return replace(account, points_pending=account.points_pending - pending)


def _left(session: Session, original: LedgerEntry, lot: Lot | None, account: Account) -> int:
    """Whole points to take out of the balance: all the movement gave, less what has expired since.

    Raises PointsSpent when some of them were used.
    """
    if lot is None:
        return 0
    there = lot.remaining if lots.is_promise(lot) else min(lot.remaining, max(account.points, 0))
    if there + lots.expired(session, lot.entry_id) < lot.points:
        raise PointsSpent(number=original.id, points=lot.points, left=there)
    return 0 if lots.is_promise(lot) else there


def _check_right(by: StaffMember, original: LedgerEntry, purchase: Purchase | None, now: datetime) -> None:
    if permissions.may(by.role, Right.UNDO_ANY):
        return
    permissions.require(by, Right.UNDO_OWN)
    is_theirs = purchase is not None and purchase.staff_id == by.id and original.kind == EntryKind.EARN
    if not is_theirs and original.actor != f"staff:{by.public_id}":
        raise NotYours(number=original.id)
    if now - original.posted_at > OWN_WITHIN:
        raise TooLate(number=original.id, at=original.posted_at)


def _opposite(original: LedgerEntry, actor: str, key: str, points: int, purchase: Purchase | None = None) -> Movement:
    """The movement that takes `points` (signed as the original's) and its whole share of the carry back."""
    return Movement(
        kind=EntryKind.REVERSE,
        points=-points,
        carry_change=-original.carry_change,
        credit=-original.credit,
        key=_key(key),
        actor=actor,
        purchase_id=original.purchase_id,
        purchase=None if purchase is None else purchase.public_id,
        programme=original.programme,
        tier=original.tier,
        reverses_id=original.id,
        reverses_seq=original.seq,
    )


def _take_back(session: Session, account: Account, rules: Programme, purchase: Purchase, now: datetime) -> Account:
    """Let the purchase stand no longer, and write the account without it."""
    rolled = accounts.roll(session, account, shop.of(session).day(now))  # while the purchase still stands
    recording.undo(session, purchase)
    totals = stats.take_back(session, rolled.totals, purchase, amount=purchase.total, orders=1)
    without = replace(rolled, totals=totals)
    fallen = moving.refresh(session, holding.fall(session, without, rules, now=now), rules, now=now)
    accounts.save(session, fallen)
    if fallen.hand_over != account.hand_over:
        accounts.save_under_hand(session, fallen)
    return fallen


def _key(key: str) -> str:
    """Awards and reversals are named apart, so that one event may do one of each."""
    return f"undo:{key}"
