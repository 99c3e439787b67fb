"""How many promotions a person agreed to: the day's one is a unique key."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.messaging.models import OutboundMessage, PromotionSlot

PER_DAY = 1  # what the question about offers promises; stricter than either platform
PER_30_DAYS = 4


def has_place(session: Session, message: OutboundMessage) -> bool:
    """Whether a place is the message's own: begun once before and given back unsent."""
    return session.scalar(sa.select(PromotionSlot.id).filter_by(message_id=message.id)) is not None


def take(session: Session, message: OutboundMessage, *, now: datetime) -> None:
    """Take the day's place for a promotion that has none and is about to be sent, under the customer's lock."""
    today = shop.of(session).day(now)
    session.add(PromotionSlot(customer_id=message.customer_id, shop_day=today, n=1, message_id=message.id))
    session.flush()


def is_full(session: Session, customer_id: int, *, now: datetime) -> bool:
    """Whether the day's place, or the last of the 30 days' places, is taken."""
    today = shop.of(session).day(now)
    days = session.scalars(
        sa.select(PromotionSlot.shop_day).where(
            PromotionSlot.customer_id == customer_id, PromotionSlot.shop_day > today - timedelta(days=30)
        )
    ).all()
    return days.count(today) >= PER_DAY or len(days) >= PER_30_DAYS
