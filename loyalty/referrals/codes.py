"""The code of a customer's link: seven signs nobody mistakes, between a member's six and staff's eight."""

import re
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import NotFound, Unreadable
from loyalty.referrals.models import ReferralCode
from loyalty.typed import codes, fold

LENGTH = 7
EXAMPLE = "K7P4M2Q"
_CODE = re.compile(f"[{codes.CODE_ALPHABET}]{{{LENGTH}}}")


class ReferralCodeUnknown(NotFound):
    """Nobody's friends type this."""

    code = "referral_code_unknown"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example=EXAMPLE)


class ReferralCodeUnclear(Unreadable):
    """No code of a friend."""

    code = "referral_code_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example=EXAMPLE)


def of(session: Session, customer_id: int, *, now: datetime) -> str:
    """The customer's code, made when it is first asked for."""
    if (known := session.get(ReferralCode, customer_id)) is not None:
        return known.code
    profiles.hold_living(session, customer_id)
    while (known := session.get(ReferralCode, customer_id, populate_existing=True)) is None:
        drawn = "".join(secrets.choice(codes.CODE_ALPHABET) for _ in range(LENGTH))
        if not drawn.isdigit() and not drawn.isalpha():
            _try(session, ReferralCode(customer_id=customer_id, code=drawn, made_at=now))
    return known.code


def link(session: Session, code: str) -> str:
    """The address a friend opens."""
    return f"{shop.of(session).base_url}/r/{code}"


def find(session: Session, code: str) -> Customer | None:
    """Whose friends type this, as they are kept now; None for nobody and for who is gone."""
    if (found := session.scalar(select(ReferralCode).filter_by(code=code))) is None:
        return None
    customer = profiles.survivor(session, profiles.get(session, found.customer_id))
    return customer if customer.erased_at is None else None


def is_code(text: str) -> bool:
    return _CODE.fullmatch(codes.normalise_code(text)) is not None


def parse(text: str) -> str:
    """Raises ReferralCodeUnclear."""
    if not is_code(text):
        raise ReferralCodeUnclear(text)
    return codes.normalise_code(text)


def _try(session: Session, row: ReferralCode) -> None:
    """Somebody else's code is drawn once in a blue moon; then another one is."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        pass
