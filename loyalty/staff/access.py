"""Everything that lets people into the console, ended at once."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from loyalty.staff import sessions
from loyalty.staff.models import Invitation, RecoveryCode, StaffCredential, StaffSession


def revoke(session: Session, staff_id: int, *, now: datetime) -> int:
    """One person's password, second factor, links and sessions; how many sessions were open."""
    for model in (StaffCredential, RecoveryCode, Invitation):
        session.execute(delete(model).where(model.staff_id == staff_id))
    return sessions.end_all(session, staff_id, now=now)


def end_links(session: Session, staff_id: int) -> None:
    """Links and second steps that began under an earlier password lead nowhere."""
    session.execute(delete(Invitation).where(Invitation.staff_id == staff_id))


def sign_everybody_out(session: Session, *, now: datetime) -> None:
    """Every session and every link that is not used yet; passwords stay. For a database that was just restored."""
    session.execute(delete(Invitation))
    session.execute(update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=now))
