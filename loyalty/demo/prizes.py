"""The rewards of the demo shop, and a few that were redeemed when it was filled: after every bill."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.db import public_id_of
from loyalty.demo import art
from loyalty.demo.people import CUSTOMERS
from loyalty.errors import LoyaltyError
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.models import Kind, Redemption, Reward, State
from loyalty.staff.models import Store

ACTOR = "demo"


class Deal(NamedTuple):
    """Somebody redeems a reward (its key), and what became of it."""

    person: str
    reward: str
    end: State


REWARDS = {  # by key; made in this order, so a fresh demo shop numbers them 1 to 4
    "demo:reward:coffee": Terms(
        name={"vi": "Cà phê sữa đá", "en": "Iced milk coffee"},
        about={"vi": "Một ly cỡ vừa, uống tại quán hoặc mang đi.", "en": "A medium cup, here or to go."},
        price=40,
        value=29_000,
        cost=9_000,
    ),
    "demo:reward:discount": Terms(
        name={"vi": "Giảm 20.000đ", "en": "20,000₫ off"},
        about={"vi": "Trừ thẳng vào hóa đơn của bạn.", "en": "Taken off your bill."},
        kind=Kind.AMOUNT,
        price=80,
        value=20_000,
        cost=20_000,
        per_month=2,
    ),
    "demo:reward:croissant": Terms(
        name={"vi": "Bánh croissant", "en": "Croissant"},
        about={"vi": "Nướng mỗi sáng, còn đến khi hết mẻ.", "en": "Baked every morning, while they last."},
        price=100,
        value=35_000,
        cost=14_000,
    ),
    "demo:reward:tumbler": Terms(
        name={"vi": "Ly giữ nhiệt Mây", "en": "Mây tumbler"},
        about={"vi": "Bản giới hạn, có tên quán.", "en": "A limited edition with the shop's name."},
        price=250,
        value=190_000,
        cost=85_000,
        stock=5,
        per_person=1,
        tiers=("silver", "gold"),
    ),
}
DEALS = (
    Deal("lan", "demo:reward:croissant", State.FULFILLED),
    Deal("hoa", "demo:reward:coffee", State.FULFILLED),
    Deal("hoa", "demo:reward:discount", State.CANCELLED),
    Deal("lan", "demo:reward:tumbler", State.HELD),
)
IDS = tuple(public_id_of(key) for key in REWARDS)


def make(session: Session, store_id: int, *, now: datetime) -> None:
    """Keep the rewards that are not there yet and what was redeemed of them; a second time changes nothing."""
    rewards = {key: _reward(session, key, now) for key in REWARDS}
    for deal in DEALS:
        with suppress(LoyaltyError), session.begin_nested():  # somebody playing was faster
            _redeem(session, deal, rewards[deal.reward], store_id, now)


def _reward(session: Session, key: str, now: datetime) -> Reward:
    """With its picture, when it is new."""
    if (known := catalogue.find_public(session, public_id_of(key))) is not None:
        return known
    made = catalogue.make(session, REWARDS[key], key=key, now=now)
    catalogue.picture(session, made, art.keep(session, key, now=now))
    return made


def _redeem(session: Session, deal: Deal, reward: Reward, store_id: int, at: datetime) -> None:
    phone = next(person.phone for person in CUSTOMERS if person.key == deal.person)
    customer = profiles.find_by_phone(session, phone) if phone is not None else None
    if customer is None:
        return
    key = f"{deal.reward}:{deal.person}"
    actor = redemptions.CUSTOMER
    done = redemptions.redeem(session, customer.id, reward.id, key=key, actor=actor, now=at)
    if done.is_new:
        _end(session, deal, done.redemption, store_id, f"{key}:end", at)


def _end(session: Session, deal: Deal, redemption: Redemption, store_id: int, key: str, at: datetime) -> None:
    if deal.end == State.FULFILLED:
        store = session.get_one(Store, store_id)
        redemptions.fulfil(session, redemption, actor=ACTOR, key=key, store=store, now=at)
    elif deal.end == State.CANCELLED:
        redemptions.cancel(session, redemption, actor=redemptions.CUSTOMER, key=key, now=at)
