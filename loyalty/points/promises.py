"""Points a bill promises: whether and from when on they can be used, by its rules, and their release before that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.errors import RuleViolation
from loyalty.points import accounts, ledger, lots
from loyalty.points.ending import due
from loyalty.points.lots import LOTS, Promised
from loyalty.points.models import LedgerEntry
from loyalty.programme import versions
from loyalty.programme.document import Programme, Release
from loyalty.purchases import recording
from loyalty.purchases.models import Purchase
from loyalty.staff import permissions
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right

RIGHTS = {Release.ON_DELIVERY: Right.AWARD, Release.BY_STAFF: Right.APPROVE}


class NothingPromised(RuleViolation):
    """The bill `purchase` promised no points, or they are gone: nothing waits to be released."""

    code = "nothing_promised"


class NotByDelivery(RuleViolation):
    """The points of this bill wait for something else (`release`: after_days, by_staff); `on` is their day, if any."""

    code = "not_by_delivery"


class NotByHand(RuleViolation):
    """The points of this bill may be used from the day `on`, and nobody releases them before."""

    code = "not_by_hand"


@dataclass(frozen=True, slots=True)
class Released:
    """The bill and the movement that made its points usable. A repeat gets the first one."""

    purchase: Purchase
    entry: LedgerEntry
    is_new: bool


def of_bill(rules: Programme, points: int, bought_on: date, today: date) -> Promised | None:
    """What a bill of a shop day that gives so many points promises by its rules; None: they are usable at once."""
    release = rules.pending.release
    if not points or release is Release.AT_ONCE:
        return None
    if release is not Release.AFTER_DAYS:
        return Promised(points, None)
    usable_on = bought_on + timedelta(days=rules.pending.days)
    return Promised(points, usable_on) if usable_on > today else None


def keep(session: Session, entry_id: int, customer_id: int, promised: Promised, expires_on: date) -> None:
    """Write down what an earning promised."""
    row = lots.row_of(entry_id, {"customer_id": customer_id, "points": promised.points}, expires_on)
    lots.insert_promise(session.connection(), row, promised.on)


def of_entries(session: Session, entry_ids: Sequence[int]) -> Mapping[int, Any]:
    """The lots of those earnings that only promised their points, released or not, by the earning's id."""
    if not entry_ids:
        return {}
    found = session.connection().execute(_OF, {"ids": list(entry_ids)})
    return {row.entry_id: row for row in found}


def waiting(lot: Any) -> Promised | None:
    """What still waits of a promise (a row of `of_entries`)."""
    is_waiting = lot is not None and lot.release_id is None and lot.remaining > 0
    return Promised(lot.remaining, lot.available_on) if is_waiting else None


def deliver(session: Session, purchase_id: int, *, actor: str, now: datetime) -> Released:
    """The goods of a bill arrived: its points may be used. Once more returns the first release.

    Raises PurchaseNotFound, NothingPromised, NotByDelivery.
    """
    return _release(session, purchase_id, actor=actor, now=now, by=None)


def release(session: Session, purchase_id: int, *, by: StaffMember, actor: str, now: datetime) -> Released:
    """A member of staff says that the points of a bill may be used. Once more returns the first release.

    What waits for delivery, whoever awards may release; what waits for staff, whoever approves. Raises NotAllowed,
    PurchaseNotFound, NothingPromised, NotByHand.
    """
    return _release(session, purchase_id, actor=actor, now=now, by=by)


def _release(session: Session, purchase_id: int, *, actor: str, now: datetime, by: StaffMember | None) -> Released:
    purchase = recording.get(session, purchase_id)
    account, _rules = accounts.lock(session, purchase.customer_id, shop.of(session).day(now))
    account = due.settle(session, account, now=now)
    earning = ledger.earned_by(session, purchase_id)
    lot = of_entries(session, [earning.id]).get(earning.id)
    if lot is None:
        raise NothingPromised(purchase=purchase.public_id)
    _refuse_other_way(versions.get(session, earning.programme or 0), lot, by)
    if lot.release_id is not None:
        return Released(purchase, ledger.get(session, lot.release_id), is_new=False)
    if not lot.remaining:
        raise NothingPromised(purchase=purchase.public_id)
    account = due.keep(session, account, lot, actor=actor, now=now)
    account = replace(account, next_change_on=lots.next_change(session, account.customer_id))
    accounts.save(session, account)
    kept = of_entries(session, [earning.id])[earning.id]
    return Released(recording.get(session, purchase_id), ledger.get(session, kept.release_id), is_new=True)


def _refuse_other_way(rules: Programme, lot: Any, by: StaffMember | None) -> None:
    way = rules.pending.release
    if by is None and way is not Release.ON_DELIVERY:
        raise NotByDelivery(release=str(way), on=lot.available_on)
    if by is not None and way not in RIGHTS:
        raise NotByHand(on=lot.available_on)
    if by is not None:
        permissions.require(by, RIGHTS[way])


_OF = select(LOTS).where(LOTS.c.entry_id.in_(bindparam("ids", expanding=True)), LOTS.c.promised)
