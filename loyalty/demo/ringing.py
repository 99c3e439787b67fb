"""A few people of the demo shop whom no message reaches, and whose points end next: to be rung up."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.demo.history import Calendar
from loyalty.messaging import notices, phoning
from loyalty.messaging.models import PhoneCall
from loyalty.points import lots
from loyalty.points.lots import Expiring
from loyalty.typed.money import format_points
from loyalty.words import Both

MANY = 3
LOOKED_AT = 60  # customers
SAID = Both(
    "{points} của bạn hết hạn ngày {day}. Ghé quán đổi quà nhé.", "Your {points} end on {day}. Come and use them."
)
POINTS = Both("{count} điểm", "{count} points")


def make(session: Session, calendar: Calendar) -> None:
    """Put them on the list, unless anybody ever was on it."""
    if session.scalar(sa.select(PhoneCall.id).limit(1)) is not None:
        return
    for end, customer_id in sorted(_ending(session, calendar), key=_soonest)[:MANY]:
        words = _words(end, shop.of(session).locale)
        phoning.want(session, customer_id, phoning.EXPIRING, notices.NO_WAY, words, now=calendar.now)


def _ending(session: Session, calendar: Calendar) -> list[tuple[Expiring, int]]:
    chat = sa.exists().where(ChannelIdentity.customer_id == Customer.id)
    query = sa.select(Customer.id).where(~chat, Customer.phone.is_not(None), Customer.moved_to_id.is_(None))
    ids = session.scalars(query.order_by(Customer.id).limit(LOOKED_AT)).all()
    today = shop.of(session).day(calendar.now)
    found = ((lots.next_expiring(session, each, today), each) for each in ids)
    return [(end, each) for end, each in found if end is not None]


def _words(end: Expiring, locale: str) -> str:
    points = POINTS.in_(locale, count=format_points(end.points, locale))
    return SAID.in_(locale, points=points, day=f"{end.on:%d/%m/%Y}")


def _soonest(found: tuple[Expiring, int]) -> tuple[str, int]:
    end, customer_id = found
    return end.on.isoformat(), customer_id
