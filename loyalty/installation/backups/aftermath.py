"""What a restored database must not simply go on with: it is a picture of an earlier hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import Campaign
from loyalty.customers import identities, profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.hooks import subscriptions
from loyalty.installation.backups.survivors import Survivors
from loyalty.journeys import lifecycle as journeys
from loyalty.messaging import colleagues, forgetting, outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.staff import access, audit, keys
from loyalty.staff.accounts import LastOwner
from loyalty.staff.models import ApiKey, StaffMember
from loyalty.vault.models import CustomerKey

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Settled:
    paused: Sequence[str] = ()  # names of campaigns
    held: int = 0  # messages that a person decides about
    erased: int = 0  # customers erased since the backup
    left: int = 0  # staff removed since
    revoked: int = 0  # API keys revoked since


def settle(session: Session, known: Survivors, *, now: datetime) -> Settled:
    """Pause campaigns, hold what may have been sent, sign everybody out; who was erased or left since stays so.

    `known` is what the replaced database knew; a customer without a key is erased in any case.
    """
    held = _hold_messages(session, now)
    subscriptions.come_back(session)
    paused = _pause_campaigns(session)
    access.sign_everybody_out(session, now=now)
    left, revoked = _dismiss(session, known.left, now), _revoke(session, known.revoked, now)
    for ids in _chunks(known.erased):
        again = sa.select(Customer.id).where(Customer.public_id.in_(ids), Customer.erased_at.is_(None))
        session.execute(sa.delete(CustomerKey).where(CustomerKey.customer_id.in_(again)))
    return Settled(paused, held, _erase_keyless(session, now), left, revoked)


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
    walking = journeys.pause_all(session)  # with the campaigns their steps send by
    active = session.scalars(
        sa.select(Campaign).where(Campaign.state.in_(("scheduled", "running"))).order_by(Campaign.id)
    ).all()
    for campaign in active:
        lifecycle.pause(session, campaign)
    return [*walking, *(campaign.name for campaign in active)]


def _dismiss(session: Session, left: Iterable[str], now: datetime) -> int:
    """Nobody who was removed comes back with their old password. The only owner of that hour begins by a new link."""
    count = 0
    for ids in _chunks(left):
        here = sa.select(StaffMember.id).where(StaffMember.public_id.in_(ids), StaffMember.removed_at.is_(None))
        for staff_id in session.scalars(here.order_by(StaffMember.id)).all():
            try:
                colleagues.dismiss(session, staff_id, by=audit.CLI, now=now)
            except LastOwner:
                access.revoke(session, staff_id, now=now)
            count += 1
    return count


def _revoke(session: Session, revoked: Iterable[str], now: datetime) -> int:
    """A key that was refused already is refused again."""
    count = 0
    for ids in _chunks(revoked):
        in_force = sa.select(ApiKey.public_id).where(ApiKey.public_id.in_(ids), ApiKey.revoked_at.is_(None))
        for public_id in session.scalars(in_force.order_by(ApiKey.id)).all():
            keys.revoke(session, public_id, now=now)
            count += 1
    return count


def _erase_keyless(session: Session, now: datetime) -> int:
    """A customer without a key was erased: nothing may find or name them any more."""
    has_key = sa.exists().where(CustomerKey.customer_id == Customer.id)
    keyless = sa.select(Customer).where(Customer.erased_at.is_(None), ~has_key).limit(AT_ONCE)
    erased = 0
    while found := session.scalars(keyless).all():
        ids = [customer.id for customer in found]
        gone = OutboundMessage.customer_id.in_(ids)
        session.execute(
            sa.update(OutboundMessage)
            .where(gone, OutboundMessage.body.is_not(None) | (OutboundMessage.reason == "restored"))
            .values(state="skipped", reason="erased", body=None)
            .execution_options(synchronize_session=False)
        )
        for customer in found:
            stats = session.get_one(CustomerStats, customer.id)
            profiles.forget(session, customer, stats, now=now)
            identities.forget(session, stats, now=now)
        forgetting.forget(session, ids, now=now)
        erased += len(ids)
        session.expunge_all()
    return erased


def _chunks(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    known = list(ids)
    return (known[start : start + AT_ONCE] for start in range(0, len(known), AT_ONCE))
