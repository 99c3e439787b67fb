"""The one row of what a member of staff proves themselves with."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.staff import accounts
from loyalty.staff.models import StaffCredential, StaffMember


def find(session: Session, member: StaffMember) -> StaffCredential | None:
    """As it is now, also after it was just written."""
    query = select(StaffCredential).where(StaffCredential.staff_id == member.id)
    return session.scalar(query, execution_options={"populate_existing": True})


def put(session: Session, member: StaffMember, **values: Any) -> None:
    """Set columns of the row, which is made when it is missing.

    Whoever is leaving at this moment keeps none: their row is locked first. Raises StaffNotFound.
    """
    accounts.lock(session, member.id)
    statement = upsert.insert(session, StaffCredential).values(staff_id=member.id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["staff_id"], set_=values))
