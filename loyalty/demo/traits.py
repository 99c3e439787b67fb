"""The demo shop's own fields with what stands in them; interests and birthdays guests told, over a whole year."""

from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import birthdays, profiles
from loyalty.customers.birthdays import Birthday
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields, interests, values
from loyalty.customers.traits.fields import Definition
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.customers.traits.typing import Kind, Value
from loyalty.demo import crowd
from loyalty.demo.history import Calendar
from loyalty.demo.stage import DEMO

LITTLE, NONE, NORMAL = "Ít đá", "Không đá", "Bình thường"
FIELDS = (
    Definition("ice", "Lượng đá", "Ice", Kind.CHOICE, "personalisation", 24, choices=(NORMAL, LITTLE, NONE)),
    Definition("own_cup", "Mang ly riêng", "Brings a cup", Kind.FLAG, "personalisation", 24),
    Definition("workplace", "Nơi làm việc", "Workplace", Kind.TEXT, "care", 12, personal=True),
)
KNOWN: Mapping[str, Mapping[str, Value]] = {
    "lan": {"ice": LITTLE, "own_cup": True, "workplace": "Ngân hàng đầu đường Lê Lợi"},
    "hoa": {"ice": NONE, "own_cup": True},
    "minh": {"ice": NORMAL, "own_cup": False},
}
TOLD = {"lan": ("chụp ảnh phim",), "minh": ("chạy bộ", "cà phê rang mộc"), "hoa": ("làm bánh",)}  # interests
FARTHEST = 330  # days from the first fill to the last of the birthdays told; those of `journeys` come sooner
SOONEST = 45


def make(session: Session, calendar: Calendar) -> None:
    """Bring them about; a second time changes nothing, nor what the shop has made of them since."""
    if session.scalar(sa.select(CustomField.id).where(CustomField.created_by == DEMO.actor).limit(1)) is not None:
        return
    at = calendar.now  # written last, so told last: the timeline goes by what was written when
    taken = {field.key for field in fields.list_all(session, archived=True)}
    for wanted in FIELDS:
        if wanted.key not in taken:
            fields.define(session, wanted, by=DEMO, now=at)
    for number, guest in enumerate(crowd.guests()):
        customer = profiles.find_by_phone(session, guest.person.phone) if guest.person.phone else None
        if customer is None or customer.erased_at is not None:
            continue
        told = KNOWN.get(guest.person.key) or _habits(number)
        values.put_all(session, customer, _defined(session, told), by=DEMO, now=at)
        for word in TOLD.get(guest.person.key, ()):
            interests.tell(session, customer.id, word, by=DEMO, now=at)
        if guest.person.key not in crowd.HABITS and number % 3:
            _tell_birthday(session, customer, number, calendar)


def take_away(session: Session) -> None:
    """The demo's fields nobody has a value of. Segments of the shop's own that ask them find nobody by them."""
    unused = ~sa.exists().where(CustomValue.field_id == CustomField.id)
    gone = sa.delete(CustomField).where(CustomField.created_by == DEMO.actor, unused)
    session.execute(gone.execution_options(synchronize_session=False))


def _habits(number: int) -> Mapping[str, Value]:
    """Of every other guest, as if somebody at the counter had asked."""
    return {"ice": (NORMAL, LITTLE, NONE)[number % 3], "own_cup": number % 6 == 0} if number % 2 else {}


def _defined(session: Session, told: Mapping[str, Value]) -> dict[str, Value | None]:
    known = fields.by_key(session)
    return {key: value for key, value in told.items() if key in known and known[key].created_by == DEMO.actor}


def _tell_birthday(session: Session, customer: Customer, number: int, calendar: Calendar) -> None:
    """Spread over the months to come, none soon: nobody has two occasions in one week."""
    if customer.birthday is not None:
        return
    on: date = calendar.anchor + timedelta(days=SOONEST + number * 37 % (FARTHEST - SOONEST))
    birthdays.put(session, customer, Birthday(on.month, on.day), now=calendar.now)
