"""Journeys to more people, or for more money, than one person alone may decide."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bots import sends
from bots.texts import text
from loyalty.journeys.models import Journey
from loyalty.staff.models import Approval
from loyalty.typed import fold


def facts(session: Session, request: Approval, locale: str) -> Mapping[str, str]:
    return sends.facts(session, request, locale)


def receipt(session: Session, locale: str, done: Journey, *, now: datetime) -> str:
    return text("approval.journey.approved", locale, title=fold.quote(done.name, 100))
