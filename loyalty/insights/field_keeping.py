"""How long what stands in the shop's own fields is kept, and how many values another time would end."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.traits import values
from loyalty.customers.traits.models import CustomField
from loyalty.purchases.months import add_months
from loyalty.shop import Shop


def since(place: Shop, months: int, today: date) -> datetime:
    """What was given before then is forgotten by tonight, where a value is kept for so many months."""
    return place.midnight(add_months(today, -months))


def ending(session: Session, field: CustomField, months: int, *, now: datetime) -> int:
    """How many values would be forgotten by the next nights if the field kept them for so many months only."""
    if months >= field.months:
        return 0
    place = shop.of(session)
    return values.count_old(session, field.id, since(place, months, place.day(now)))
