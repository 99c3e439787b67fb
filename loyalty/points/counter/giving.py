"""Whether a member of staff may give what a bill earns: asked before it is recorded, and before it is held."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.points.accrual import Bill
from loyalty.points.counter import allowances
from loyalty.points.rating import estimating
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases import bills, recording
from loyalty.staff.models import StaffMember


def require(session: Session, member: StaffMember, who: int | str, bill: Bill, *, key: str, now: datetime) -> None:
    """Let a member award this bill to a customer (their id, or a phone), or say why not.

    A bill that is there already is no award more. Where the rules limit the role, the member and then the customer are
    locked, so what is asked about is what will be given. Raises DayLimitReached, CustomerLimitReached, NoProgramme.
    """
    rules = versions.at(session, shop.of(session).day(now))
    allowance = allowances.of_role(rules, member.role)
    if allowance.is_unlimited or _is_repeat(session, rules, bill, key, now):
        return
    allowances.hold(session, member)
    customer_id = _hold(session, who)
    asked = estimating.of_total(
        session,
        customer_id,
        bill.total,
        now=bill.purchased_at or now,
        store_id=bill.store_id,
        pay_points=bill.pay_points,
    )
    allowances.require(session, member, allowance, customer_id, asked.credit.points, now=now)


def _hold(session: Session, who: int | str) -> int | None:
    """Whose bill it is, locked; None for a phone nobody has."""
    if isinstance(who, str):
        found = profiles.find_by_phone(session, who)
        if found is None:
            return None
        who = found.id
    profiles.lock(session, who)
    return who


def _is_repeat(session: Session, rules: Programme, bill: Bill, key: str, now: datetime) -> bool:
    if recording.find_by_key(session, key) is not None:
        return True
    if bill.reference is None:
        return False
    day = shop.of(session).day(bill.purchased_at or now)
    number = bills.normalise(bill.reference)
    receipt = bills.receipt_key(bill.source, bill.store_id, number, rules.restart, day)
    return recording.find_by_receipt(session, receipt) is not None
