"""Somebody stops working here, and comes back."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty.staff import access, accounts, audit, binding
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffCode, StaffIdentity, StaffMember


def remove(
    session: Session,
    staff_id: int,
    *,
    by: Author = audit.CLI,
    now: datetime,
    even_last_owner: bool = False,
    left: Mapping[str, int] | None = None,
) -> StaffMember:
    """Somebody stops working here: chats, codes, password and sessions end with this transaction, what they did stays.

    `left` is kept beside it: how much of their work is somebody else's now (`messaging.colleagues.dismiss`).
    Raises StaffNotFound, also for somebody who left before; LastOwner.
    """
    member = accounts.lock(session, staff_id) if even_last_owner else accounts.lock_leaver(session, staff_id)
    member.removed_at = now
    session.flush()
    session.execute(delete(StaffCode).where(StaffCode.staff_id == staff_id))
    detail = {"chats": len(binding.end(session, StaffIdentity.staff_id == staff_id, now=now))}
    detail["sessions"] = access.revoke(session, staff_id, now=now)
    audit.record_by(session, by, "staff_removed", accounts.subject(member), detail=detail | dict(left or {}), now=now)
    return member


def take_back(session: Session, staff_id: int, *, by: Author, now: datetime) -> StaffMember:
    """Somebody who left works here again; chats and password they need anew. Once more changes nothing.

    Raises StaffNotFound; accounts.StaffNameTaken when somebody else is called so by now.
    """
    member = accounts.get(session, staff_id)
    if member.removed_at is None:
        return member
    try:
        with session.begin_nested():
            member.removed_at = None
    except IntegrityError:
        raise accounts.StaffNameTaken(accounts.name_of(session, accounts.get(session, staff_id))) from None
    access.revoke(session, staff_id, now=now)  # whatever a slow request may have left behind
    audit.record_by(session, by, "staff_taken_back", accounts.subject(member), now=now)
    return member
