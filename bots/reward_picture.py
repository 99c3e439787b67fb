"""A reward as the picture of its card: its own photo, or number, name and price drawn.

The address of what is drawn says which, in which language, until when.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bots import drawing, media
from bots.texts import formats, text
from loyalty import shop
from loyalty.pictures import addresses
from loyalty.rewards import catalogue
from loyalty.rewards.catalogue import RewardNotFound
from loyalty.rewards.models import Reward

PURPOSE = "reward"
HELD = timedelta(days=2)  # from the day's beginning on: one address a day, which a platform keeps


def address(session: Session, reward: Reward, locale: str, *, now: datetime) -> str:
    """Where the picture is for at least a day; "" without a public address."""
    if (photo := catalogue.photo_of(session, reward)) is not None:
        return addresses.public(session, photo)
    here = shop.of(session)
    until = here.midnight(here.day(now)) + HELD
    return media.address(session, f"{reward.number}.{locale}", PURPOSE, until=until)


def png(session: Session, signed: str, *, now: datetime) -> bytes | None:
    """The picture an address was signed for; None for anything else, or when its time has passed."""
    number, locale = media.named(session, signed, PURPOSE, now=now) or ("", "")
    if not number.isdecimal():
        return None
    try:
        reward = catalogue.get_by_number(session, int(number))
    except RewardNotFound:
        return None
    price = formats.points(reward.price, locale)
    return drawing.tile(text("rewards.number", locale, number=number), catalogue.name_of(reward, locale), price)
