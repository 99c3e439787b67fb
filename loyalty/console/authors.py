"""The name of whoever did something, as a page says it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.staff import accounts
from loyalty.staff.models import StaffMember
from loyalty.words import Both

CLI = Both("dòng lệnh", "the command line")
DEMO = Both("dữ liệu mẫu", "the demo")
SOMEBODY = Both("ai đó", "somebody")


def name_of(session: Session, actor: str, locale: str) -> str:
    """An actor as the audit names them: a member of staff by name, also one who left."""
    kind, _, public_id = actor.partition(":")
    if kind == "staff":
        member = session.scalar(select(StaffMember).filter_by(public_id=public_id))
        if member is not None:
            return accounts.name_of(session, member)
    return {"cli": CLI, "demo": DEMO}.get(kind, SOMEBODY).in_(locale)
