"""The hour of day each person is best written to: that of their own messages and purchases, shrunk to the shop's.

To what somebody did in 365 days `IMAGINED` further events are added, spread over the day as everybody's are. An event
counts half for its own hour and a quarter for each hour beside it. The hour with most of it is theirs; of equal ones
the earliest; never one that touches quiet hours. With `n` events of their own, `n / (n + IMAGINED)` of the choice is
theirs. Who bought and wrote nothing, or does not want their habits used, has the shop's own hour.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.activity.models import Activity
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import CustomerStats
from loyalty.customers.traits.models import CustomerHour
from loyalty.purchases.models import ShopHour
from loyalty.purchases.stats import PURCHASES, STANDING
from loyalty.shop import Shop

IMAGINED = 12
DAYS = timedelta(days=365)
HOURS = 24
USUAL = 10  # the shop's hour while nobody did anything yet
Hours = Mapping[int, int]  # events by hour of day; one for each hour of each day somebody did anything in


@dataclass(frozen=True, slots=True)
class Difference:
    """What is to be written: by customer their hour and the number of their events, and whose hour is to go."""

    put: Mapping[int, tuple[int, int]]
    gone: Sequence[int]

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)


def best(own: Hours, everybody: Hours, allowed: Sequence[int]) -> int:
    """Whole numbers throughout, so that nothing hangs on rounding."""
    total = sum(everybody.values())
    usual = _spread(everybody) if total else [int(hour == USUAL) for hour in range(HOURS)]
    mine = _spread(own)
    return max(allowed, key=lambda hour: (mine[hour] * (total or 1) + IMAGINED * usual[hour], -hour))


def allowed(here: Shop) -> Sequence[int]:
    """The hours of day no minute of which is quiet; all of them where none is left."""
    day = here.midnight(datetime(2026, 1, 15, tzinfo=here.timezone).date())

    def is_free(hour: int) -> bool:
        begin = day.replace(hour=hour)
        return not any(here.is_quiet(begin + timedelta(minutes=minute)) for minute in range(60))

    return [hour for hour in range(HOURS) if is_free(hour)] or range(HOURS)


def tally(session: Session, *, after_id: int, limit: int, now: datetime) -> tuple[Mapping[int, Hours], int | None]:
    """What the next customers after one did, by customer; and the id to go on after, None at the end."""
    query = select(CustomerStats.customer_id, CustomerStats.erased_at).where(CustomerStats.customer_id > after_id)
    rows = session.execute(query.order_by(CustomerStats.customer_id).limit(limit)).all()
    if not rows:
        return {}, None
    first, last, gone = rows[0].customer_id, rows[-1].customer_id, {row[0] for row in rows if row.erased_at}
    here = shop.of(session)
    seen: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for customer_id, at in _events(session, first, last, now - DAYS):
        local = at.astimezone(here.timezone)
        seen[customer_id].add((local.toordinal(), local.hour))
    return {each: Counter(hour for _, hour in hours) for each, hours in seen.items() if each not in gone}, last


def keep_shop(session: Session, everybody: Hours) -> None:
    """Everybody's events by hour, in place of those of the night before."""
    session.execute(sa.delete(ShopHour))
    session.add_all(ShopHour(hour=hour, events=everybody.get(hour, 0)) for hour in range(HOURS))
    session.flush()


def of_shop(session: Session) -> Hours:
    return {row.hour: row.events for row in session.scalars(select(ShopHour))}


def shop_hour(session: Session) -> int:
    """Of who is not known well enough to have one of their own."""
    return best({}, of_shop(session), allowed(shop.of(session)))


def compare(session: Session, found: Mapping[int, Hours], *, after_id: int, until_id: int) -> Difference:
    """How what is kept of the customers after one, up to another, differs from `found`; nothing is written."""
    everybody, free = of_shop(session), allowed(shop.of(session))
    own_id = CustomerStats.customer_id
    shy = consents.refusers(Purpose.PERSONALISATION).where(own_id.between(after_id + 1, until_id))
    left_alone = set(session.scalars(shy))
    span = CustomerHour.customer_id.between(after_id + 1, until_id)
    known = {row.customer_id: (row.hour, row.events) for row in session.scalars(select(CustomerHour).where(span))}
    wanted = {
        customer_id: (best(own, everybody, free), sum(own.values()))
        for customer_id, own in found.items()
        if customer_id not in left_alone
    }
    changed = {each: value for each, value in wanted.items() if known.get(each) != value}
    return Difference(changed, sorted(known.keys() - wanted.keys()))


def keep(session: Session, difference: Difference) -> None:
    """Write it; nothing of who refused or was erased since it was looked for: their totals are held."""
    if difference.gone:
        session.execute(sa.delete(CustomerHour).where(CustomerHour.customer_id.in_(difference.gone)))
    willing = _willing(session, difference.put)
    _put(session, {each: value for each, value in difference.put.items() if each in willing})


def _spread(hours: Hours) -> list[int]:
    """Four times the events, half of each in its own hour and a quarter in each beside it."""
    return [
        hours.get((hour - 1) % HOURS, 0) + 2 * hours.get(hour, 0) + hours.get((hour + 1) % HOURS, 0)
        for hour in range(HOURS)
    ]


def _events(session: Session, first: int, last: int, since: datetime) -> Iterable[sa.Row[int, datetime]]:
    bought = select(PURCHASES.c.customer_id, PURCHASES.c.purchased_at).where(
        PURCHASES.c.customer_id.between(first, last), STANDING, PURCHASES.c.purchased_at >= since
    )
    wrote = select(Activity.customer_id, Activity.at).where(
        Activity.customer_id.between(first, last), Activity.kind == "message_in", Activity.at >= since
    )
    yield from session.execute(bought)
    yield from session.execute(wrote)


def _willing(session: Session, customer_ids: Iterable[int]) -> set[int]:
    mine = CustomerStats.customer_id.in_(sorted(customer_ids))
    query = select(CustomerStats.customer_id, CustomerStats.erased_at, CustomerStats.refused).where(mine)
    held = session.execute(query.order_by(CustomerStats.customer_id).with_for_update(key_share=True))
    personal = f",{Purpose.PERSONALISATION},"
    return {row.customer_id for row in held if row.erased_at is None and personal not in row.refused}


def _put(session: Session, hours: Mapping[int, tuple[int, int]]) -> None:
    rows = [{"customer_id": each, "hour": hour, "events": events} for each, (hour, events) in sorted(hours.items())]
    if rows:
        made = upsert.insert(session, CustomerHour)
        new = {"hour": made.excluded.hour, "events": made.excluded.events}
        session.execute(made.on_conflict_do_update(index_elements=["customer_id"], set_=new), rows)
