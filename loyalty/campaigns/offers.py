"""The offer of a campaign: one voucher for each recipient, drawn with their message, taken back when it did not go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.campaigns.models import Campaign, CampaignGift, CampaignOffer, CampaignRecipient, CampaignRun
from loyalty.errors import RuleViolation
from loyalty.rewards import catalogue, codes, gifts, redemptions, vouchers
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.gifts import Wanted
from loyalty.rewards.models import Kind, Redemption, Reward, State
from loyalty.typed.money import format_money

OUT = "vouchers"  # the reason of who gets nothing because there are none left
KINDS = ("reward", "amount", "percent")
LARGEST = 100_000_000  # ₫
PART = 500


class BadOffer(RuleViolation):
    """An offer that cannot be; `field` is kind, value, minimum_bill, valid_days or reward, `problem` why."""

    code = "campaign_offer"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field, problem=problem, path=f"offer.{field}")


@dataclass(frozen=True, slots=True)
class Offer:
    """What everybody gets: a reward of the catalogue (its public id), or `value` ₫ or percent off a bill."""

    kind: str
    value: int = 0
    minimum_bill: int = 0
    valid_days: int = 14
    reward: str = ""


class Asking(Protocol):
    """A recipient whose message is about to be made."""

    @property
    def id(self) -> int: ...
    @property
    def customer_id(self) -> int: ...


Recipient = TypeVar("Recipient", bound=Asking)


class Voucher(NamedTuple):
    """A code as one reads it out, and its last shop day."""

    code: str
    until: date


def find(session: Session, campaign_id: int) -> CampaignOffer | None:
    return session.get(CampaignOffer, campaign_id)


def find_all(session: Session, campaign_ids: Collection[int]) -> Mapping[int, CampaignOffer]:
    """By campaign: what it gives, of those that give something."""
    given = session.scalars(sa.select(CampaignOffer).where(CampaignOffer.campaign_id.in_(campaign_ids)))
    return {offer.campaign_id: offer for offer in given}


def told(session: Session, offer: CampaignOffer) -> Offer:
    """The offer as it was asked for."""
    public_id = catalogue.get(session, offer.reward_id).public_id if offer.kind == "reward" else ""
    return Offer(offer.kind, offer.value, offer.minimum_bill, offer.valid_days, public_id)


def title(session: Session, offer: Offer, locale: str) -> str:
    """What the message gives, as people of the shop call it. Raises RewardNotFound."""
    if offer.kind != "reward":
        return name(offer, locale)
    return catalogue.name_of(catalogue.get_public(session, offer.reward), locale)


def keep(session: Session, campaign: Campaign, offer: Offer | None, *, now: datetime) -> None:
    """Give the draft this offer, or none. The caller made sure that it is a draft. Raises BadOffer, RewardNotFound."""
    known = find(session, campaign.id)
    if known is not None and offer is not None and told(session, known) == offer:
        return
    if known is not None:
        session.delete(known)
        session.flush()
    if offer is None:
        return
    check(offer)
    reward = _of_catalogue(session, offer) if offer.kind == "reward" else _own(session, campaign, offer, now)
    session.add(
        CampaignOffer(
            campaign_id=campaign.id,
            kind=offer.kind,
            value=offer.value,
            minimum_bill=offer.minimum_bill,
            valid_days=offer.valid_days,
            reward_id=reward.id,
        )
    )
    session.flush()


def left(session: Session, campaign_id: int) -> int | None:
    """How many vouchers there are to give; None: no offer, or no end."""
    offer = find(session, campaign_id)
    return None if offer is None else gifts.left(session, catalogue.get(session, offer.reward_id))


def supply(session: Session, run: CampaignRun, rows: Sequence[Recipient], *, now: datetime) -> Sequence[Recipient]:
    """Draw a voucher for each of the recipients (id, customer_id) whose messages are made now; those who go on.

    Whoever there is none left for is skipped, reason `vouchers`. Repeating it draws nothing twice.
    """
    offer = find(session, run.campaign_id)
    if offer is None or not rows:
        return rows
    have = _draw(session, run.id, offer, [(row.id, row.customer_id) for row in rows], now)
    without = [row.id for row in rows if row.id not in have]
    for start in range(0, len(without), PART):
        session.execute(
            sa.update(CampaignRecipient)
            .where(CampaignRecipient.id.in_(without[start : start + PART]))
            .values(outcome="skipped", reason=OUT)
            .execution_options(synchronize_session=False)
        )
    return [row for row in rows if row.id in have]


def take_back(session: Session, run: CampaignRun, recipient_ids: Sequence[int], *, now: datetime) -> int:
    """The vouchers of recipients whose message did not go out are there for others; how many."""
    if find(session, run.campaign_id) is None:
        return 0
    ids: list[int] = []
    for start in range(0, len(recipient_ids), PART):
        mine = CampaignGift.recipient_id.in_(recipient_ids[start : start + PART])
        ids += session.scalars(sa.select(CampaignGift.redemption_id).where(mine))
    return gifts.take_back(session, ids, now=now)


def of_recipient(
    session: Session, campaign_id: int, run_id: int, recipient_id: int, *, now: datetime
) -> Voucher | None:
    """The voucher a message is about to name; drawn anew where it ended or was taken back. None: there is none left."""
    offer = find(session, campaign_id)
    if offer is None:
        return None
    gift = session.get(CampaignGift, recipient_id)
    held = session.get(Redemption, gift.redemption_id, populate_existing=True) if gift is not None else None
    if held is None or held.state in (State.CANCELLED, State.EXPIRED):
        customer_id = session.get_one(CampaignRecipient, recipient_id).customer_id
        have = _draw(session, run_id, offer, [(recipient_id, customer_id)], now)
        if recipient_id not in have:
            return None
        held = session.get_one(Redemption, have[recipient_id], populate_existing=True)
    if held.state == State.HELD and held.valid_on < shop.of(session).day(now):  # it waited longer than it holds
        held.valid_on = _last_day(session, offer, now)
        session.flush()
    return Voucher(_code(session, held), held.valid_on)


def last_day(session: Session, campaign_id: int, *, now: datetime) -> date | None:
    """Through which shop day a voucher drawn now would hold; None without an offer."""
    offer = find(session, campaign_id)
    return None if offer is None else _last_day(session, offer, now)


def _draw(
    session: Session, run_id: int, offer: CampaignOffer, people: Sequence[tuple[int, int]], now: datetime
) -> Mapping[int, int]:
    """Redemption ids by recipient."""
    keys = {f"campaign:{recipient_id}": recipient_id for recipient_id, _ in people}
    wanted = [Wanted(customer_id, f"campaign:{recipient_id}") for recipient_id, customer_id in people]
    public_id = session.get_one(Campaign, offer.campaign_id).public_id
    until = _last_day(session, offer, now)
    given = gifts.draw(session, offer.reward_id, wanted, actor=f"campaign:{public_id}", valid_on=until, now=now)
    have = {keys[key]: redemption_id for key, redemption_id in given.items()}
    rows = [{"recipient_id": who, "run_id": run_id, "redemption_id": what} for who, what in have.items()]
    if rows:
        session.execute(upsert.insert(session, CampaignGift).on_conflict_do_nothing(), rows)
    return have


def _code(session: Session, redemption: Redemption) -> str:
    uploaded = vouchers.of(session, redemption)
    return uploaded if uploaded is not None else codes.write(redemptions.code_of(session, redemption))


def _last_day(session: Session, offer: CampaignOffer, now: datetime) -> date:
    return shop.of(session).day(now) + timedelta(days=offer.valid_days)


def check(offer: Offer) -> None:
    """Raises BadOffer."""
    if offer.kind not in KINDS:
        raise BadOffer("kind", "must be reward, amount or percent")
    if not 1 <= offer.valid_days <= 365:
        raise BadOffer("valid_days", "must be 1 to 365")
    if not 0 <= offer.minimum_bill <= LARGEST:
        raise BadOffer("minimum_bill", "must be 0 or more ₫")
    if offer.kind == "reward" and (offer.value or offer.minimum_bill):
        raise BadOffer("value", "is the reward's own")
    if offer.kind == "percent" and not 1 <= offer.value <= 100:
        raise BadOffer("value", "must be 1 to 100 percent")
    if offer.kind == "amount" and not 1 <= offer.value <= LARGEST:
        raise BadOffer("value", "must be the ₫ it takes off a bill")


def _of_catalogue(session: Session, offer: Offer) -> Reward:
    reward = catalogue.get_public(session, offer.reward)
    if reward.archived_at is not None or reward.price == 0:
        raise BadOffer("reward", "is not in the catalogue any more")
    return reward


def _own(session: Session, campaign: Campaign, offer: Offer, now: datetime) -> Reward:
    """A reward of the campaign's own, in no catalogue; its name says what it takes off and from which bill on."""
    kind = Kind.AMOUNT if offer.kind == "amount" else Kind.PERCENT
    terms = Terms(
        name={locale: name(offer, locale) for locale in ("vi", "en")},
        price=0,
        kind=kind,
        value=offer.value,
        minimum_bill=offer.minimum_bill,
        cost=offer.value if kind == Kind.AMOUNT else 0,
        valid_days=offer.valid_days,
        returns_points=False,
    )
    key = f"campaign:{campaign.public_id}:{offer.kind}:{offer.value}:{offer.minimum_bill}:{offer.valid_days}"
    return catalogue.make(session, terms, key=key, is_gift=True, now=now)


def name(offer: Offer, locale: str) -> str:
    """`Giảm 20.000đ (đơn từ 100.000đ)`."""
    worth = f"{offer.value}%" if offer.kind == "percent" else format_money(offer.value, locale)
    least = format_money(offer.minimum_bill, locale)
    if locale == "vi":
        return f"Giảm {worth}" + (f" (đơn từ {least})" if offer.minimum_bill else "")
    return f"{worth} off" + (f" (bills from {least})" if offer.minimum_bill else "")
