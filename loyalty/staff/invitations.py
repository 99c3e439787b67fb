"""One-time links into the console. A link is shown once; only the keyed hash of its token is kept.

A link is made by one person for another, so it never stands for that other's second factor: who has one gives its code
beside the new password (`welcome`), or begins anew, which ends every way in at once and which everybody hears of.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.alerts import raising
from loyalty.db import keyring
from loyalty.errors import Forbidden, NotFound
from loyalty.staff import access, accounts, audit, credentials
from loyalty.staff.audit import Author
from loyalty.staff.models import Invitation, Role, StaffMember

TOKEN_BYTES = 24
LONGEST_TOKEN = 64  # characters worth hashing
ALERT = "password_link"  # raised for the owners when a link may replace a password somebody has


class Kind(StrEnum):
    """What a link lets its holder do."""

    PASSWORD = "password"  # noqa: S105  # a name: choose a password, also instead of a forgotten one
    SECOND_FACTOR = "second_factor"  # the password was right: the second proof, or setting it up
    SIGN_IN = "sign_in"  # come in at once, in a demo shop


LIVES = {
    Kind.PASSWORD: timedelta(days=7),
    Kind.SECOND_FACTOR: timedelta(minutes=15),
    Kind.SIGN_IN: timedelta(hours=1),
}


class InvitationOver(NotFound):
    """The link was used, has ended, or never was one."""

    code = "invitation_over"


class OnlyAtTheMachine(Forbidden):
    """An owner begins anew by `loyalty staff invite NAME --lost-phone`: no owner takes over another's account."""

    code = "only_at_the_machine"


class Invited(NamedTuple):
    """Whom a link is for, and what it is good for."""

    member: StaffMember
    kind: Kind


def issue(session: Session, staff_id: int, kind: Kind, *, by: Author, now: datetime) -> str:
    """The token of a new link; an earlier one of this kind ends. Owners hear of one for somebody with a password.

    Raises StaffNotFound.
    """
    member = accounts.lock(session, staff_id)
    if kind is Kind.PASSWORD and has_password(session, member):
        _warn(session, member, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"token_hash": _hash(session, token), "expires_at": now + LIVES[kind]}
    statement = upsert.insert(session, Invitation).values(staff_id=staff_id, kind=kind.value, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["staff_id", "kind"], set_=values))
    if kind is not Kind.SECOND_FACTOR:  # that one is a step of signing in, which is written down
        detail = {"kind": kind.value}
        audit.record_by(session, by, "invitation_issued", f"staff:{member.public_id}", detail=detail, now=now)
    return token


def begin_anew(session: Session, staff_id: int, *, by: Author, now: datetime) -> str:
    """The token of a link for somebody who lost their second factor: nothing else lets them in from now on.

    Raises StaffNotFound, OnlyAtTheMachine.
    """
    member = accounts.lock(session, staff_id)
    if member.role == Role.OWNER and by != audit.CLI:
        raise OnlyAtTheMachine
    detail = {"sessions": access.revoke(session, staff_id, now=now)}
    _warn(session, member, now)
    token = issue(session, staff_id, Kind.PASSWORD, by=by, now=now)
    audit.record_by(session, by, "ways_in_ended", f"staff:{member.public_id}", detail=detail, now=now)
    return token


def has_password(session: Session, member: StaffMember) -> bool:
    """Whether somebody has come in by a link before."""
    credential = credentials.find(session, member)
    return credential is not None and credential.password is not None


def find(session: Session, token: str, *, now: datetime) -> Invited | None:
    """Whom an open link is for; nothing is used up by looking. Any text may be asked for."""
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    query = (
        select(StaffMember, Invitation.kind)
        .join(Invitation, Invitation.staff_id == StaffMember.id)
        .where(Invitation.token_hash == _hash(session, token), Invitation.expires_at > now)
        .where(StaffMember.removed_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    return Invited(found[0], Kind(found[1])) if found is not None else None


def get(session: Session, token: str, kind: Kind, *, now: datetime) -> StaffMember:
    """Whom an open link of this kind is for. Raises InvitationOver."""
    found = find(session, token, now=now)
    if found is None or found.kind is not kind:
        raise InvitationOver
    return found.member


def spend(session: Session, token: str, kind: Kind, *, now: datetime) -> StaffMember:
    """Use a link up; of any number at once, one succeeds. Raises InvitationOver."""
    member = get(session, token, kind, now=now)
    used = delete(Invitation).where(Invitation.token_hash == _hash(session, token)).returning(Invitation.id)
    if session.scalar(used) is None:
        raise InvitationOver
    return member


def address(base_url: str, token: str) -> str:
    """Where a link leads."""
    return f"{base_url}/console/welcome/{token}"


def _warn(session: Session, member: StaffMember, now: datetime) -> None:
    raising.raise_alert(session, ALERT, f"staff:{member.public_id}", member.role, now=now)


def _hash(session: Session, token: str) -> bytes:
    return keyring(session).code_hash("invitation", token)
