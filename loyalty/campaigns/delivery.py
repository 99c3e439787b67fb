"""What one message of a campaign says, asked in the transaction that begins to send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import content, overlap, queue
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.messaging.eligibility import Hold, Skip
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import MessageButton
from loyalty.points import ledger
from loyalty.typed.money import format_points


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text for this person, with who sends it and how to stop it; `facts` may stand in a template instead."""

    text: str
    buttons: tuple[MessageButton, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def prepare(session: Session, message: OutboundMessage, *, now: datetime) -> Prepared | Hold | Skip:
    """The text of a campaign's message; Skip when it must not go. Hold while the campaign is paused, and while another
    one that goes first has not written to this person yet: whichever sends takes the day's one place.

    Reasons: cancelled, erased, missing_name. Consent, hours, window and frequency are eligibility's matter.
    """
    query = (
        select(
            Campaign.state,
            func.coalesce(CampaignRun.text, Campaign.text).label("text"),
            CampaignRun.state.label("run_state"),
            CampaignRun.variants,
            CampaignRecipient.variant,
            CampaignRun.id.label("run_id"),
            Campaign.priority,
        )
        .join(CampaignRun, CampaignRun.campaign_id == Campaign.id)
        .join(CampaignRecipient, CampaignRecipient.run_id == CampaignRun.id)
        .where(CampaignRecipient.id == message.recipient_id)
    )
    campaign = session.execute(query).one_or_none()
    if campaign is None or "cancelled" in (campaign.state, campaign.run_state):
        return Skip("cancelled")
    if campaign.state == "paused":
        return Hold(queue.NEVER)
    assert message.customer_id is not None
    if overlap.is_outranked(session, message.customer_id, campaign.run_id, campaign.priority):
        return Hold(now + overlap.LOOK_AGAIN)
    text = campaign.text if campaign.variant is None else campaign.variants[campaign.variant]["text"]
    return _write(session, profiles.get(session, message.customer_id), text)


def _write(session: Session, customer: Customer, text: str) -> Prepared | Skip:
    if customer.erased_at is not None:
        return Skip("erased")
    place = shop.of(session)
    name = profiles.name_of(session, customer)
    locale, template = customer.locale or place.locale, content.parse(text)
    written = content.compose(template, name, place, locale)
    if written is None:
        return Skip("missing_name")
    facts = {
        "name": name or "",
        "shop": place.name,
        "balance": format_points(ledger.balance(session, customer.id), locale),
        "text": content.render(template, {"name": name}) or "",
    }
    return Prepared(written, facts=facts)
