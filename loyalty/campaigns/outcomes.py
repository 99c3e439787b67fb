"""What became of a recipient, once a person changes their mind about it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns.models import CampaignRecipient
from loyalty.messaging.models import OutboundMessage


def reopen(session: Session, message: OutboundMessage) -> None:
    """The report asks the message again. A message of no campaign changes nothing."""
    if message.recipient_id is not None:
        mine = sa.update(CampaignRecipient).where(CampaignRecipient.id == message.recipient_id)
        session.execute(mine.values(outcome=None, reason=None).execution_options(synchronize_session=False))
