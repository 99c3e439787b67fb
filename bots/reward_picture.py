"""A reward as the picture of its card: its own photo, or number, name and price drawn.

The address of what is drawn says which, in which language, until when.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bots import drawing, media
from bots.texts import LOCALES, formats, text
from loyalty import shop
from loyalty.db import keyring
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
    base, here = media.base_of(session), shop.of(session)
    if not base:
        return ""
    until = here.midnight(here.day(now)) + HELD
    return f"{base}/media/{media.sign(keyring(session), f'{reward.number}.{locale}', until=until, purpose=PURPOSE)}.png"


def png(session: Session, signed: str, *, now: datetime) -> bytes | None:
    """The picture an address was signed for; None for anything else, or when its time has passed."""
    number, _, locale = (media.opened(keyring(session), signed, PURPOSE, now=now) or "").partition(".")
    if not number.isdecimal() or locale not in LOCALES:
        return None
    try:
        reward = catalogue.get_by_number(session, int(number))
    except RewardNotFound:
        return None
    price = formats.points(reward.price, locale)
    return drawing.tile(text("rewards.number", locale, number=number), catalogue.name_of(reward, locale), price)
