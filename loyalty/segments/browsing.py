"""Looking through customers: a few filters, each of them a rule of the segments' language, in pages by key.

One filter leads the way along its index, the others are asked of whoever is met there. So a page costs the same however
many customers there are; where hardly anybody met fits, it ends after `SCAN` of them, and the next page goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
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

SCAN = 10_000  # people looked at for one page
STRIDE = 1_000  # of them at a time

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
    """The rows of an index, newest key first."""

    keys: tuple[InstrumentedAttribute[Any], ...]
    on: Sequence[ColumnElement[bool]] = ()
    repeats: bool = False  # one customer may have several rows
    branches: Sequence[ColumnElement[bool]] = ()  # each an index range of its own, walked side by side

    def walk(self, session: Session, before: Place | None, count: int) -> list[Place]:
        """The next places before a place, at most `count`, each customer once."""
        if len(self.branches) < 2:
            query = self._rows(self.branches, before, count)
        else:
            parts = [select(self._rows([branch], before, count).subquery()) for branch in self.branches]
            merged = union_all(*parts).subquery()
            query = select(*merged.c).distinct().order_by(*(key.desc() for key in merged.c)).limit(count)
        return [tuple(row) for row in session.execute(query)]

    def _rows(self, branch: Sequence[ColumnElement[bool]], before: Place | None, count: int) -> Select[Any]:
        query = select(*self.keys).where(*self.on, *branch)
        query = query.distinct() if self.repeats else query
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


def browse(session: Session, filters: Filters, *, after: str | None = None, limit: int = 50, now: datetime) -> Page:
    """A page of the customers the filters pick: newest first, or who bought last first where `quiet_days` leads.

    `after` is the public id of `next` of the page before. Raises BadRules for a tier there is not, CustomerNotFound.
    """
    frame = Frame.at(session, now)
    picked = sql.members(rules.parse(rules_of(filters), frame), frame)
    if filters.has_case:
        picked &= select(Case.id).where(Case.customer_id == CustomerStats.customer_id, is_unclosed(Case)).exists()
    path = _path(session, filters, frame)
    place = None if after is None else _place_of(session, path, profiles.get_public(session, after))
    return _collect(session, path, picked, place, limit)


def _collect(session: Session, path: Path, picked: ColumnElement[bool], place: Place | None, limit: int) -> Page:
    found: list[Customer] = []
    met, stride = 0, limit + 1
    while met < SCAN:
        places = path.walk(session, place, stride)
        found += _fitting(session, places, picked)
        if len(found) > limit:
            return Page(found[:limit], found[limit - 1])
        if len(places) < stride:
            return Page(found, None)
        place, met, stride = places[-1], met + stride, STRIDE
    assert place is not None
    return Page(found, profiles.get(session, place[-1]))


def _fitting(session: Session, places: Sequence[Place], picked: ColumnElement[bool]) -> list[Customer]:
    """Those of the people met who are picked, in the order they were met."""
    ids = [place[-1] for place in places]
    query = select(Customer).join(CustomerStats, CustomerStats.customer_id == Customer.id)
    people = {person.id: person for person in session.scalars(query.where(CustomerStats.customer_id.in_(ids), picked))}
    return [people[customer_id] for customer_id in ids if customer_id in people]


def _path(session: Session, filters: Filters, frame: Frame) -> Path:
    """The walk of the filter that leads: the one that meets fewest, as far as can be known without counting."""
    stats, chat = CustomerStats, ChannelIdentity
    if filters.has_case:
        return Path((Case.customer_id,), [is_unclosed(Case)], repeats=True)
    if filters.quiet_days is not None:
        alone = rules.parse(rules_of(Filters(quiet_days=filters.quiet_days)), frame)
        return Path((stats.last_purchase_at, stats.customer_id), [sql.where(alone, frame)])
    if filters.promotion:
        return Path((chat.customer_id,), [agreed_to_promotion()], repeats=True)
    if filters.tier is not None and frame.programme.rank(filters.tier):
        return Path((stats.customer_id,), [stats.tier == filters.tier])
    if filters.is_member is False:
        return Path((stats.customer_id,), [stats.joined_at.is_(None)])
    if filters.channel is not None:
        accounts = session.scalars(select(ChannelAccount.id).filter_by(kind=filters.channel)).all()
        branches = [chat.channel_account_id == account for account in accounts or [0]]
        return Path((chat.customer_id,), repeats=True, branches=branches)
    return Path((stats.customer_id,), [] if filters.tier is None else [stats.tier == filters.tier])


def _place_of(session: Session, path: Path, customer: Customer) -> Place:
    """Where somebody stands on a path, whether they are on it or not."""
    if len(path.keys) == 1:
        return (customer.id,)
    return tuple(session.execute(select(*path.keys).where(path.keys[-1] == customer.id)).one())
