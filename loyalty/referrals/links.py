"""`/r/<code>` of a customer who brings friends."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.channels.links import Target
from loyalty.customers import identities
from loyalty.referrals import bringing, codes
from loyalty.words import Both

LEAD = Both("Bạn của bạn mời bạn làm khách quen", "A friend invites you to become a regular")


def resolve(session: Session, code: str, *, now: datetime) -> Target | None:
    """Into the account its owner chats with, with the code; None for what is no code of anybody."""
    referrer = codes.find(session, found := codes.parse(code)) if codes.is_code(code) else None
    if referrer is None:
        return None
    theirs = identities.newest_accounts(session, referrer.id)
    if not bringing.is_on(session, now=now):
        return Target(ref="", lead=LEAD, accounts=theirs)
    return Target(ref=found, typed=f"giới thiệu {found}", lead=LEAD, accounts=theirs)
