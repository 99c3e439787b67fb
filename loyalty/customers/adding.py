"""A customer whom staff added by mistake is gone again."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import Conflict
from loyalty.staff import audit, permissions
from loyalty.staff.audit import Author
from loyalty.staff.models import AuditEntry, StaffMember
from loyalty.staff.permissions import NotAllowed, Right

OWN_WITHIN = timedelta(hours=24)


class CustomerInUse(Conflict):
    """They have a history by now: they wrote, bought, or somebody noted something about them."""

    code = "customer_in_use"


def take_back(session: Session, customer: Customer, *, by: StaffMember, author: Author, now: datetime) -> None:
    """Whom staff added within a day, and who did nothing since, is gone again; a colleague's by who may undo anything.

    Raises NotAllowed, CustomerInUse (also for somebody nobody added by hand lately).
    """
    may_any = permissions.may(by.role, Right.UNDO_ANY)
    is_added = _is_added(session, customer, None if may_any else author.actor, now)
    if not (is_added or may_any):
        raise NotAllowed(by.role, Right.UNDO_ANY)
    if not is_added or not profiles.release(session, customer.id, now=now):
        raise CustomerInUse
    audit.record_by(session, author, "customer_unadded", _subject(customer), now=now)


def _is_added(session: Session, customer: Customer, actor: str | None, now: datetime) -> bool:
    """Whether `actor` (None: anybody) added them by hand within a day."""
    added = select(AuditEntry.id).where(
        AuditEntry.subject == _subject(customer),
        AuditEntry.action == "add_customer",
        AuditEntry.at >= now - OWN_WITHIN,
    )
    if actor is not None:
        added = added.where(AuditEntry.actor == actor)
    return session.scalar(added.limit(1)) is not None


def _subject(customer: Customer) -> str:
    return f"customer:{customer.public_id}"
