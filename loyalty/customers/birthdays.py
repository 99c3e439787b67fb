"""When somebody was born: sealed with them, day and month in clear for the rules of points.

Whatever is corrected, no calendar year has two birthdays: once the month of the one known has begun, another one counts
from the next year on. A person tells it once and may change it a year later, or on the same day; staff correct it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.errors import RuleViolation
from loyalty.vault import people

AGAIN = timedelta(days=365)  # so long a person keeps the birthday they told
WEEK = timedelta(days=7)
ANY_YEAR = 2000  # with a 29 February

_KEPT = re.compile(r"([0-9]{4}|-)-([0-9]{2})-([0-9]{2})")


class BirthdayFixed(RuleViolation):
    """They told another one before, which stays until `again_on`; staff may correct it."""

    code = "birthday_fixed"


class BadBirthday(RuleViolation):
    """Not a day of the calendar, to come, or over 120 years ago."""

    code = "bad_birthday"


@dataclass(frozen=True, slots=True)
class Birthday:
    """`year` None: not told."""

    month: int
    day: int
    year: int | None = None

    @property
    def text(self) -> str:
        """`1990-11-20`, without the year `--11-20`."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}" if self.year else f"--{self.month:02}-{self.day:02}"

    @property
    def number(self) -> int:
        """As totals keep it: 1120 for 20 November."""
        return self.month * 100 + self.day


def read(text: str) -> Birthday:
    """Of the text it is kept as. Raises BadBirthday."""
    if (found := _KEPT.fullmatch(text)) is None:
        raise BadBirthday
    year, month, day = None if found[1] == "-" else int(found[1]), int(found[2]), int(found[3])
    try:
        date(year or ANY_YEAR, month, day)
    except ValueError:
        raise BadBirthday from None
    return Birthday(month, day, year)


def maybe(text: str | None) -> Birthday | None:
    return None if text is None else read(text)


def text_of(session: Session, customer: Customer) -> str | None:
    """As it is kept; None: not told, or nobody can read it any more."""
    if customer.birthday is None:
        return None
    try:
        return people.read(session, customer.id, customer.birthday, "customer", "birthday", customer.public_id)
    except people.Erased:
        return None


def find(session: Session, customer: Customer) -> Birthday | None:
    return maybe(text_of(session, customer))


def tell(session: Session, customer: Customer, born: Birthday, *, now: datetime) -> bool:
    """The person tells it themselves; False when it was known. Raises BirthdayFixed, CustomerNotFound, Erased."""
    profiles.hold_living(session, customer.id)
    session.refresh(customer)
    if text_of(session, customer) == born.text:
        return False
    if customer.birthday is not None and customer.birthday_told_at is not None:
        day = shop.of(session).day
        told_on = day(customer.birthday_told_at)
        if told_on < day(now) < told_on + AGAIN:
            raise BirthdayFixed(again_on=told_on + AGAIN)
    put(session, customer, born, now=now)
    return True


def put(session: Session, customer: Customer, born: Birthday | None, *, now: datetime) -> None:
    """Keep it, or take it away (None). Raises BadBirthday, CustomerNotFound, Erased."""
    stats = profiles.hold_living(session, customer.id)
    session.refresh(customer)
    today = shop.of(session).day(now)
    if born is not None and born.year is not None and not 0 <= today.year - born.year <= 120:
        raise BadBirthday
    if (text := born.text if born else None) == text_of(session, customer):
        return
    if (born.number if born else None) != stats.birthday:
        stats.birthday_from = _counts_from(stats, today)
        stats.birthday = born.number if born else None
    customer.birthday = None if text is None else _seal(session, customer, text)
    customer.birthday_told_at = now
    session.flush()
    timeline.record(session, customer.id, "birthday", at=now)


def hand_over(session: Session, giver: Customer, taker: Customer, *, now: datetime) -> None:
    """What was told goes with its person, where it is not known yet; what it already brought them goes along."""
    born, told_at = find(session, giver), giver.birthday_told_at
    if born is None or taker.erased_at is not None:
        return
    since = profiles.lock(session, giver.id).birthday_from
    put(session, giver, None, now=now)
    if taker.birthday is None:
        put(session, taker, born, now=now)
        taker.birthday_told_at = told_at
        theirs = profiles.lock(session, taker.id)
        theirs.birthday_from = max(filter(None, (since, theirs.birthday_from)), default=None)
        session.flush()


def counted(stats: CustomerStats, on: date) -> tuple[int, int] | None:
    """Month and day, as far as it counts on a shop day."""
    if stats.birthday is None or (stats.birthday_from is not None and on < stats.birthday_from):
        return None
    return divmod(stats.birthday, 100)


def _counts_from(stats: CustomerStats, today: date) -> date:
    """From when on another birthday counts: next year, where the one known may have brought something this year."""
    earliest = max(today, stats.birthday_from or today)
    if stats.birthday is None:
        return earliest
    month, day = divmod(stats.birthday, 100)
    begins = min(date(today.year, month, 1), date(today.year, month, min(day, 28)) - WEEK)
    return max(earliest, date(today.year + 1, 1, 1)) if begins <= today else earliest


def _seal(session: Session, customer: Customer, text: str) -> bytes:
    return people.key_of(session, customer.id).seal(text, crypto.aad("customer", "birthday", customer.public_id))
