"""May this message go out now, and by which way? Asked in the transaction that commits the intent to send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import ChannelIdentity
from loyalty.messaging import frequency, routes, ways
from loyalty.messaging.frequency import PER_30_DAYS, PER_DAY
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import BY_PHONE, Lane
from loyalty.messaging.routes import Narrow
from loyalty.messaging.ways import Purpose, Way

__all__ = ["PER_30_DAYS", "PER_DAY", "Decision", "Go", "Hold", "Skip", "decide", "has_another", "why_not"]


@dataclass(frozen=True, slots=True)
class Go:
    """Allowed, by `way`; a promotion's place in the day is taken. None: as it was stored, nothing is asked."""

    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Not at this hour: try again at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Not at all; `reason` is a stable code: consent, person, complaint, window, budget, frequency …"""

    reason: str


Decision = Go | Hold | Skip


def decide(
    session: Session, message: OutboundMessage, facts: Mapping[str, str] | None = None, *, now: datetime
) -> Decision:
    """The cheapest way that is allowed; `facts` are what may stand in a template.

    A promotion asks consent, an open complaint, hours, window, budget, frequency, in that order, and locks the
    customer: a refusal committed before is always seen, for consents are recorded under the same lock. A notice asks
    for window, template and budget. Answers, and messages to nobody we know, go as they are.
    """
    if message.lane == Lane.PROMOTION:
        assert message.customer_id is not None
        profiles.lock(session, message.customer_id)
    elif message.customer_id is None or not _is_asked(message):
        return Go()
    narrow = routes.narrowed(session, message, facts)
    found = _ways(session, message, narrow, now)
    if not _is_theirs(message, found):
        return Skip("consent") if message.lane == Lane.PROMOTION else Go()
    way = ways.best(found)
    if way is None:
        until = ways.held_until(found)
        return Skip(ways.why(found)) if until is None else Hold(until)
    if message.lane == Lane.PROMOTION and not narrow.has_place:
        frequency.take(session, message, now=now)
    return Go(way)


def has_another(session: Session, message: OutboundMessage, *, now: datetime) -> bool:
    """Whether a message that certainly failed by the ways it tried may still go by another, now or later."""
    if message.customer_id is None or not _is_asked(message):
        return False
    found = _ways(session, message, routes.narrowed(session, message), now)
    return ways.best(found) is not None or ways.held_until(found) is not None


def why_not(session: Session, identity: ChannelIdentity, *, now: datetime) -> str | None:
    """The reason a promotion started now would be skipped for this person, or None; for previews, locks nothing."""
    found = routes.of(session, identity, Purpose.PROMOTION, now=now, narrow=Narrow(at_any_hour=True))
    if ways.best(found) is not None or ways.held_until(found) is not None:
        return None
    return ways.why(found)


def _is_asked(message: OutboundMessage) -> bool:
    return message.lane == Lane.PROMOTION or message.purpose is not None


def _is_theirs(message: OutboundMessage, found: Sequence[Way]) -> bool:
    """Whether the chat is still this customer's; a phone is theirs as long as they have one."""
    return message.user_id.startswith(BY_PHONE) or any(way.chat.user_id == message.user_id for way in found)


def _ways(session: Session, message: OutboundMessage, narrow: Narrow, now: datetime) -> Sequence[Way]:
    """Those of the message's own account; of one that is paid for, only the way it was paid for."""
    assert message.customer_id is not None
    purpose = message.purpose or Purpose.PROMOTION
    found = routes.of(session, message.customer_id, purpose, now=now, narrow=narrow)
    return [way for way in found if way.route == message.route] if narrow.is_paid and message.route else found
