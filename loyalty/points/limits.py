"""Above what something waits for a second person."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points import programme
from loyalty.points.programme import Programme
from loyalty.staff import permissions
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right

ADJUST_POINTS: int | None = None  # none: nobody's adjustment waits


def bill_waits(session: Session, member: StaffMember, amount: int, *, now: datetime) -> bool:
    """Whether a bill of so many ₫ waits when this member of staff records it. Raises NoProgramme."""
    if permissions.may(member.role, Right.AWARD_ANY_AMOUNT):
        return False
    return amount > _rules(session, now).cashier_bill


def adjustment_waits(session: Session, points: int, *, now: datetime) -> bool:
    """Whether so many points, given or taken, wait: whoever asks, for two must agree. Raises NoProgramme."""
    most = adjust_points(_rules(session, now))
    return most is not None and abs(points) > most


def adjust_points(_rules: Programme) -> int | None:
    """Whole points one person may give or take by hand; None: any number."""
    return ADJUST_POINTS


def _rules(session: Session, now: datetime) -> Programme:
    return programme.at(session, shop.of(session).day(now))
