"""Points to be given or taken by hand."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands import people, receipts
from bots.texts import formats, text
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter.requests import adjust
from loyalty.staff.models import Approval
from loyalty.vault.people import Erased


def facts(session: Session, request: Approval, locale: str) -> Mapping[str, str]:
    customer = adjust.customer(session, request)
    return {
        "points": formats.signed(adjust.points_of(request), locale),
        "who": people.label(session, customer, locale) if customer else "",
        "reason": _reason(session, request, locale),
    }


def receipt(session: Session, locale: str, done: Adjustment, *, now: datetime) -> str:
    return receipts.adjusted(session, locale, done, now=now)


def no(session: Session, request: Approval) -> str:
    return "rejected"


def _reason(session: Session, request: Approval, locale: str) -> str:
    try:
        return adjust.reason_of(session, request)
    except Erased:
        return text("approval.erased", locale)
