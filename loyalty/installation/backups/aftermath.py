"""What a restored database must not simply go on with: it is a picture of an earlier hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import Campaign
from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.hooks import subscriptions
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.staff import access
from loyalty.vault.models import CustomerKey

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Settled:
    paused: Sequence[str] = ()  # names of campaigns
    held: int = 0  # messages that a person decides about
    erased: int = 0  # customers erased since the backup


def settle(session: Session, erased_since: Iterable[str], *, now: datetime) -> Settled:
    """Pause campaigns, hold what may have been sent, sign everybody out, erase again whoever was erased since.

    `erased_since` are public ids the replaced database knew to be erased; who has no key is erased in any case.
    """
    held = _hold_messages(session, now)
    subscriptions.come_back(session)
    paused = _pause_campaigns(session)
    access.sign_everybody_out(session, now=now)
    for ids in _chunks(erased_since):
        again = sa.select(Customer.id).where(Customer.public_id.in_(ids), Customer.erased_at.is_(None))
        session.execute(sa.delete(CustomerKey).where(CustomerKey.customer_id.in_(again)))
    return Settled(paused, held, _erase_keyless(session, now))


def _hold_messages(session: Session, now: datetime) -> int:
    """Whatever was on its way has most likely arrived meanwhile: nothing is sent twice without a person's word."""
    held = (
        sa.update(OutboundMessage)
        .where(OutboundMessage.state.in_(outbox.OPEN))
        .values(state="unknown", reason="restored", settled_at=now)
        .returning(OutboundMessage.id)
    )
    return len(session.scalars(held, execution_options={"synchronize_session": False}).all())


def _pause_campaigns(session: Session) -> list[str]:
    active = session.scalars(
        sa.select(Campaign).where(Campaign.state.in_(("scheduled", "running"))).order_by(Campaign.id)
    ).all()
    for campaign in active:
        lifecycle.pause(session, campaign)
    return [campaign.name for campaign in active]


def _erase_keyless(session: Session, now: datetime) -> int:
    """A customer without a key was erased: nothing may find or name them any more."""
    has_key = sa.exists().where(CustomerKey.customer_id == Customer.id)
    keyless = sa.select(Customer).where(Customer.erased_at.is_(None), ~has_key).limit(AT_ONCE)
    erased = 0
    while found := session.scalars(keyless).all():
        for customer in found:
            profiles.forget(session, customer, session.get_one(CustomerStats, customer.id), now=now)
        gone = OutboundMessage.customer_id.in_([customer.id for customer in found])
        session.execute(
            sa.update(OutboundMessage)
            .where(gone, OutboundMessage.body.is_not(None) | (OutboundMessage.reason == "restored"))
            .values(state="skipped", reason="erased", body=None)
            .execution_options(synchronize_session=False)
        )
        erased += len(found)
        session.expunge_all()
    return erased


def _chunks(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    known = list(ids)
    return (known[start : start + AT_ONCE] for start in range(0, len(known), AT_ONCE))
