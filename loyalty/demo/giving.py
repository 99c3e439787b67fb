"""Points given by hand in the demo shop, by the same functions that do it in a real one."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.demo.gifts import Gift
from loyalty.demo.ground import KEYS
from loyalty.demo.stage import Stage
from loyalty.points import counter
from loyalty.points.adjusting import Adjustment
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.orders import Hand
from loyalty.points.telling import Silent
from loyalty.staff import accounts
from loyalty.staff.audit import Author

GIVER = "hung"  # a key of the staff
UNDONE_AFTER = timedelta(minutes=3)


def done(session: Session) -> set[str]:
    """Keys of the moments that have been."""
    by_hand = select(LedgerEntry.idempotency_key).filter_by(kind=EntryKind.ADJUST.value)
    return set(session.scalars(by_hand.where(LedgerEntry.idempotency_key.like(KEYS))))


def perform(session: Session, gift: Gift, stage: Stage) -> None:
    """Let it happen, if its person is still there."""
    customer = profiles.find_by_phone(session, gift.person.phone) if gift.person.phone else None
    if customer is None:
        return
    member = accounts.get(session, stage.staff[GIVER])
    author = Author.of(member, "console")
    given = counter.adjust(
        session, customer, gift.points, gift.reason, Hand(member, author, gift.key, gift.at, Silent())
    )
    if gift.is_mistake and isinstance(given, Adjustment):
        hand = Hand(member, author, f"{gift.key}:undone", gift.at + UNDONE_AFTER, Silent())
        counter.undo(session, given.entry.id, hand)
