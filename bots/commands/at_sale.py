"""What helps whoever serves a customer right now, in two short lines at most."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy.orm import Session

from bots.commands import people
from bots.texts import formats, text
from loyalty import entities, shop
from loyalty.customers import cases, notes
from loyalty.customers.models import Customer, CustomerStats
from loyalty.points.rating import matching
from loyalty.purchases import finding, products
from loyalty.purchases.models import Purchase
from loyalty.rewards import catalogue, redemptions, vouchers
from loyalty.typed import fold

FAVOURITES = 2  # products named
OFFERS = 2  # codes named
LONGEST_NOTE = 60  # characters
WEEK = 7  # days from today on, today among them
BETWEEN = " · "


def lines(session: Session, locale: str, customer: Customer, bill: Purchase, *, now: datetime) -> list[str]:
    """Beside a bill just recorded: who this is (last visit, usual purchase, note); then what waits for them."""
    if bill.made_customer:
        return []
    known = BETWEEN.join(_known(session, locale, customer, bill, now))
    waits = BETWEEN.join(_waits(session, locale, customer, now))
    return [people.capital(said) for said in (known, waits) if said]


def birthday(session: Session, customer: Customer, now: datetime) -> date | None:
    """The day of this week it is kept on; None where it is not, or not known."""
    stats, today = entities.get_one(session, CustomerStats, customer.id), shop.of(session).day(now)
    if stats.birthday is None:
        return None
    march = people.rules(session, now).leap_to_march
    born = divmod(stats.birthday, 100)
    days = (matching.kept_on(born, year, leap_to_march=march) for year in (today.year, today.year + 1))
    return next((day for day in days if 0 <= (day - today).days < WEEK), None)


def birthday_words(session: Session, locale: str, customer: Customer, now: datetime) -> str:
    """`sinh nhật hôm nay`, `sinh nhật 25/11`; "" in other weeks."""
    on, today = birthday(session, customer, now), shop.of(session).day(now)
    if on is None:
        return ""
    if on == today:
        return text("sale.birthday_today", locale)
    return text("sale.birthday", locale, day=formats.day(on, locale, today))


def codes(session: Session, locale: str, customer: Customer, now: datetime) -> list[str]:
    """Rewards and vouchers they hold and may bring, without their codes: `Bánh croissant đến 30/11`."""
    today = shop.of(session).day(now)
    held = redemptions.list_open(session, customer.id, now=now)
    given = [each for each, _code in vouchers.list_valid(session, customer.id, today=today)]
    return [
        text(
            "find.offer",
            locale,
            reward=catalogue.name_of(catalogue.get(session, each.reward_id), locale),
            day=formats.day(each.valid_on, locale, today),
        )
        for each in (*held, *given)
    ]


def _known(session: Session, locale: str, customer: Customer, bill: Purchase, now: datetime) -> Iterator[str]:
    today = shop.of(session).day(now)
    before = [each for each in finding.returnable(session, customer.id, limit=2) if each.id != bill.id]
    if before and (ago := (today - before[0].purchased_on).days) > 0:
        day = formats.day(before[0].purchased_on, locale, today)
        yield text("sale.last", locale, day=day, ago=text("find.ago", locale, days=count(ago, locale)))
    if favourites := products.list_favourites(session, customer.id, limit=FAVOURITES):
        yield text("sale.favourites", locale, products=", ".join(map(formats.name, favourites)))
    for note in notes.list_newest(session, customer.id, limit=1):
        yield text("sale.note", locale, words=fold.quote(notes.words_of(session, note), LONGEST_NOTE))


def _waits(session: Session, locale: str, customer: Customer, now: datetime) -> Iterator[str]:
    if (case := cases.open_complaint(session, customer.id)) is not None:
        yield text("sale.complaint", locale, number=case.id)
    if held := codes(session, locale, customer, now)[:OFFERS]:
        yield text("sale.codes", locale, codes=", ".join(held))
    if said := birthday_words(session, locale, customer, now):
        yield said


def count(days: int, locale: str) -> str:
    """`9 ngày`, `1 day`, `9 days`."""
    return text("find.day" if days == 1 else "find.days", locale, days=max(days, 1))
