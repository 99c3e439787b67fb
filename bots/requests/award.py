"""Bills above a cashier's limit."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands import people, receipts
from bots.texts import formats
from loyalty.points.accrual import Award
from loyalty.points.counter.requests import award
from loyalty.staff.models import Approval
from loyalty.typed import phones


def facts(session: Session, request: Approval, locale: str) -> Mapping[str, str]:
    customer, receipt_number = award.customer(session, request), award.receipt_of(request)
    who = people.label(session, customer, locale) if customer else phones.mask(award.phone(session, request) or "")
    return {
        "amount": formats.money(award.amount_of(request), locale),
        "who": f"{who}, {receipt_number}" if receipt_number else who,
    }


def receipt(session: Session, locale: str, done: Award, *, now: datetime) -> str:
    say = receipts.awarded if done.is_new else receipts.repeated
    return say(session, locale, done, now=now)


def no(session: Session, request: Approval) -> str:
    return "rejected"
