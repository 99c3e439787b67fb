"""What stands in a campaign's blanks, read for many people at once: one query a field, however many they are."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import fields as blanks
from loyalty.campaigns.fields import FIELDS
from loyalty.campaigns.offers import Voucher
from loyalty.customers import consents, profiles, searching
from loyalty.customers.consents import Purpose
from loyalty.customers.models import Customer, CustomerStats
from loyalty.customers.traits import fields as own
from loyalty.customers.traits import interests, typing
from loyalty.customers.traits import values as own_values
from loyalty.customers.traits.models import CustomField, CustomValue, Interest
from loyalty.points.lots import IS_PROMISE, LOTS, NEXT_DAY
from loyalty.points.tiers import qualifying
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases.models import PurchaseLine
from loyalty.purchases.stats import PURCHASES, STANDING
from loyalty.referrals import bringing, codes
from loyalty.referrals.models import ReferralCode
from loyalty.shop import Shop
from loyalty.typed.money import format_money, format_points

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LINES = PurchaseLine.metadata.tables[PurchaseLine.__tablename__]
TASTES = {"favourite_product": LINES.c.name, "favourite_category": LINES.c.category}
OF_STATS = ("points", "tier", "next_tier", "to_next_tier", "last_visit", "days_away")
Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom, which fields, and when. `locales`: the language of the words each of them gets.

    `vouchers` are those drawn already. `makes_links`: a referral link nobody asked for yet is made.
    """

    customers: Sequence[Customer]
    fields: Collection[str]
    locales: Mapping[int, str]
    now: datetime
    vouchers: Mapping[int, Voucher] = field(default_factory=dict)
    makes_links: bool = False

    @property
    def ids(self) -> list[int]:
        return [customer.id for customer in self.customers]


def read(session: Session, reading: Reading) -> dict[int, Values]:
    """Values by customer and field; one that is not there is missing. Costs the same queries for one and for many.

    What somebody bought or holds is missing for whoever does not want to be known by it.
    """
    found: dict[int, dict[str, str | None]] = {each: {} for each in reading.ids}
    for names, reader in _READERS:
        if wanted := [name for name in names if name in reading.fields]:
            for customer_id, name, value in reader(session, reading, wanted):
                found[customer_id][name] = value
    for customer_id, name, value in _own(session, reading):
        found[customer_id][name] = value
    personal = [name for name in reading.fields if _is_personal(name)]
    if personal and reading.customers:
        shy = consents.refusers(Purpose.PERSONALISATION).where(CustomerStats.customer_id.in_(reading.ids))
        for customer_id in session.scalars(shy):
            found[customer_id] = {name: value for name, value in found[customer_id].items() if name not in personal}
    return dict(found)


def lacks(session: Session, name: str, *, day: date) -> ColumnElement[bool] | None:
    """The condition for a row of `customer` to have no value for a field on a shop day; None: everybody has one."""
    stats = sa.select(CustomerStats.customer_id).where(CustomerStats.customer_id == Customer.id).correlate(Customer)
    lacking: ColumnElement[bool]
    match name:
        case "name":
            return Customer.name.is_(None)
        case "next_tier" | "to_next_tier":
            top = versions.at(session, day).tiers[-1].code
            lacking = stats.where(CustomerStats.tier == top).exists()
        case "expiring_points" | "expires_on":
            lacking = ~sa.exists().where(LOTS.c.customer_id == Customer.id, *_ending(day))
        case "last_visit" | "days_away":
            lacking = stats.where(CustomerStats.last_purchase_at.is_(None)).exists()
        case "favourite_product" | "favourite_category":
            bought = sa.select(LINES.c.id).join(PURCHASES, PURCHASES.c.id == LINES.c.purchase_id)
            mine = bought.where(PURCHASES.c.customer_id == Customer.id, STANDING, TASTES[name].is_not(None))
            lacking = ~mine.exists()
        case "interest":
            lacking = Customer.id.not_in(sa.select(Interest.customer_id).where(interests.counts()))
        case "referral_link":
            return None if bringing.is_on(session, now=shop.of(session).midnight(day)) else sa.true()
        case _ if name.startswith(own.PREFIX):
            lacking = Customer.id.not_in(_holders(name))
        case _ if FIELDS[name].is_personal:
            lacking = sa.false()
        case _:
            return None
    return sa.or_(lacking, Customer.id.in_(consents.refusers(Purpose.PERSONALISATION)))


Found = Sequence[tuple[int, str, str | None]]
Reader = Callable[[Session, Reading, Sequence[str]], Found]


def _is_personal(name: str) -> bool:
    declared = blanks.find(name)
    return declared is not None and declared.is_personal


def _holders(name: str) -> sa.Select[Any]:
    """Who has something in one of the shop's own fields that are in use."""
    named = (CustomField.key == name.removeprefix(own.PREFIX), CustomField.archived_at.is_(None))
    return sa.select(CustomValue.customer_id).join(CustomField, CustomField.id == CustomValue.field_id).where(*named)


def _own(session: Session, reading: Reading) -> Found:
    """The shop's own fields, as people read them."""
    keys = [name.removeprefix(own.PREFIX) for name in reading.fields if name.startswith(own.PREFIX)]
    if not keys or not reading.customers:
        return []
    held = searching.hold_keys(session, reading.customers)
    found = own_values.of_many(session, reading.customers, keys)
    del held
    return [
        (to, f"{own.PREFIX}{each.field.key}", typing.write(each.field, each.value, reading.locales[to]))
        for to, theirs in found.items()
        for each in theirs
    ]


def _names(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    keys = searching.hold_keys(session, reading.customers)
    found = [(customer.id, "name", profiles.name_of(session, customer)) for customer in reading.customers]
    del keys
    return found


def _shops(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    return [(each, "shop", shop.of(session).name) for each in reading.ids]


def _vouchers(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    today, found = shop.of(session).day(reading.now), []
    for customer_id, voucher in reading.vouchers.items():
        found.append((customer_id, "voucher", voucher.code))
        found.append((customer_id, "voucher_until", write_day(voucher.until, reading.locales[customer_id], today)))
    return found


def _totals(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    place = shop.of(session)
    rows = session.scalars(sa.select(CustomerStats).where(CustomerStats.customer_id.in_(reading.ids))).all()
    programme = versions.at(session, place.day(reading.now))
    counted: Mapping[int, int] = {}
    if "to_next_tier" in wanted or "next_tier" in wanted:
        counted = _counted(session, rows, programme, place.day(reading.now))
    found: list[tuple[int, str, str | None]] = []
    for stats in rows:
        of = _Standing(stats, programme, counted.get(stats.customer_id, 0), reading, place)
        found += [(stats.customer_id, name, of.write(name)) for name in wanted]
    return found


@dataclass(frozen=True, slots=True)
class _Standing:
    """One customer's totals, written in their language."""

    stats: CustomerStats
    programme: Programme
    counted: int  # in the metric of the programme's tiers
    reading: Reading
    place: Shop

    def write(self, name: str) -> str | None:
        locale, today = self.reading.locales[self.stats.customer_id], self.place.day(self.reading.now)
        match name:
            case "points":
                return write_points(self.stats.points, locale)
            case "tier":
                return self.programme.tier_name(self.stats.tier, locale)
            case "next_tier" | "to_next_tier":
                return self._next(name, locale)
        if self.stats.last_purchase_at is None:
            return None
        last = self.place.day(self.stats.last_purchase_at)
        if name == "last_visit":
            return write_day(last, locale, today)
        days = max((today - last).days, 0)
        return f"{days} ngày" if locale == "vi" else f"{days} day{'' if days == 1 else 's'}"

    def _next(self, name: str, locale: str) -> str | None:
        above = self.programme.tiers[self.programme.rank(self.stats.tier) + 1 :]
        tier = next((each for each in above if each.spend > self.counted), None)
        if tier is None:
            return None
        if name == "next_tier":
            return self.programme.tier_name(tier.code, locale)
        return _write_metric(tier.spend - self.counted, self.programme.qualification.metric, locale)


def _counted(session: Session, rows: Sequence[CustomerStats], programme: Programme, day: date) -> Mapping[int, int]:
    if qualifying.is_kept(programme.qualification):  # the totals are true for last night; a day more is not worth more
        return {stats.customer_id: stats.spent_12m for stats in rows}
    records = qualifying.of_many(session, programme.qualification, [stats.customer_id for stats in rows], day)
    return {customer_id: record.amount(day) for customer_id, record in records.items()}


def _expiring(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    today = shop.of(session).day(reading.now)
    ending = (LOTS.c.customer_id.in_(reading.ids), *_ending(today))
    first = sa.select(LOTS.c.customer_id, sa.func.min(LOTS.c.expires_on).label("on")).where(*ending)
    soonest = first.group_by(LOTS.c.customer_id).subquery()
    query = (
        sa.select(LOTS.c.customer_id, LOTS.c.expires_on, sa.func.sum(LOTS.c.remaining))
        .join(soonest, sa.and_(soonest.c.customer_id == LOTS.c.customer_id, soonest.c.on == LOTS.c.expires_on))
        .where(*ending)
        .group_by(LOTS.c.customer_id, LOTS.c.expires_on)
    )
    found: list[tuple[int, str, str | None]] = []
    for customer_id, on, points in session.execute(query):
        locale = reading.locales[customer_id]
        found.append((customer_id, "expiring_points", write_points(int(points), locale)))
        found.append((customer_id, "expires_on", write_day(on, locale, today)))
    return found


def _tastes(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    return [row for name in wanted for row in _taste(session, reading, name)]


def _taste(session: Session, reading: Reading, name: str) -> Found:
    """What they took most pieces of; of equals the one taken last, then by name."""
    of, pieces = TASTES[name], LINES.c.quantity - LINES.c.returned_quantity
    grouped = (
        sa.select(
            PURCHASES.c.customer_id,
            of.label("taste"),
            sa.func.row_number()
            .over(
                partition_by=PURCHASES.c.customer_id,
                order_by=(sa.func.sum(pieces).desc(), sa.func.max(PURCHASES.c.purchased_on).desc(), of),
            )
            .label("place"),
        )
        .join(PURCHASES, PURCHASES.c.id == LINES.c.purchase_id)
        .where(PURCHASES.c.customer_id.in_(reading.ids), STANDING, of.is_not(None))
        .group_by(PURCHASES.c.customer_id, of)
        .subquery()
    )
    query = sa.select(grouped.c.customer_id, grouped.c.taste).where(grouped.c.place == 1)
    return [(customer_id, name, taste) for customer_id, taste in session.execute(query)]


def _interests(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    """What they told last, else what they buy most often."""
    order = (Interest.told_at.is_(None), Interest.told_at.desc(), Interest.times.desc(), Interest.word)
    place = sa.func.row_number().over(partition_by=Interest.customer_id, order_by=order).label("place")
    ranked = sa.select(Interest.customer_id, Interest.shown, place).where(
        Interest.customer_id.in_(reading.ids), interests.counts()
    )
    first = ranked.subquery()
    rows = session.execute(sa.select(first.c.customer_id, first.c.shown).where(first.c.place == 1))
    return [(customer_id, "interest", shown) for customer_id, shown in rows]


def _links(session: Session, reading: Reading, wanted: Sequence[str]) -> Found:
    if not bringing.is_on(session, now=reading.now):
        return []
    query = sa.select(ReferralCode.customer_id, ReferralCode.code).where(ReferralCode.customer_id.in_(reading.ids))
    known: dict[int, str] = {row[0]: row[1] for row in session.execute(query)}
    if reading.makes_links:
        known |= {each: codes.of(session, each, now=reading.now) for each in reading.ids if each not in known}
    else:
        known |= {each: codes.EXAMPLE for each in reading.ids if each not in known}
    return [(each, "referral_link", codes.link(session, code)) for each, code in known.items()]


def _ending(day: date) -> tuple[ColumnElement[bool], ...]:
    return (LOTS.c.remaining > 0, LOTS.c.expires_on.between(day, date.max - NEXT_DAY), ~IS_PROMISE)


def write_day(on: date, locale: str, today: date) -> str:
    """`15/12`, with its year unless it is this one; `15 Dec` in English."""
    if locale == "vi":
        return f"{on:%d/%m}" if on.year == today.year else f"{on:%d/%m/%Y}"
    short = f"{on.day} {MONTHS[on.month - 1]}"
    return short if on.year == today.year else f"{short} {on.year}"


def write_points(count: int, locale: str) -> str:
    """`1.250 điểm`, `1 point`."""
    word = "điểm" if locale == "vi" else "point" if abs(count) == 1 else "points"
    return f"{format_points(count, locale)} {word}"


def _write_metric(number: int, metric: str, locale: str) -> str:
    if metric == "spend":
        return format_money(number, locale)
    if metric == "points":
        return write_points(number, locale)
    word = "đơn" if locale == "vi" else "order" if number == 1 else "orders"
    return f"{format_points(number, locale)} {word}"


_READERS: Sequence[tuple[Sequence[str], Reader]] = (
    (("name",), _names),
    (("shop",), _shops),
    (("voucher", "voucher_until"), _vouchers),
    (OF_STATS, _totals),
    (("expiring_points", "expires_on"), _expiring),
    (tuple(TASTES), _tastes),
    (("referral_link",), _links),
    (("interest",), _interests),
)
