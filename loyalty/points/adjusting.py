"""Points given or taken by hand, each with its reason."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.errors import RuleViolation
from loyalty.points import accounts, debts, ledger, lots, spending
from loyalty.points.accounts import Account
from loyalty.points.ending import due, moving
from loyalty.points.ledger import IdempotencyConflict, Movement
from loyalty.points.lots import LOTS
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.spending import InsufficientPoints
from loyalty.programme.document import Programme
from loyalty.typed import fold

MOST = 10_000_000  # whole points: a slip of the keyboard
LONGEST_REASON = 300
_RIGHT = {
    "points": f"a whole number other than 0, at most {MOST} either way, such as 50 or -20",
    "reason": f"1 to {LONGEST_REASON} letters, such as “the coffee was cold”",
}


class BadAdjustment(RuleViolation):
    """`field` is what is wrong: points (0, or over `most` either way), or reason (none, or over `longest` letters)."""

    code = "bad_adjustment"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} must be {_RIGHT[field]}", field=field, most=MOST, longest=LONGEST_REASON)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The movement, detached when new. A repeat gets the first one."""

    entry: LedgerEntry
    is_new: bool


def adjust(
    session: Session, customer_id: int, points: int, reason: str, *, actor: str, key: str, now: datetime
) -> Adjustment:
    """Give (positive) or take (negative) whole points for a reason, which stays in the timeline.

    What is given lives as long as what is earned today. The same `key` returns the first adjustment. Raises
    CustomerNotFound, BadAdjustment, InsufficientPoints, IdempotencyConflict, NoProgramme; a refusal writes nothing.
    """
    words = check(points, reason)
    account, rules = accounts.lock(session, customer_id, shop.of(session).day(now))
    if account.is_erased:
        raise profiles.CustomerNotFound(str(customer_id))
    if (first := session.scalar(select(LedgerEntry).filter_by(idempotency_key=key))) is not None:
        if (first.customer_id, first.kind, first.points) != (customer_id, EntryKind.ADJUST, points):
            raise IdempotencyConflict(key=key)
        return Adjustment(first, is_new=False)
    account = due.settle(session, account, now=now)
    movement = Movement(EntryKind.ADJUST, points, 0, 0, key, actor, programme=rules.version)
    entry = (_give if points > 0 else _take)(session, account, rules, movement, now)
    told = {"entry": entry.id, "points": entry.points}
    timeline.record(session, customer_id, "points_adjusted", at=now, data=told, text=words)
    return Adjustment(entry, is_new=True)


def check(points: int, reason: str) -> str:
    """The reason as it is kept. Raises BadAdjustment."""
    if points == 0 or abs(points) > MOST:
        raise BadAdjustment("points")
    words = fold.plain(reason).strip()
    if not 0 < len(words) <= LONGEST_REASON:
        raise BadAdjustment("reason")
    return words


def _give(session: Session, account: Account, rules: Programme, movement: Movement, now: datetime) -> LedgerEntry:
    today = shop.of(session).day(now)
    last_day = moving.expires_on(session, rules, account, today, today)
    entry, account = ledger.must_post(session, account, movement, now=now)
    row = {"customer_id": account.customer_id, "points": entry.points}
    session.connection().execute(LOTS.insert(), lots.row_of(entry.id, row, last_day, moves=moving.is_moving(rules)))
    debts.pay(session, entry, entry.id)
    accounts.save(session, replace(account, next_change_on=lots.changes_on(account.next_change_on, last_day)))
    return entry


def _take(session: Session, account: Account, _rules: Programme, movement: Movement, now: datetime) -> LedgerEntry:
    if account.points < -movement.points:
        raise InsufficientPoints(account.points, needed=-movement.points)
    entry, account = spending.take(session, account, movement, now=now)
    accounts.save(session, account)
    return entry
