"""What must always hold of campaigns: nobody is frozen or written to twice, and nobody is lost."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import certificates
from loyalty.campaigns.models import CampaignRecipient, CampaignRun
from loyalty.messaging.models import OutboundMessage


def problems(session: Session) -> Iterator[str]:
    """One line for each fault found."""
    yield from (
        f"campaign run {row.run_id}: {row.number} messages to customer {row.customer_id}"
        for row in session.execute(_doubled())
    )
    yield from (
        f"campaign run {row.run_id}: the message of recipient {row.id} is gone, its outcome was not kept"
        for row in session.execute(_lost())
    )
    yield from (
        f"campaign run {row.id}: finished while {row.number} recipients have no message"
        for row in session.execute(_left_behind())
    )
    yield from certificates.problems(session)


def _doubled() -> sa.Select[int, int, int]:
    return (
        sa.select(CampaignRecipient.run_id, CampaignRecipient.customer_id, sa.func.count().label("number"))
        .join(OutboundMessage, OutboundMessage.recipient_id == CampaignRecipient.id)
        .group_by(CampaignRecipient.run_id, CampaignRecipient.customer_id)
        .having(sa.func.count() > 1)
    )


def _lost() -> sa.Select[int, int]:
    written = sa.exists().where(OutboundMessage.recipient_id == CampaignRecipient.id)
    recipient = CampaignRecipient
    return sa.select(recipient.id, recipient.run_id).where(recipient.queued, recipient.outcome.is_(None), ~written)


def _left_behind() -> sa.Select[int, int]:
    recipient = CampaignRecipient
    return (
        sa.select(CampaignRun.id, sa.func.count().label("number"))
        .join(recipient, recipient.run_id == CampaignRun.id)
        .where(CampaignRun.finished_at.is_not(None), sa.not_(recipient.queued), recipient.outcome.is_(None))
        .group_by(CampaignRun.id)
    )
