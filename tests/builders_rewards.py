"""Rewards and redemptions, as a test begins with them."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points.counter.orders import Hand
from loyalty.points.telling import Silent
from loyalty.rewards import catalogue, gifts, redemptions, verify
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.gifts import Wanted
from loyalty.rewards.models import Kind, Redemption, Reward
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, problems

CROISSANT = {"vi": "Bánh croissant", "en": "Croissant"}
_numbers = count(1)


def make_reward(session: Session, price: int = 100, **terms: Any) -> Reward:
    """A croissant for so many points, unless told otherwise."""
    return catalogue.make(session, Terms(price=price, **({"name": CROISSANT} | terms)), now=NOON)


def make_rich(session: Session, points: int = 500, **who: Any) -> Customer:
    """A customer with so many points, bought a minute ago."""
    customer = make_customer(session, **who)
    award(session, customer, points * 10_000)
    return customer


def redeem(
    session: Session, customer: Customer, reward: Reward, *, key: str | None = None, now: datetime = NOON
) -> Redemption:
    name = key or f"test:{next(_numbers)}"
    done = redemptions.redeem(session, customer.id, reward.id, key=name, actor=redemptions.CUSTOMER, now=now)
    return done.redemption


def make_voucher(session: Session, customer: Customer, *, minimum_bill: int = 0) -> Redemption:
    """20,000 ₫ off a bill, as campaigns give them, through today."""
    terms = Terms(name={"vi": "Giảm 20.000đ"}, price=0, kind=Kind.AMOUNT, value=20_000, cost=20_000)
    reward = catalogue.make(session, replace(terms, minimum_bill=minimum_bill), is_gift=True, now=NOON)
    wanted = [Wanted(customer.id, f"campaign:{next(_numbers)}")]
    given = gifts.draw(session, reward.id, wanted, actor="campaign:x", valid_on=NOON.date(), now=NOON)
    return session.get_one(Redemption, *given.values())


def hand_of(member: StaffMember, *, key: str | None = None, now: datetime = NOON) -> Hand:
    """Somebody who serves, in a chat nobody else is told of."""
    return Hand(member, Author.of(member, "zalo"), key or f"test:{next(_numbers)}", now, Silent())


def fresh(session: Session, reward: Reward) -> Reward:
    """The reward as the database has it now."""
    return session.scalars(select(Reward).filter_by(id=reward.id), execution_options={"populate_existing": True}).one()


def faults(session: Session) -> list[str]:
    """What `loyalty verify` would say of points and rewards."""
    session.flush()
    return [*problems(session), *verify.problems(session)]
