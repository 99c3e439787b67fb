"""Who is offered a reward, when, and what is missing for whoever is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.errors import LoyaltyError, RuleViolation
from loyalty.points.spending import InsufficientPoints
from loyalty.programme import versions
from loyalty.rewards import catalogue
from loyalty.rewards.catalogue import BudgetSpent, OutOfStock, RewardNotFound
from loyalty.rewards.models import Redemption, Reward
from loyalty.segments import membership, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import BadRules, Frame

GONE = ("cancelled", "expired")


class NotForYou(RuleViolation):
    """The reward is for others; `reason` is tier or segment, `tiers` the codes of those who may."""

    code = "reward_not_for_you"


class NotNow(RuleViolation):
    """The reward is offered at other times: `reason` is later (from `begins`), over, or hours (`hours`, `weekdays`)."""

    code = "reward_not_now"


class LimitReached(RuleViolation):
    """This person has had as many as one may: `limit` in all, or in a month (`reason`)."""

    code = "reward_limit"


class BalanceTooLow(RuleViolation):
    """The reward is for who has at least `needed` points; `available` are there."""

    code = "minimum_balance"


@dataclass(frozen=True, slots=True)
class Choice:
    """A reward as one customer sees it; `obstacle` is the first thing that stands in the way."""

    reward: Reward
    obstacle: LoyaltyError | None


def choices(session: Session, customer: CustomerStats, *, now: datetime) -> Sequence[Choice]:
    """The catalogue for one customer, the cheapest first."""
    return [Choice(each, obstacle(session, each, customer, now=now)) for each in catalogue.list_offered(session)]


def obstacle(session: Session, reward: Reward, customer: CustomerStats, *, now: datetime) -> LoyaltyError | None:
    """Why this customer cannot have it now; None when they can. Points come last: anything else is said first."""
    looks = (_time, _person, _limits, _stock)
    found = next((why for look in looks if (why := look(session, reward, customer, now)) is not None), None)
    return found or _points(reward, customer, needed(session, reward, now=now))


def takes_place(redemption: type[Redemption]) -> ColumnElement[bool]:
    """The condition for redemptions that take a place in the limits: points that came back free it again.

    What was given without points takes none.
    """
    return and_(redemption.price > 0, or_(redemption.state.not_in(GONE), redemption.returned_id.is_(None)))


def _time(session: Session, reward: Reward, customer: CustomerStats, now: datetime) -> LoyaltyError | None:
    local = now.astimezone(shop.of(session).timezone)
    if reward.archived_at is not None or reward.price == 0:
        return RewardNotFound(number=reward.number)
    if reward.visible_from is not None and now < reward.visible_from:
        return NotNow(reason="later", begins=reward.visible_from, number=reward.number)
    if reward.visible_until is not None and now >= reward.visible_until:
        return NotNow(reason="over", number=reward.number)
    on_day = not reward.weekdays or local.weekday() in reward.weekdays
    if on_day and (reward.hours is None or catalogue.parse_hours(reward.hours).contain(local.time())):
        return None
    return NotNow(reason="hours", hours=reward.hours, weekdays=list(reward.weekdays), number=reward.number)


def _person(session: Session, reward: Reward, customer: CustomerStats, now: datetime) -> LoyaltyError | None:
    if reward.tiers and customer.tier not in reward.tiers:
        return NotForYou(reason="tier", tiers=list(reward.tiers), number=reward.number)
    if reward.segment_id is not None and not _belongs(session, reward.segment_id, customer, now):
        return NotForYou(reason="segment", number=reward.number)
    return None


def _belongs(session: Session, segment_id: int, customer: CustomerStats, now: datetime) -> bool:
    """Rules that no longer hold admit nobody."""
    frame = Frame.at(session, now)
    try:
        node = saved.tree(session.get_one(Segment, segment_id), frame)
    except BadRules:
        return False
    return membership.explain(session, node, frame, customer.customer_id).belongs


def _limits(session: Session, reward: Reward, customer: CustomerStats, now: datetime) -> LoyaltyError | None:
    today = shop.of(session).day(now)
    limits = (("person", reward.per_person, date.min), ("month", reward.per_month, today.replace(day=1)))
    for reason, limit, since in limits:
        if limit is not None and _had(session, reward, customer, since) >= limit:
            return LimitReached(reason=reason, limit=limit, number=reward.number)
    return None


def _had(session: Session, reward: Reward, customer: CustomerStats, since: date) -> int:
    query = select(func.count()).where(
        Redemption.reward_id == reward.id,
        Redemption.customer_id == customer.customer_id,
        Redemption.requested_on >= since,
        takes_place(Redemption),
    )
    return session.scalar(query) or 0


def _stock(session: Session, reward: Reward, customer: CustomerStats, now: datetime) -> LoyaltyError | None:
    if reward.stock == 0:
        return OutOfStock(number=reward.number)
    if reward.budget is not None and reward.spent + reward.cost > reward.budget:
        return BudgetSpent(number=reward.number)
    return None


def needed(session: Session, reward: Reward, *, now: datetime) -> int:
    """Whole points one must have to exchange any for it: what the reward asks, and what the programme does."""
    rules = versions.at(session, shop.of(session).day(now))
    return max(reward.minimum_balance, rules.redemption.minimum_balance)


def _points(reward: Reward, customer: CustomerStats, least: int) -> LoyaltyError | None:
    if customer.points < least:
        return BalanceTooLow(available=customer.points, needed=least, number=reward.number)
    if customer.points < reward.price:
        return InsufficientPoints(customer.points, needed=reward.price)
    return None


def last_day(issued_on: date, reward: Reward) -> date:
    """The last shop day of a code: the day it is given does not count, the last day counts whole."""
    return issued_on + timedelta(days=reward.valid_days)
