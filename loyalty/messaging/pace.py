"""When money for messages will be used up, if they go on costing what they did lately.

The pace is what was billed in the last `MONTH_DAYS` or, of money set aside, `PURSE_DAYS`, for each day since the first
of those messages. It says nothing unless they went on different days of the shop. What a platform refused cost nothing;
messages of people who were erased since are not seen any more.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.messaging import budget, purses
from loyalty.messaging.models import OutboundMessage

MONTH_DAYS, PURSE_DAYS = 7, 28
DAY = timedelta(days=1)
FAR = timedelta(days=365)  # a later end is none worth naming


class Lasting(StrEnum):
    NOTHING = "nothing"  # there is none to spend
    USED_UP = "used_up"
    UNKNOWN = "unknown"  # too little was billed to tell
    ENDS = "ends"
    LASTS = "lasts"  # to the end of the month; of money set aside, for more than a year


@dataclass(frozen=True, slots=True)
class Outlook:
    """`days` were looked back on; `per_day` is whole ₫, known where the pace is; `ends_on` a day of the shop."""

    state: Lasting
    days: int
    per_day: int | None = None
    ends_on: date | None = None


def of_month(session: Session, *, now: datetime) -> Outlook:
    """Of what the owner allows in the shop's month."""
    month, here = budget.of_month(session, now=now), shop.of(session)
    today = here.day(now)
    first = (today.replace(day=1) + 32 * DAY).replace(day=1)  # of the next month
    until = here.midnight(first)
    return _look(session, month.ceiling, month.left, MONTH_DAYS, until, now=now)


def of_purse(session: Session, purse_id: int | None, *, now: datetime) -> Outlook | None:
    """Of money set aside, as for a campaign or a journey; None without. The month may end before it does."""
    purse = purses.find(session, purse_id)
    if purse is None:
        return None
    left = max(purse.ceiling - purse.spent, 0)
    return _look(session, purse.ceiling, left, PURSE_DAYS, now + FAR, purse_id=purse.id, now=now)


def _look(
    session: Session, ceiling: int, left: int, days: int, until: datetime, *, purse_id: int | None = None, now: datetime
) -> Outlook:
    if not left:
        return Outlook(Lasting.USED_UP if ceiling else Lasting.NOTHING, days)
    per_second = _pace(session, now - days * DAY, purse_id, now)
    if per_second is None:
        return Outlook(Lasting.UNKNOWN, days)
    per_day = round(per_second * DAY.total_seconds())
    if left >= per_second * (until - now).total_seconds():
        return Outlook(Lasting.LASTS, days, per_day)
    ends_at = now + timedelta(seconds=left / per_second)
    return Outlook(Lasting.ENDS, days, per_day, shop.of(session).day(ends_at))


def _pace(session: Session, since: datetime, purse_id: int | None, now: datetime) -> float | None:
    """₫ a second since the first message that was billed; None when all went on one day, or none did."""
    began = OutboundMessage.began_at
    query = sa.select(sa.func.min(began), sa.func.max(began), sa.func.sum(OutboundMessage.price)).where(
        OutboundMessage.billed_in.is_not(None), began >= since, began <= now
    )
    if purse_id is not None:
        query = query.where(OutboundMessage.purse_id == purse_id)
    first, last, cost = session.execute(query).one()
    day = shop.of(session).day
    if first is None or last is None or day(first) == day(last):
        return None
    return int(cost) / (now - first).total_seconds()
