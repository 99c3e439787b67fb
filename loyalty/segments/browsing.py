"""Looking through customers: a few filters, each of them a rule of the segments' language, in pages by key.

One filter leads the way along its index, the others are asked of whoever is met there. So a page costs the same however
many customers there are; where hardly anybody met fits, it ends after `SCAN` of them, and the next page goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty.channels.models import ChannelAccount
from loyalty.customers import profiles
from loyalty.customers.models import (
    Case,
    ChannelIdentity,
    Customer,
    CustomerStats,
    agreed_to_promotion,
    is_unclosed,
)
from loyalty.segments import compile as sql
from loyalty.segments import rules
from loyalty.segments.rules import Frame

SCAN = 5_000  # people looked at for one page, where more than one thing is asked of them
GLANCE = 200  # of them at first: nearly always enough

Place = tuple[Any, ...]  # the values of a path's keys in one row; the last one is the customer's id


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; None: either way. `tier` is a code; `quiet_days`: bought, and not for so many shop days."""

    tier: str | None = None
    is_member: bool | None = None
    channel: str | None = None
    promotion: bool | None = None
    quiet_days: int | None = None
    has_case: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of those looked for; `next` is what the next page begins after, None at the end.

    A page may hold fewer than asked for, even nobody, and still have a next one.
    """

    customers: Sequence[Customer]
    next: Customer | None


@dataclass(frozen=True, slots=True)
class Path:
    """The rows of an index, newest key first. `answers`: the filters that hold for everybody who is met on it.

    `repeats`: somebody may be met several times in a row.
    """

    keys: tuple[InstrumentedAttribute[Any], ...]
    on: tuple[ColumnElement[bool], ...] = ()
    answers: Filters = Filters()
    repeats: bool = False

    def rows(self, query: Select[Any], before: Place | None, count: int) -> Select[Any]:
        """The query along this path: at most `count` rows before a place."""
        query = query.where(*self.on)
        if before is not None:
            query = query.where(tuple_(*self.keys) < before if len(before) > 1 else self.keys[0] < before[0])
        return query.order_by(*(key.desc() for key in self.keys)).limit(count)


def rules_of(filters: Filters) -> dict[str, Any]:
    """The filters in the language of segments, to be kept as one; that a case is open is no rule of it."""
    asked = {
        ("tier", "="): filters.tier,
        ("channel", "="): filters.channel,
        ("consent.promotion", "="): filters.promotion,
        ("last_purchase_days", ">="): filters.quiet_days,
    }
    wanted: list[dict[str, Any]] = [
        {"field": field, "op": op, "value": value} for (field, op), value in asked.items() if value is not None
    ]
    if filters.is_member is not None:
        joined = {"field": "joined_days", "op": ">=", "value": 0}
        wanted.append(joined if filters.is_member else {"not": joined})
    return {"all": wanted}


def browse(session: Session, filters: Filters, frame: Frame, *, after: str | None = None, limit: int = 50) -> Page:
    """A page of the customers the filters pick: newest first, or who bought last first where `quiet_days` leads.

    `after` is the public id of `next` of the page before. Raises CustomerNotFound, and BadRules for a tier or channel
    there is not.
    """
    picked = sql.members(rules.parse(rules_of(filters), frame), frame)
    path = _path(session, filters, frame)
    place = None if after is None else _place_of(session, path, profiles.get_public(session, after))
    if path.answers == filters:
        return _walk(session, path, picked, place, limit)
    return _search(session, path, picked, place, limit)


def _walk(session: Session, path: Path, picked: ColumnElement[bool], place: Place | None, limit: int) -> Page:
    """Nearly everybody met on the path is wanted."""
    source = path.keys[0].class_
    query = select(Customer, *path.keys).join(CustomerStats, CustomerStats.customer_id == Customer.id).where(picked)
    if source in (Case, ChannelIdentity):
        query = query.join(source, source.customer_id == Customer.id)
    found: dict[int, Customer] = {}
    while True:
        met = session.execute(path.rows(query, place, limit + 1)).all()
        found |= {row[0].id: row[0] for row in met}
        people = list(found.values())
        if len(people) > limit:
            return Page(people[:limit], people[limit - 1])
        if len(met) <= limit:
            return Page(people, None)
        place = tuple(met[-1][1:])


def _search(session: Session, path: Path, picked: ColumnElement[bool], place: Place | None, limit: int) -> Page:
    """Some of those met on the path are wanted: a few are looked at first, then as many as a page may."""
    for count in (GLANCE, SCAN):
        met = path.rows(select(*path.keys).distinct() if path.repeats else select(*path.keys), place, count).subquery()
        query = (
            select(Customer)
            .join(CustomerStats, CustomerStats.customer_id == Customer.id)
            .join(met, met.c[path.keys[-1].key] == Customer.id)
            .where(picked)
            .order_by(*(column.desc() for column in met.c))
            .limit(limit + 1)
        )
        found = session.scalars(query).all()
        if len(found) > limit:
            return Page(found[:limit], found[limit - 1])
    beyond = path.rows(select(*path.keys).distinct() if path.repeats else select(*path.keys), place, 1).offset(SCAN - 1)
    last = session.execute(beyond).one_or_none()
    return Page(found, None if last is None else profiles.get(session, last[-1]))


def _path(session: Session, filters: Filters, frame: Frame) -> Path:
    """The walk of the filter that leads: the one that meets fewest, as far as can be known without counting.

    An open case always leads: it is no rule that could be asked of whoever is met.
    """
    stats, chat, of = CustomerStats, ChannelIdentity, Filters
    is_rare_tier = filters.tier is not None and frame.programme.rank(filters.tier) > 0
    if filters.has_case:
        return Path((Case.customer_id,), (is_unclosed(Case),), of(has_case=True), repeats=True)
    if is_rare_tier:
        return Path((stats.customer_id,), (stats.tier == filters.tier,), of(tier=filters.tier))
    if filters.promotion:
        return Path((chat.customer_id,), (agreed_to_promotion(),), of(promotion=True), repeats=True)
    if filters.quiet_days is not None:
        alone = of(quiet_days=filters.quiet_days)
        quiet = sql.where(rules.parse(rules_of(alone), frame), frame)
        return Path((stats.last_purchase_at, stats.customer_id), (quiet,), alone)
    if filters.is_member is False:
        return Path((Customer.id,), (Customer.joined_at.is_(None),), of(is_member=False))
    if filters.channel is not None:
        accounts = session.scalars(select(ChannelAccount.id).filter_by(kind=filters.channel).limit(2)).all()
        if len(accounts) < 2:
            on = chat.channel_account_id == (accounts[0] if accounts else 0)
            return Path((chat.customer_id,), (on,), of(channel=filters.channel), repeats=True)
    if filters.is_member:
        return Path((Customer.id,), (Customer.joined_at.is_not(None),), of(is_member=True))
    tier = () if filters.tier is None else (stats.tier == filters.tier,)
    return Path((stats.customer_id,), tier, of(tier=filters.tier))


def _place_of(session: Session, path: Path, customer: Customer) -> Place:
    """Where somebody stands on a path, whether they are on it or not."""
    if len(path.keys) == 1:
        return (customer.id,)
    return tuple(session.execute(select(*path.keys).where(path.keys[-1] == customer.id)).one())
