"""The name of whoever did something, as a page says it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.staff import accounts
from loyalty.staff.models import ApiKey, StaffMember
from loyalty.words import Both

CLI = Both("dòng lệnh", "the command line")
DEMO = Both("dữ liệu mẫu", "the demo")
KEY = Both("khóa API «{name}»", "API key “{name}”")
SOMEBODY = Both("ai đó", "somebody")


def name_of(session: Session, actor: str, locale: str) -> str:
    """An actor as the audit names them: a member of staff by name, also one who left; an API key by its name."""
    kind, _, public_id = actor.partition(":")
    if kind == "staff":
        member = session.scalar(select(StaffMember).filter_by(public_id=public_id))
        if member is not None:
            return accounts.name_of(session, member)
    if kind == "key" and (called := session.scalar(select(ApiKey.name).filter_by(public_id=public_id))) is not None:
        return KEY.in_(locale, name=called)
    return {"cli": CLI, "demo": DEMO}.get(kind, SOMEBODY).in_(locale)
