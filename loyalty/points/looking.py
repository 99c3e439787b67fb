"""What rules look at in a bill and its customer, read from the database only as far as some rule asks for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.channels import kinds
from loyalty.customers import birthdays, profiles
from loyalty.customers.models import CustomerStats
from loyalty.points import matching
from loyalty.points.matching import Basket, Facts, basket_of
from loyalty.points.models import AwardFact, RuleAward
from loyalty.programme.document import Programme, Rule
from loyalty.purchases.bills import Bill
from loyalty.purchases.stats import STATS
from loyalty.segments import people, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import BadRules, Frame
from loyalty.staff.models import Store

AWARDS = RuleAward.metadata.tables[RuleAward.__tablename__]
STORES = Store.metadata.tables[Store.__tablename__]
FACTS = AwardFact.metadata.tables[AwardFact.__tablename__]


def basket(session: Session, rules: Programme, bill: Bill, on: date, at: datetime, paid: int = 0) -> Basket:
    """The bill as rules see it; the code of its store only when a rule names stores. `paid` ₫ of it, with points."""
    asked = any(rule.when.stores for rule in rules.rules)
    store = session.connection().scalar(_STORE, {"id": bill.store_id}) if asked else None
    clock = at.astimezone(shop.of(session).timezone).time()
    return basket_of(bill, store or "", on, clock, paid_with_points=paid)


def facts(
    session: Session, rules: Programme, customer_id: int | None, known: Facts, on: date, *, now: datetime
) -> Facts:
    """What is `known` (tier, carry, whether nothing was bought), and whatever else the rules ask, on a shop day.

    Segments are those of this moment, whenever it was bought. None is somebody there is no record of yet.
    """
    asked = rules.rules
    by_segment, by_birthday = any(rule.when.segments for rule in asked), any(rule.when.birthday for rule in asked)
    stats = _stats(session, customer_id) if customer_id is not None and (by_segment or by_birthday) else None
    if by_segment:
        known = replace(known, segments=_segments(session, rules, stats or _nobody(known, now), on, now))
    if customer_id is None:
        return known
    if by_birthday and stats is not None:
        born = birthdays.counted(stats, on)
        had = _had(session, customer_id, [rule for rule in asked if matching.is_once_a_year(rule)], on)
        known = replace(known, birthday=born, leap_to_march=rules.leap_to_march, had=had)
    if known.is_first and any(rule.when.first_purchase for rule in asked):
        known = replace(known, is_first=not _bought_before(session, customer_id))
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
    session.connection().execute(insert(FACTS), row)


def kept(session: Session, entry_id: int, known: Facts) -> Facts:
    """What is `known` with what was true when an award was made; so it can be worked out again."""
    row = session.connection().execute(select(FACTS).where(FACTS.c.entry_id == entry_id)).one_or_none()
    if row is None:
        return replace(known, spans=frozenset())
    return replace(
        known, segments=frozenset(row.segments), spans=frozenset(row.birthday), had=frozenset(row.had), birthday=None
    )


def _segments(session: Session, rules: Programme, stats: CustomerStats, on: date, now: datetime) -> frozenset[str]:
    """Which of the segments the rules name the person belongs to."""
    wanted = {name for rule in rules.rules for name in rule.when.segments}
    frame = _frame(session, rules, on, now)
    theirs = people.facts_of(stats, frame)
    named = Segment.name.in_(wanted) | Segment.public_id.in_(wanted)
    found: set[str] = set()
    for segment in session.scalars(select(Segment).where(named, Segment.removed_at.is_(None))):
        try:
            if people.holds(saved.tree(segment, frame), theirs, frame):
                found |= wanted & {segment.name, segment.public_id}
        except BadRules:  # it names a tier there is no more
            continue
    return frozenset(found)


def _frame(session: Session, rules: Programme, on: date, now: datetime) -> Frame:
    """What segments are read against today; of a bill of today the rules are at hand."""
    place = shop.of(session)
    return Frame(rules, place, on, kinds.known(session)) if place.day(now) == on else Frame.at(session, now)


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


def _had(session: Session, customer_id: int, rules: Sequence[Rule], on: date) -> frozenset[str]:
    """Which of these were given to the person in the calendar year of a shop day, and stand."""
    if not rules:
        return frozenset()
    asked = {
        "records": list(profiles.records_of(session, customer_id)),
        "codes": [rule.code for rule in rules],
        "first": date(on.year, 1, 1),
        "last": date(on.year, 12, 31),
    }
    return frozenset(row.code for row in session.connection().execute(_HAD, asked))


def _bought_before(session: Session, customer_id: int) -> bool:
    """Whether a record that moved into this one has purchases that stand."""
    records = profiles.records_of(session, customer_id)
    return len(records) > 1 and bool(session.connection().scalar(_ORDERS, {"records": list(records)}))


_STORE = select(STORES.c.code).where(STORES.c.id == bindparam("id"))
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
