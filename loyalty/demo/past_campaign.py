"""A campaign of the demo shop that is over: sent twelve days ago with a voucher, some of it used; a fifth held out.

Who bought afterwards is whoever did: nothing is invented for the page that says what came of it.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import letters, lifecycle, offers, queue, split
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import Campaign, CampaignGift, CampaignRecipient, CampaignRun
from loyalty.campaigns.offers import Offer
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.db import new_public_id
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.purchases.models import Purchase
from loyalty.rewards import catalogue
from loyalty.rewards.models import Redemption, State
from loyalty.segments.models import Segment

ID = "demo-campaign-00"
NAME = "Tặng 15k cho tuần mưa"
TEXT = (
    'Chào {{ name | "bạn" }}, tuần mưa quán tặng bạn 15.000đ cho đơn từ 60.000đ: '
    "đọc mã {{ voucher }} khi thanh toán, đến hết {{ voucher_until }}."
)
ENGLISH = (
    'Hi {{ name | "friend" }}, for rainy days 15,000₫ off bills from 60,000₫: '
    "show the code {{ voucher }} when you pay, through {{ voucher_until }}."
)
OFFER = Offer("amount", 15_000, 60_000, 10)
DAYS_AGO, HOUR = 12, 10
HELD, OF = 1, 5  # so many of so many buckets are held out
Chosen = tuple[Customer, ChannelIdentity]


def make(session: Session, segment_public_id: str, *, now: datetime) -> None:
    """Keep it if it is not there yet."""
    if session.scalar(select(Campaign.id).filter_by(public_id=ID)) is not None:
        return
    here = shop.of(session)
    at = datetime.combine(here.day(now) - timedelta(days=DAYS_AGO), time(HOUR), here.timezone)
    segment = session.scalars(select(Segment).filter_by(public_id=segment_public_id)).one()
    campaign = lifecycle.create(session, NAME, segment.id, TEXT, now=at - timedelta(hours=1))
    campaign.public_id = ID
    session.flush()
    letters.keep(session, campaign, Draft(texts={"en": ENGLISH}, offer=OFFER), now=at)
    run = _run(session, campaign, segment, at)
    sent = [each for each in _freeze(session, run) if each.outcome == "sent"]
    offers.supply(session, run, sent, now=at)
    _send(session, run, sent, at)
    _use(session, run, at)


def _run(session: Session, campaign: Campaign, segment: Segment, at: datetime) -> CampaignRun:
    newest = session.scalar(select(func.max(Customer.id))) or 0
    over = at + timedelta(minutes=4)
    run = CampaignRun(
        campaign_id=campaign.id, due_at=at, state="finished", cursor=newest, top=newest, started_at=at,
        finished_at=over, rules=segment.rules, text=campaign.text,
    )  # fmt: skip
    campaign.state, campaign.at = "finished", at
    session.add(run)
    session.flush()
    return run


def _freeze(session: Session, run: CampaignRun) -> Sequence[CampaignRecipient]:
    """Everybody who agreed to offers and was there by then, by the chat where they did."""
    query = (
        select(Customer, ChannelIdentity)
        .join(ChannelIdentity, ChannelIdentity.customer_id == Customer.id)
        .where(Customer.demo, Customer.erased_at.is_(None), ChannelIdentity.promotion)
        .where(Customer.created_at < run.started_at)
        .order_by(Customer.id, ChannelIdentity.id)
    )
    by_customer = {customer.id: (customer, chat) for customer, chat in session.execute(query)}
    frozen = [_recipient(run, *chosen) for chosen in by_customer.values()]
    session.add_all(frozen)
    session.flush()
    return frozen


def _recipient(run: CampaignRun, customer: Customer, chat: ChannelIdentity) -> CampaignRecipient:
    is_held = customer.bucket % OF < HELD
    outcome, reason = ("held_out", split.HOLDOUT) if is_held else ("sent", None)
    return CampaignRecipient(
        run_id=run.id, customer_id=customer.id, identity_id=chat.id, queued=not is_held, outcome=outcome, reason=reason
    )


def _send(session: Session, run: CampaignRun, sent: Sequence[CampaignRecipient], at: datetime) -> None:
    for number, recipient in enumerate(sent):
        chat = session.get_one(ChannelIdentity, recipient.identity_id)
        gone = at + timedelta(seconds=number % 200)
        message = OutboundMessage(
            public_id=new_public_id(), dedupe_key=queue.dedupe_key(run.id, recipient.customer_id),
            lane=int(Lane.PROMOTION), channel_account_id=chat.channel_account_id, user_id=chat.user_id,
            thread=outbox.thread_of(Lane.PROMOTION, chat.channel_account_id, chat.user_id),
            customer_id=recipient.customer_id, recipient_id=recipient.id, state="sent", due_at=gone, attempts=1,
            created_at=at, began_at=gone, settled_at=gone, delivered_at=gone + timedelta(seconds=3),
            seen_at=gone + timedelta(minutes=20) if number % 3 else None,
        )  # fmt: skip
        session.add(message)
    session.flush()


def _use(session: Session, run: CampaignRun, at: datetime) -> None:
    """Of those who came back with a bill that was large enough, every other showed the code."""
    query = (
        select(Redemption, Purchase.purchased_at, Purchase.store_id)
        .join(CampaignGift, CampaignGift.redemption_id == Redemption.id)
        .join(Purchase, Purchase.customer_id == Redemption.customer_id)
        .where(CampaignGift.run_id == run.id, Purchase.state == "recorded", Purchase.total >= OFFER.minimum_bill)
        .where(Purchase.purchased_at > at, Purchase.purchased_at < at + timedelta(days=OFFER.valid_days))
        .order_by(Redemption.id, Purchase.purchased_at)
    )
    first = {
        redemption.id: (redemption, when, store) for redemption, when, store in reversed(session.execute(query).all())
    }
    for redemption, when, store_id in list(first.values())[::2]:
        redemption.state, redemption.fulfilled_at, redemption.fulfilled_by = State.FULFILLED, when, "demo"
        redemption.fulfilled_key, redemption.store_id = f"{ID}:{redemption.id}", store_id
        session.flush()
        catalogue.hand_over(session, redemption.reward_id)
