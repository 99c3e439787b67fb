"""How many would enter: today, and on each of the days before, as far as what is known today tells.

Who stayed away and came back since is not counted any more; points that ended are. Of tiers about to fall nothing is
known of the days before.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ConsentEvent, Customer, CustomerStats
from loyalty.journeys import admission, arrivals, occasions
from loyalty.journeys.models import JourneyEdition
from loyalty.journeys.occasions import Days
from loyalty.journeys.plans import Plan
from loyalty.journeys.triggers import TOLD, Away, InSegment, PointsExpiring, TierFalling, TierUp, Trigger, Welcome
from loyalty.points.models import EntryKind, LedgerEntry, TierChange
from loyalty.programme import versions
from loyalty.segments import saved

BACK = 30  # days


@dataclass(frozen=True, slots=True)
class Foretold:
    """`days` from the oldest to yesterday, without today; none where nothing is known of them."""

    today: int
    days: Sequence[tuple[date, int]]


def foretell(session: Session, plan: Plan, edition: JourneyEdition, *, now: datetime) -> Foretold:
    """Of a plan, kept or not; `edition` need not be in the database: only its segment counts."""
    today = shop.of(session).day(now)
    allowed = admission.may_enter(session, None, edition, plan, today, now=now)
    read = _told if isinstance(plan.trigger, TOLD) else _marked
    found = read(session, plan.trigger, allowed, today)
    days = [today - timedelta(days=back) for back in range(BACK, 0, -1)]
    has_past = not isinstance(plan.trigger, TierFalling)
    return Foretold(found[today], [(day, found[day]) for day in days] if has_past else [])


def _marked(
    session: Session, trigger: Trigger, allowed: Sequence[sa.ColumnElement[bool]], today: date
) -> Counter[date]:
    """By the calendar: one query for all of the days."""
    gap = occasions.shop_gap(session) if isinstance(trigger, Away) else occasions.NO_GAP
    first = 0 if isinstance(trigger, TierFalling) else BACK
    asked = Days.at(session, [today - timedelta(days=back) for back in range(first, -1, -1)], gap)
    marked = occasions.marked(session, trigger, asked).subquery()
    person = CustomerStats.customer_id == marked.c.customer_id
    query = sa.select(marked.c.mark, sa.func.count(marked.c.customer_id.distinct())).join(CustomerStats, person)
    found: Counter[date] = Counter()
    place = shop.of(session)
    for mark, number in session.execute(query.where(*allowed).group_by(marked.c.mark)):
        found[occasions.day_of(trigger, mark, asked, place)] += number
    if isinstance(trigger, PointsExpiring):
        found.update(_ended(session, trigger, allowed, today))
    return found


def _ended(
    session: Session, trigger: PointsExpiring, allowed: Sequence[sa.ColumnElement[bool]], today: date
) -> Counter[date]:
    """Whose points ended meanwhile: they are gone from the lots, and the ledger tells of them a day later."""
    entry = LedgerEntry
    since = today - timedelta(days=BACK) + timedelta(days=trigger.days + 1)
    query = (
        sa.select(entry.posted_on, sa.func.count(entry.customer_id.distinct()))
        .join(CustomerStats, CustomerStats.customer_id == entry.customer_id)
        .where(entry.kind == EntryKind.EXPIRE, entry.posted_on >= since, -entry.points >= trigger.least, *allowed)
        .group_by(entry.posted_on)
    )
    return Counter({day - timedelta(days=trigger.days + 1): number for day, number in session.execute(query)})


def _told(session: Session, trigger: Trigger, allowed: Sequence[sa.ColumnElement[bool]], today: date) -> Counter[date]:
    """By what happened, from where it is kept by its time."""
    place = shop.of(session)
    since = place.midnight(today - timedelta(days=BACK))
    rows = session.execute(_happened(session, trigger, since, today))
    first: dict[int, date] = {}
    for customer_id, at in rows:
        first.setdefault(customer_id, place.day(at))
    ids = list(first)
    living: set[int] = set()
    for start in range(0, len(ids), admission.CHUNK):
        part = CustomerStats.customer_id.in_(ids[start : start + admission.CHUNK])
        living.update(session.scalars(sa.select(CustomerStats.customer_id).where(part, *allowed)))
    return Counter(day for customer_id, day in first.items() if customer_id in living)


def _happened(session: Session, trigger: Trigger, since: datetime, today: date) -> sa.Select[Any, Any]:
    """(customer, when) of whatever is written down."""
    match trigger:
        case TierUp():
            return _rises(session, trigger, since, today)
        case InSegment(segment):
            return arrivals.came_since(saved.get_public(session, segment, removed=True), since)
    return _yeses(trigger, since)


def _yeses(trigger: Trigger, since: datetime) -> sa.Select[Any, Any]:
    if trigger == Welcome("joined"):
        return sa.select(Customer.id, Customer.joined_at).where(
            Customer.joined_at >= since, Customer.source != "import", Customer.erased_at.is_(None)
        )
    event, earlier = ConsentEvent, sa.orm.aliased(ConsentEvent)
    had = sa.exists().where(
        earlier.customer_id == event.customer_id,
        earlier.purpose == Purpose.PROMOTION,
        earlier.granted,
        earlier.at < since,
    )
    agreed = (event.purpose == Purpose.PROMOTION, event.granted, event.at >= since)
    return sa.select(event.customer_id, event.at).where(*agreed, ~had).order_by(event.id)


def _rises(session: Session, trigger: TierUp, since: datetime, today: date) -> sa.Select[Any, Any]:
    order = [tier.code for tier in versions.at(session, today).tiers]
    change = TierChange
    steps = [
        sa.and_(change.from_tier.in_(order[:rank]), change.to_tier == code)
        for rank, code in enumerate(order)
        if rank and trigger.tier in (None, code)
    ]
    happened = (change.at >= since, sa.or_(sa.false(), *steps))
    return sa.select(change.customer_id, change.at).where(*happened).order_by(change.at)
