"""May this promotion go out now? Asked, under the customer's lock, in the transaction that commits the intent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.channels import accounts
from loyalty.customers import cases, profiles
from loyalty.customers.models import ChannelIdentity
from loyalty.messaging import budget
from loyalty.messaging.models import OutboundMessage, PromotionSlot

PER_DAY = 1  # what people agreed to; the day's one is a unique key
PER_30_DAYS = 4


@dataclass(frozen=True, slots=True)
class Go:
    """Allowed, and its place in the day is taken."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Not at this hour: try again at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Not at all; `reason` is a stable code: consent, person, complaint, window, budget, frequency …"""

    reason: str


Decision = Go | Hold | Skip


def decide(session: Session, message: OutboundMessage, *, now: datetime) -> Decision:
    """Consent, an open complaint, hours, window, budget, frequency, in order; Go takes the day's slot.

    Locks the customer. A refusal committed before is always seen: consents are recorded under the same lock.
    """
    assert message.customer_id is not None
    profiles.lock(session, message.customer_id)
    found = session.execute(
        sa.select(ChannelIdentity, cases.has_open_complaint(message.customer_id))
        .filter_by(channel_account_id=message.channel_account_id, user_id=message.user_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    identity, complains = found or (None, False)
    if identity is None or identity.customer_id != message.customer_id or not identity.promotion:
        return Skip("consent")
    if identity.unreachable_at is not None:
        return Skip("person")
    if complains:
        return Skip("complaint")
    if shop.of(session).is_quiet(now):
        return Hold(shop.of(session).quiet_until(now))
    closes = accounts.window_end(accounts.get(session, identity.channel_account_id), identity.last_interaction_at)
    if closes is None or now >= closes:
        return Skip("window")
    if not budget.affords(session, message, now=now):
        return Skip("budget")
    return _take_slot(session, message, now)


def why_not(session: Session, identity: ChannelIdentity, *, now: datetime) -> str | None:
    """The reason a promotion started now would be skipped for this person, or None; for previews, locks nothing."""
    if not identity.promotion:
        return "consent"
    if identity.unreachable_at is not None:
        return "person"
    if cases.open_complaint(session, identity.customer_id) is not None:
        return "complaint"
    closes = accounts.window_end(accounts.get(session, identity.channel_account_id), identity.last_interaction_at)
    if closes is None or now >= closes:
        return "window"
    return "frequency" if _is_full(session, identity.customer_id, now) else None


def _take_slot(session: Session, message: OutboundMessage, now: datetime) -> Decision:
    assert message.customer_id is not None
    if session.scalar(sa.select(PromotionSlot.id).filter_by(message_id=message.id)):
        return Go()  # begun once before and given back unsent: its place is still its own
    if _is_full(session, message.customer_id, now):
        return Skip("frequency")
    today = shop.of(session).day(now)
    session.add(PromotionSlot(customer_id=message.customer_id, shop_day=today, n=1, message_id=message.id))
    session.flush()
    return Go()


def _is_full(session: Session, customer_id: int, now: datetime) -> bool:
    """Whether the day's place, or the last of the 30 days' places, is taken."""
    today = shop.of(session).day(now)
    days = session.scalars(
        sa.select(PromotionSlot.shop_day).where(
            PromotionSlot.customer_id == customer_id, PromotionSlot.shop_day > today - timedelta(days=30)
        )
    ).all()
    return days.count(today) >= PER_DAY or len(days) >= PER_30_DAYS
