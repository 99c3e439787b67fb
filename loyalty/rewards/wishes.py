"""Rewards that are out of stock, and who wants to be told when they are there again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers.models import CustomerStats
from loyalty.points.telling import Notice, Voice
from loyalty.rewards import catalogue, visibility
from loyalty.rewards.catalogue import OutOfStock
from loyalty.rewards.models import Reward, RewardWish


def wanted(session: Session, customer: CustomerStats, number: int | None, *, now: datetime) -> Sequence[Reward]:
    """What is out of stock: of one reward by its number, or of all this customer is offered. Raises RewardNotFound."""
    asked = catalogue.list_offered(session) if number is None else [catalogue.get_by_number(session, number)]
    return [
        reward for reward in asked if isinstance(visibility.obstacle(session, reward, customer, now=now), OutOfStock)
    ]


def add(session: Session, customer_id: int, reward: Reward, *, now: datetime) -> None:
    """Remember that they want it; asked again changes nothing."""
    values = {"reward_id": reward.id, "customer_id": customer_id, "asked_at": now}
    session.execute(upsert.insert(session, RewardWish).values(values).on_conflict_do_nothing())


def list_due(session: Session, *, limit: int) -> Sequence[RewardWish]:
    """Wishes for what is there again, the oldest first, no more of a reward than there are."""
    there = or_(Reward.stock.is_(None), Reward.stock > 0)
    query = (
        select(RewardWish, Reward.stock)
        .join(Reward, Reward.id == RewardWish.reward_id)
        .where(there, Reward.archived_at.is_(None))
        .order_by(RewardWish.asked_at, RewardWish.customer_id)
        .limit(limit)
    )
    return [row.RewardWish for row in session.execute(query)]


def tell(session: Session, reward_id: int, customer_id: int, voice: Voice, *, now: datetime) -> bool:
    """Tell them once, and forget the wish; whether it was still one. Whoever has no open chat is not asked again."""
    gone = delete(RewardWish).where(RewardWish.reward_id == reward_id, RewardWish.customer_id == customer_id)
    asked_at = session.scalar(gone.returning(RewardWish.asked_at))
    if asked_at is None:
        return False
    reward = catalogue.get(session, reward_id)
    facts = {"reward": reward.name, "points": reward.price, "number": f"{reward.number}"}
    key = f"reward_back:{reward.public_id}:{customer_id}:{asked_at:%Y%m%d%H%M%S}"
    voice.tell(session, Notice(customer_id, "reward_back", key, facts), now=now)
    return True
