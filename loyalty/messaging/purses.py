"""Money set aside for some messages, such as a campaign's: none begins that what is left does not pay for.

One that went as free and was billed after all is taken nevertheless; then the next one waits.

Whoever takes holds the month's row already (see `budget`), and so does whoever changes a purse and then its messages:
nobody waits for a purse while others wait for them.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.messaging.models import OutboundMessage, PromotionSlot, Purse


def open_with(session: Session, ceiling: int) -> int:
    """A new one with so many whole ₫ in it; its id."""
    purse = Purse(ceiling=ceiling, spent=0)
    session.add(purse)
    session.flush()
    return purse.id


def find(session: Session, purse_id: int | None) -> Purse | None:
    """As it is now."""
    return None if purse_id is None else session.get(Purse, purse_id, populate_existing=True)


def set_ceiling(session: Session, purse_id: int, ceiling: int) -> None:
    """Another amount; what waited for more may be tried again."""
    purse = _lock(session, purse_id)
    purse.ceiling, purse.refused_at = ceiling, None
    session.flush()


def forget_refusal(session: Session, purse_id: int | None) -> None:
    """Whoever goes on without more money finds out anew that there is none."""
    if purse_id is not None:
        _lock(session, purse_id).refused_at = None
        session.flush()


def holds(session: Session, message: OutboundMessage) -> bool:
    """Whether what is left of its purse pays for a message; one without a purse asks nobody."""
    if message.purse_id is None:
        return True
    purse = _lock(session, message.purse_id)
    return purse.spent + message.price <= purse.ceiling


def take(session: Session, message: OutboundMessage) -> None:
    """The message's price comes out of its purse too. A negative one is given back: see `give_back`."""
    _spend(session, message, message.price)


def give_back(session: Session, message: OutboundMessage) -> None:
    _spend(session, message, -message.price)


def wait(session: Session, message: OutboundMessage, *, now: datetime) -> bool:
    """Whether it is its purse that cannot pay for a message: that is noted, and its place in the day is free again."""
    if holds(session, message):
        return False
    assert message.purse_id is not None
    purse = _lock(session, message.purse_id)
    purse.refused_at = purse.refused_at or now
    session.execute(sa.delete(PromotionSlot).where(PromotionSlot.message_id == message.id))
    session.flush()
    return True


def _spend(session: Session, message: OutboundMessage, amount: int) -> None:
    if message.purse_id is not None:
        _lock(session, message.purse_id).spent += amount
        session.flush()


def _lock(session: Session, purse_id: int) -> Purse:
    return session.get_one(Purse, purse_id, with_for_update=True, populate_existing=True)
