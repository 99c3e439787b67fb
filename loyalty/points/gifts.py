"""The gifts that come by themselves: for having joined, and on birthdays; each person once, told in their chat."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import Customer
from loyalty.points import accounts, occasions
from loyalty.points.accounts import CUSTOMERS
from loyalty.points.occasions import Gift, Happening
from loyalty.points.rating.matching import kept_on
from loyalty.points.telling import Notice, Voice
from loyalty.programme import versions
from loyalty.programme.document import Programme, Scope
from loyalty.programme.versions import NoProgramme
from loyalty.purchases.stats import STATS

ACTOR = "clock"
MADE_UP = 7  # days a birthday is looked back for: no job ran on some of them
PROVEN = ("shared", "staff")
LEAP_DAY = 229


def welcome(session: Session, voice: Voice, *, now: datetime, after_id: int = 0, limit: int = 200) -> int | None:
    """Give the next `limit` members after `after_id` what joining brings by the rules of the day they joined.

    A phone that was only typed is a claim: then it comes with the first bill, or with the proof. Returns the id to go
    on after, None when nobody is left. Once more changes nothing.
    """
    due = session.connection().execute(_WELCOME, {"after_id": after_id, "most": limit}).all()
    accounts.lock_many(session, [row.customer_id for row in due])  # all of them before the first cap
    for row in due:
        on = shop.of(session).day(row.joined_at)
        if not _has(session, Scope.JOINING, on):
            _done(session, row.customer_id)
        elif row.phone_proof in PROVEN or row.first_purchase_at is not None:
            happening = Happening(row.customer_id, Scope.JOINING, "joining", on)
            tell(session, voice, occasions.give(session, happening, actor=ACTOR, now=now), now=now)
            _done(session, row.customer_id)
    return due[-1].customer_id if len(due) == limit else None


def celebrate(
    session: Session, voice: Voice, day: date, *, now: datetime, after_id: int = 0, limit: int = 200
) -> int | None:
    """Give the next `limit` members after `after_id` whose birthday is kept on a shop day what the rules of it say.

    Once in a calendar year, whatever is corrected. Returns the id to go on after, None when nobody is left.
    """
    rules = _rules(session, day)
    if rules is None or not rules.on(Scope.BIRTHDAY):
        return None
    asked = {"birthdays": kept_by(day, rules), "day": day, "after_id": after_id, "most": limit}
    found = session.connection().scalars(_BORN, asked).all()
    accounts.lock_many(session, found)  # all of them before the first cap
    for customer_id in found:
        happening = Happening(customer_id, Scope.BIRTHDAY, f"birthday|{day.year}", day)
        tell(session, voice, occasions.give(session, happening, actor=ACTOR, now=now), now=now)
    return found[-1] if len(found) == limit else None


def days_to_keep(today: date) -> list[date]:
    """The shop days a job looks at: a week back, so that none is left out when nothing ran."""
    return [today - timedelta(days=back) for back in range(MADE_UP, -1, -1)]


def kept_by(day: date, rules: Programme) -> list[int]:
    """The birthdays kept on a day, as totals keep them: 228 and 229 on 28 February of most years."""
    leap = kept_on((2, 29), day.year, leap_to_march=rules.leap_to_march)
    plain = day.month * 100 + day.day
    return sorted({plain, *((LEAP_DAY,) if leap == day else ())})


def tell(session: Session, voice: Voice, gifts: Sequence[Gift], *, now: datetime) -> None:
    """Tell each new gift to whose it is, at any hour: they are their own points."""
    for gift in gifts:
        if gift.is_new:
            facts = {"points": gift.entry.points, "reason": gift.names}
            notice = Notice(gift.entry.customer_id, "gift", f"gift:{gift.entry.id}", facts)
            voice.tell(session, notice, now=now)


def _has(session: Session, scope: Scope, on: date) -> bool:
    rules = _rules(session, on)
    return rules is not None and bool(rules.on(scope))


def _rules(session: Session, on: date) -> Programme | None:
    try:
        return versions.at(session, on)
    except NoProgramme:
        return None


def _done(session: Session, customer_id: int) -> None:
    session.connection().execute(_LOOKED, {"of_customer": customer_id})


_WELCOME = (
    select(STATS.c.customer_id, STATS.c.joined_at, STATS.c.first_purchase_at, CUSTOMERS.c.phone_proof)
    .join(Customer, CUSTOMERS.c.id == STATS.c.customer_id)
    .where(STATS.c.welcome_due, STATS.c.customer_id > bindparam("after_id"))
    .order_by(STATS.c.customer_id)
    .limit(bindparam("most"))
)
_LOOKED = update(STATS).where(STATS.c.customer_id == bindparam("of_customer")).values(welcome_due=False)
_BORN = (
    select(STATS.c.customer_id)
    .where(
        STATS.c.birthday.in_(bindparam("birthdays", expanding=True)),
        STATS.c.joined_at.is_not(None),
        STATS.c.erased_at.is_(None),
        (STATS.c.birthday_from.is_(None)) | (STATS.c.birthday_from <= bindparam("day")),
        STATS.c.customer_id > bindparam("after_id"),
    )
    .order_by(STATS.c.customer_id)
    .limit(bindparam("most"))
)
