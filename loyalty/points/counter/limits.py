"""Above what something waits for a second person."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.staff import permissions
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right


def bill_waits(session: Session, member: StaffMember, amount: int, *, now: datetime) -> bool:
    """Whether a bill of so many ₫ waits when this member of staff records it. Raises NoProgramme."""
    if permissions.may(member.role, Right.AWARD_ANY_AMOUNT):
        return False
    return amount > _rules(session, now).cashier_bill


def adjustment_waits(session: Session, member: StaffMember | None, points: int, *, now: datetime) -> bool:
    """Whether so many points wait when this member of staff, or a program (None), gives or takes them.

    Raises NoProgramme.
    """
    most = adjust_points(_rules(session, now), member.role if member is not None else None)
    return most is not None and abs(points) > most


def adjust_points(rules: Programme, role: str | None) -> int | None:
    """Whole points one person of a role may give or take by hand; None: any number.

    A program, which has no role, may as little as whoever may least.
    """
    said = {name: each.adjust_points for name, each in rules.limits.items() if each.adjust_points is not None}
    return said.get(role) if role is not None else min(said.values(), default=None)


def _rules(session: Session, now: datetime) -> Programme:
    return versions.at(session, shop.of(session).day(now))
