"""Erasing a person: their key is destroyed, whatever found them is cleared, and the ledger still adds up.

What the law and the books need stays without a name: movements of points, bills and their sums, the dates of consents.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.customers import casework, consents, identities, profiles, questions
from loyalty.customers.casework import Worker
from loyalty.customers.models import Case, is_unclosed
from loyalty.messaging import forgetting
from loyalty.rewards import redemptions
from loyalty.rewards.models import Redemption, RewardWish, is_open
from loyalty.segments import lists
from loyalty.vault import people

TEXT_VERSION = "erased"  # of the refusals an erasure writes: nothing goes on without the person


def erase(session: Session, customer_id: int, *, by: str, now: datetime) -> bool:
    """Make everything personal of a customer unreadable, here and in older backups; False when it is already.

    Consents end, unused codes go back to the shelf, waiting messages are dropped, open cases are closed. Whoever writes
    from one of their chats afterwards is somebody new. `by`: `customer` or an actor. Raises CustomerNotFound.
    """
    if profiles.lock(session, customer_id).erased_at is not None:
        return False
    customer = profiles.get(session, customer_id)
    name = f"erase:{customer.public_id}"
    consents.end_all(session, customer_id, text_version=TEXT_VERSION, event_key=name, now=now)
    _close_cases(session, customer_id, Worker(by, name, now))
    _give_codes_back(session, customer_id, by, now)
    records = profiles.records_of(session, customer_id)
    forgetting.forget(session, records, now=now)
    _forget(session, customer_id, now)
    people.destroy(session, records)
    timeline.record(session, customer_id, "erased", at=now, data={"by": by})
    return True


def _forget(session: Session, customer_id: int, now: datetime) -> None:
    stats, customer = profiles.lock(session, customer_id), profiles.get(session, customer_id)
    for chat in identities.of_customer(session, customer_id):
        questions.close_all(session, chat.id, now=now)
    identities.forget(session, stats, now=now)
    profiles.forget(session, customer, stats, now=now)
    customer.locale = customer.source_ref = customer.birthday_told_at = None
    session.execute(sa.delete(RewardWish).where(RewardWish.customer_id == customer_id))
    lists.forget(session, customer_id)
    session.flush()


def _close_cases(session: Session, customer_id: int, by: Worker) -> None:
    for case in session.scalars(sa.select(Case).where(Case.customer_id == customer_id, is_unclosed(Case))).all():
        casework.close(session, case, Worker(by.actor, f"{by.key}:{case.id}", by.now))


def _give_codes_back(session: Session, customer_id: int, by: str, now: datetime) -> None:
    """Nobody could use them any more: what they were drawn for is the shop's again."""
    mine = sa.select(Redemption).where(Redemption.customer_id == customer_id, is_open(Redemption))
    for redemption in session.scalars(mine.order_by(Redemption.id)).all():
        redemptions.cancel(session, redemption, actor=by, key=f"erase:{redemption.public_id}", now=now)
