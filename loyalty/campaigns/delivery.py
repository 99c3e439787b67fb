"""What one message of a campaign says, asked in the transaction that begins to send it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import letters, offers, overlap, queue
from loyalty.campaigns.letters import Addressee, Letter, Written
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.campaigns.offers import OUT, Voucher
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import Customer
from loyalty.messaging.contents import MessageButton
from loyalty.messaging.eligibility import Hold, Skip
from loyalty.messaging.models import OutboundMessage
from loyalty.points import ledger
from loyalty.typed.money import format_points

AHEAD = "campaign letters"  # of the session: what was written ahead, by message


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text for this person, with who sends it and how to stop it; `facts` may stand in a template instead."""

    text: str
    buttons: tuple[MessageButton, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    image_url: str = ""
    picture: str = ""  # the id of an uploaded one


class _Asked(NamedTuple):
    """A message of a campaign and what it is of, as committed at this moment."""

    message_id: int
    customer_id: int
    recipient_id: int
    channel: str
    campaign_id: int
    state: str
    run_id: int
    run_state: str
    text: str
    priority: int
    variant: int | None
    variants: Sequence[Mapping[str, Any]] | None

    @property
    def words(self) -> str:
        """Those of this person's variant, where people are split."""
        return self.text if self.variant is None or not self.variants else str(self.variants[self.variant]["text"])

    @property
    def letter(self) -> tuple[int, int | None]:
        """What makes one letter of several."""
        return self.run_id, self.variant


@dataclass(frozen=True, slots=True)
class _Ahead:
    """Read for a whole batch: letters by run and variant, and what messages say, by their id."""

    letters: dict[tuple[int, int | None], Letter] = field(default_factory=dict)
    written: dict[int, Written] = field(default_factory=dict)


def gather(session: Session, message_ids: Sequence[int], *, now: datetime) -> None:
    """Read what the messages of one batch say about their people, all together; `prepare` finds it in the session.

    What is missing here (a voucher, a link to be made) `prepare` gets by itself.
    """
    ahead = session.info[AHEAD] = _Ahead()
    alike: dict[tuple[int, int | None], list[_Asked]] = defaultdict(list)
    for asked in _asked(session, message_ids):
        alike[asked.letter].append(asked)
    for which, several in alike.items():
        letter = ahead.letters[which] = letters.of_run(session, several[0].campaign_id, several[0].words)
        if letter.has_offer or "referral_link" in letter.fields():
            continue
        query = select(Customer).where(Customer.id.in_([each.customer_id for each in several]))
        people = {one.id: one for one in session.scalars(query) if one.erased_at is None}
        living = [one for one in several if one.customer_id in people]
        to = [Addressee(people[one.customer_id], one.channel) for one in living]
        written = letters.write(session, letter, to, now=now)
        ahead.written.update(zip((one.message_id for one in living), written, strict=True))


def prepare(session: Session, message: OutboundMessage, *, now: datetime) -> Prepared | Hold | Skip:
    """The text of a campaign's message; Skip when it must not go. Hold while the campaign is paused, and while another
    one that goes first has not written to this person yet: whichever sends takes the day's one place.

    Reasons: cancelled, erased, missing:<field>, vouchers. Consent, hours, window and frequency are eligibility's
    matter.
    """
    found = _asked(session, [message.id])
    if not found or "cancelled" in (found[0].state, found[0].run_state):
        return Skip("cancelled")
    if found[0].state == "paused":
        return Hold(queue.NEVER)
    if overlap.is_outranked(session, found[0].customer_id, found[0].run_id, found[0].priority):
        return Hold(now + overlap.LOOK_AGAIN)
    customer = session.get_one(Customer, found[0].customer_id, populate_existing=True)
    if customer.erased_at is not None:
        return Skip("erased")
    return _write(session, found[0], customer, now)


def _asked(session: Session, message_ids: Sequence[int]) -> list[_Asked]:
    if not message_ids:
        return []
    query = (
        select(
            OutboundMessage.id,
            OutboundMessage.customer_id,
            OutboundMessage.recipient_id,
            ChannelAccount.kind,
            Campaign.id,
            Campaign.state,
            CampaignRun.id,
            CampaignRun.state,
            func.coalesce(CampaignRun.text, Campaign.text),
            Campaign.priority,
            CampaignRecipient.variant,
            CampaignRun.variants,
        )
        .join(CampaignRecipient, CampaignRecipient.id == OutboundMessage.recipient_id)
        .join(CampaignRun, CampaignRun.id == CampaignRecipient.run_id)
        .join(Campaign, Campaign.id == CampaignRun.campaign_id)
        .join(ChannelAccount, ChannelAccount.id == OutboundMessage.channel_account_id)
        .where(OutboundMessage.id.in_(message_ids))
        .order_by(OutboundMessage.id)
    )
    return [_Asked._make(row) for row in session.execute(query)]


def _write(session: Session, asked: _Asked, customer: Customer, now: datetime) -> Prepared | Skip:
    ahead: _Ahead = session.info.get(AHEAD) or _Ahead()
    letter = ahead.letters.get(asked.letter) or letters.of_run(session, asked.campaign_id, asked.words)
    written = ahead.written.pop(asked.message_id, None)
    if written is None:
        vouchers = _vouchers(session, letter, asked, now)
        if letter.has_offer and not vouchers:
            return Skip(OUT)
        to = [Addressee(customer, asked.channel)]
        [written] = letters.write(session, letter, to, now=now, vouchers=vouchers, makes_links=True)
    if written.text is None:
        return Skip(f"{letters.MISSING}{written.lacks}")
    place = shop.of(session)
    facts = {name: value for name, value in written.values.items() if value}
    balance = format_points(ledger.balance(session, customer.id), customer.locale or place.locale)
    facts |= {"name": facts.get("name", ""), "shop": place.name, "balance": balance, "text": written.body}
    return Prepared(written.text, facts=facts, image_url=letter.image_url, picture=letter.picture)


def _vouchers(session: Session, letter: Letter, asked: _Asked, now: datetime) -> Mapping[int, Voucher]:
    if not letter.has_offer:
        return {}
    found = offers.of_recipient(session, asked.campaign_id, asked.run_id, asked.recipient_id, now=now)
    return {} if found is None else {asked.customer_id: found}
