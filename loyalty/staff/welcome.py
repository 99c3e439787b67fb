"""Choosing a password by a link, as somebody new or instead of a forgotten one."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.staff import invitations, passwords, second_factor, signin
from loyalty.staff.invitations import Kind
from loyalty.staff.models import StaffMember
from loyalty.staff.signin import Outcome


def needs_code(session: Session, member: StaffMember) -> bool:
    """Whether a link alone will not do: whoever made it could use it, too."""
    return second_factor.is_on(session, member)


def choose(session: Session, token: str, password: str, code: str, *, address: str, now: datetime) -> Outcome:
    """Use a link up for a new password. Whose second factor is on gives a code of it, or nothing is changed.

    Commit it either way: a wrong code is counted. Raises InvitationOver, SignInWaits, and what `passwords.choose` does.
    """
    member = invitations.get(session, token, Kind.PASSWORD, now=now)
    passwords.refuse_weak(session, member, password)  # before a code is taken for nothing
    if needs_code(session, member):
        outcome = signin.second_step(session, member, code, address=address, by_link=True, now=now)
        if outcome.member is None:
            return outcome
    invitations.spend(session, token, Kind.PASSWORD, now=now)
    passwords.choose(session, member, password, by=signin.author_of(member), now=now)
    return Outcome(member)
