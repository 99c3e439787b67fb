"""What rules look at in a bill and its customer, read from the database only as far as some rule asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from loyalty import prepared, shop
from loyalty.channels import kinds
from loyalty.customers import birthdays, profiles
from loyalty.customers.models import CustomerStats
from loyalty.points.accounts import CUSTOMERS
from loyalty.points.models import AwardFact, RuleAward
from loyalty.points.rating import caps, matching
from loyalty.points.rating.matching import Basket, Facts, basket_of
from loyalty.programme.document import Programme, Rule
from loyalty.purchases.bills import Bill
from loyalty.purchases.stats import STATS
from loyalty.segments import people
from loyalty.segments import rules as segment_rules
from loyalty.segments.frame import Things
from loyalty.segments.models import Segment
from loyalty.segments.rules import BadRules, Frame
from loyalty.staff.models import Store

AWARDS = RuleAward.metadata.tables[RuleAward.__tablename__]
STORES = Store.metadata.tables[Store.__tablename__]
SEGMENTS = Segment.metadata.tables[Segment.__tablename__]
FACTS = AwardFact.metadata.tables[AwardFact.__tablename__]


@dataclass(frozen=True, slots=True)
class Seen:
    """What rules look at in the database for a bill, read at once: most shops' rules ask for two or three of these."""

    totals: Any  # a row of the customer's totals, as `CustomerStats` has them
    store: str  # the code of the bill's store
    records: Sequence[int]  # all those of the person


def see(session: Session, rules: Programme, customer_id: int, store_id: int) -> Seen | None:
    """What there is to be seen of a locked customer and a bill at that store; None where the rules ask for nothing."""
    if not any(map(_asks, rules.rules)):
        return None
    connection, asked = session.connection(), {"customer_id": customer_id, "store_id": store_id}
    row = prepared.one(connection, _SEEN, asked)
    records = profiles.records_of(session, customer_id) if row.has_moved else [customer_id]
    return Seen(row, row.store or "", records)


def basket(
    session: Session, rules: Programme, bill: Bill, on: date, at: datetime, paid: int = 0, *, seen: Seen | None = None
) -> Basket:
    """The bill as rules see it; the code of its store only when a rule names stores. `paid` ₫ of it, with points."""
    store = ""
    if any(rule.when.stores for rule in rules.rules):
        store = seen.store if seen else session.connection().scalar(_STORE, {"id": bill.store_id}) or ""
    clock = at.astimezone(shop.of(session).timezone).time()
    return basket_of(bill, store, on, clock, paid_with_points=paid)


def facts(
    session: Session,
    rules: Programme,
    customer_id: int | None,
    known: Facts,
    on: date,
    *,
    now: datetime,
    seen: Seen | None = None,
) -> Facts:
    """What is `known` (tier, carry, whether nothing was bought), and whatever else the rules ask, on a shop day.

    Segments are those of this moment, whenever it was bought. None is somebody there is no record of yet. What was
    `seen` already is not read again.
    """
    asked = rules.rules
    by_segment, by_birthday = any(rule.when.segments for rule in asked), any(rule.when.birthday for rule in asked)
    stats = seen.totals if seen else None
    if stats is None and customer_id is not None and (by_segment or by_birthday):
        stats = _stats(session, customer_id)
    if by_segment:
        known = replace(known, segments=_segments(session, rules, stats or _nobody(known, now), customer_id, on, now))
    if customer_id is None:
        return known
    if by_birthday and stats is not None:
        born = birthdays.counted(stats, on)
        yearly = [rule for rule in asked if matching.is_once_a_year(rule)]
        had = _had(session, yearly, on, _records(session, customer_id, seen)) if yearly else frozenset()
        known = replace(known, birthday=born, leap_to_march=rules.leap_to_march, had=had)
        known = replace(known, spans=matching.spans(on, known))  # once, for every rule that asks
    if known.is_first and any(rule.when.first_purchase for rule in asked):
        known = replace(known, is_first=not _bought_before(session, _records(session, customer_id, seen)))
    return known


def keep(session: Session, entry_id: int, customer_id: int, rules: Programme, found: Facts, on: date) -> None:
    """Write down with an award what was true of its customer, where rules ask for what changes by itself."""
    if not any(rule.when.segments or rule.when.birthday for rule in rules.rules):
        return
    row = {
        "entry_id": entry_id,
        "customer_id": customer_id,
        "segments": sorted(found.segments),
        "birthday": sorted(matching.spans(on, found)),
        "had": sorted(found.had),
    }
    prepared.run(session.connection(), _KEEP, row)


def kept(session: Session, entry_id: int, known: Facts) -> Facts:
    """What is `known` with what was true when an award was made; so it can be worked out again."""
    row = session.connection().execute(select(FACTS).where(FACTS.c.entry_id == entry_id)).one_or_none()
    if row is None:
        return replace(known, spans=frozenset())
    return replace(
        known, segments=frozenset(row.segments), spans=frozenset(row.birthday), had=frozenset(row.had), birthday=None
    )


def _asks(rule: Rule) -> bool:
    """Whether a rule looks at what the bill and the locked account do not say."""
    when = rule.when
    return bool(when.segments or when.birthday or when.stores or when.first_purchase or caps.is_personal(rule))


def _segments(
    session: Session, rules: Programme, stats: CustomerStats, customer_id: int | None, on: date, now: datetime
) -> frozenset[str]:
    """Which of the segments the rules name the person belongs to."""
    wanted = {name for rule in rules.rules for name in rule.when.segments}
    named = prepared.rows(session.connection(), _named(len(wanted)), prepared.listed("name", wanted))
    frame = _frame(session, rules, on, now, any(_asks_channels(segment.rules) for segment in named))
    theirs = people.Person(session, stats, frame, customer_id)
    found: set[str] = set()
    for segment in named:
        try:
            if people.holds(segment_rules.parse(segment.rules, frame, of=segment.public_id), theirs):
                found |= wanted & {segment.name, segment.public_id}
        except BadRules:  # it names a tier there is no more
            continue
    return frozenset(found)


def _asks_channels(wanted: Any) -> bool:
    """Whether rules may name a channel, themselves or by another segment."""
    return any(word in str(wanted) for word in ("'channel'", "'source'", "'segment'"))


@lru_cache
def _named(count: int) -> Select[Any]:
    """The segments of so many names, or public ids."""
    either = [prepared.among(column, "name", count) for column in (SEGMENTS.c.name, SEGMENTS.c.public_id)]
    columns = (SEGMENTS.c.name, SEGMENTS.c.public_id, SEGMENTS.c.rules)
    return select(*columns).where(or_(*either), SEGMENTS.c.removed_at.is_(None))


def _frame(session: Session, rules: Programme, on: date, now: datetime, by_channel: bool) -> Frame:
    """What segments are read against today; of a bill of today the rules are at hand, and few ask `by_channel`."""
    place = shop.of(session)
    if place.day(now) != on:
        return Frame.at(session, now)
    channels = kinds.known(session) if by_channel else kinds.FIRST
    return Frame(rules, place, on, channels, now, Things(session))


def _records(session: Session, customer_id: int, seen: Seen | None) -> Sequence[int]:
    return seen.records if seen else profiles.records_of(session, customer_id)


def _stats(session: Session, customer_id: int) -> CustomerStats:
    return session.get_one(CustomerStats, customer_id, populate_existing=True)


def _nobody(known: Facts, now: datetime) -> CustomerStats:
    """The totals somebody new begins with."""
    return CustomerStats(
        tier=known.tier,
        points=0,
        orders=0,
        spent_12m=0,
        spent=0,
        joined_at=now,
        channels="",
        consent_promotion=False,
        has_phone=True,
    )


def _had(session: Session, rules: Sequence[Rule], on: date, records: Sequence[int]) -> frozenset[str]:
    """Which of these were given to the person in the calendar year of a shop day, and stand."""
    asked = {
        "records": list(records),
        "codes": [rule.code for rule in rules],
        "first": date(on.year, 1, 1),
        "last": date(on.year, 12, 31),
    }
    return frozenset(row.code for row in session.connection().execute(_HAD, asked))


def _bought_before(session: Session, records: Sequence[int]) -> bool:
    """Whether a record that moved into the person's own has purchases that stand."""
    return len(records) > 1 and bool(session.connection().scalar(_ORDERS, {"records": list(records)}))


_KEEP = insert(FACTS)
_STORE = select(STORES.c.code).where(STORES.c.id == bindparam("id"))
_HAS_MOVED = exists().where(CUSTOMERS.c.moved_to_id == bindparam("customer_id"))
_SEEN = select(
    *(STATS.c[name] for name in ("tier", "points", "orders", "spent_12m", "spent", "last_purchase_at", "joined_at")),
    *(STATS.c[name] for name in ("channels", "consent_promotion", "has_phone", "birthday", "birthday_from")),
    select(STORES.c.code).where(STORES.c.id == bindparam("store_id")).scalar_subquery().label("store"),
    _HAS_MOVED.label("has_moved"),
).where(STATS.c.customer_id == bindparam("customer_id"))
_HAD = (
    select(AWARDS.c.code)
    .where(
        AWARDS.c.customer_id.in_(bindparam("records", expanding=True)),
        AWARDS.c.code.in_(bindparam("codes", expanding=True)),
        AWARDS.c.given_on.between(bindparam("first"), bindparam("last")),
    )
    .group_by(AWARDS.c.code)
    .having(func.sum(AWARDS.c.points) > 0)
)
_ORDERS = select(func.sum(STATS.c.orders)).where(STATS.c.customer_id.in_(bindparam("records", expanding=True)))
