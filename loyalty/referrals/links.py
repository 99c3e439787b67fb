"""`/r/<code>` of a customer who brings friends."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.channels.links import Target
from loyalty.referrals import bringing, codes
from loyalty.words import Both

LEAD = Both("Bạn của bạn mời bạn làm khách quen", "A friend invites you to become a regular")


def resolve(session: Session, code: str, *, now: datetime) -> Target | None:
    """Into the chat with the code; None for what is no code of anybody."""
    if not codes.is_code(code) or codes.find(session, found := codes.parse(code)) is None:
        return None
    if not bringing.is_on(session, now=now):
        return Target(ref="", lead=LEAD)
    return Target(ref=found, typed=f"giới thiệu {found}", lead=LEAD)
