"""Rules tried on the shop's own history: what its bills would have given, and whose tier would be another. Read only.

A tier moves where the rules in force and the new ones, asked today about the same bills, differ.

Each customer's bills are gone through in their order, with a carry that begins at nothing and the tier the new rules
would have given by then. «Before» is what the bills really gave. A cap for a whole day or a budget is used up in the
order of customers, so its sum is right and not who got it. Birthdays are those known today; segments of the past are
not known, and rules that ask for them, or act without a bill, do not apply.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points.accounts import CUSTOMERS
from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind
from loyalty.points.rating import caps, earning, matching
from loyalty.points.rating.caps import Occasion
from loyalty.points.rating.earning import Outcome
from loyalty.points.rating.matching import Facts, basket_of
from loyalty.points.tiers.qualifying import Record
from loyalty.programme import versions
from loyalty.programme.document import Cap, Kind, Programme, Rule
from loyalty.programme.qualification import earliest
from loyalty.purchases.bills import Bill, Line
from loyalty.purchases.recording import LINES
from loyalty.purchases.stats import PURCHASES, STANDING, STATS
from loyalty.staff import stores

CHUNK = 300  # customers
EXAMPLES = 10  # customers named for each move between tiers
BILL = ("purchased_at", "purchased_on", "store_id", "source", "total", "discount")


@dataclass
class Month:
    """The bills of a month: how many, their whole ₫, the points they gave and would have given."""

    bills: int = 0
    spent: int = 0
    before: int = 0
    after: int = 0


@dataclass
class Given:
    """What one rule would have done: how often, fixed points, ₫ added to what earns (signed)."""

    times: int = 0
    points: int = 0
    amount: int = 0


@dataclass
class Tally:
    """How far a simulation of the shop days `first` to `last` has come; plain JSON both ways."""

    first: date
    last: date
    today: date
    of: int = 0  # customers
    done: int = 0
    after_id: int = 0
    is_done: bool = False
    months: dict[str, Month] = field(default_factory=dict)  # by `2026-11`
    rules: dict[str, Given] = field(default_factory=dict)  # by code
    moves: dict[str, int] = field(default_factory=dict)  # customers, by `member>silver`
    examples: dict[str, list[str]] = field(default_factory=dict)  # public ids, by the same
    shared: dict[str, int] = field(default_factory=dict)  # given under caps of many customers, by cap, rule, when

    @property
    def before(self) -> int:
        return sum(month.before for month in self.months.values())

    @property
    def after(self) -> int:
        return sum(month.after for month in self.months.values())

    def to_json(self) -> dict[str, Any]:
        days = {name: getattr(self, name).isoformat() for name in ("first", "last", "today")}
        return asdict(self) | days

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        days = {name: date.fromisoformat(kept[name]) for name in ("first", "last", "today")}
        months = {name: Month(**each) for name, each in kept["months"].items()}
        rules = {code: Given(**each) for code, each in kept["rules"].items()}
        return cls(**{**kept, **days, "months": months, "rules": rules})


@dataclass(frozen=True, slots=True)
class _Bill:
    """A stored bill with the points it gave and its lines."""

    purchased_at: datetime
    purchased_on: date
    store_id: int
    source: str
    total: int
    discount: int
    points: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Shop:
    """What holds for all customers: the rules tried, and those in force."""

    programme: Programme
    held: Programme
    stores: Mapping[int, str]  # codes, by id
    tally: Tally


def begin(session: Session, first: date, last: date, today: date) -> Tally:
    """A simulation over the bills of these shop days, not begun yet."""
    of = session.scalar(select(func.count()).select_from(STATS).where(STATS.c.erased_at.is_(None))) or 0
    return Tally(first, last, today, of=of, is_done=of == 0)


def advance(session: Session, programme: Programme, tally: Tally, *, limit: int = CHUNK) -> Tally:
    """Go on with the next `limit` customers; the same tally, further on. Nothing is written."""
    held = versions.at(session, tally.today)
    place = _Shop(programme, held, {store.id: store.code for store in stores.list_all(session)}, tally)
    people = _people(session, tally.after_id, limit)
    bills = _bills(session, place, [row.customer_id for row in people])
    for person in people:
        _simulate(session, place, person, bills.get(person.customer_id, []))
    tally.done += len(people)
    tally.after_id = people[-1].customer_id if people else tally.after_id
    tally.is_done = len(people) < limit
    return tally


def cost(programme: Programme, points: int) -> int | None:
    """What so many points are worth in ₫, where the rules say what one is worth."""
    value = programme.point_value
    return None if value is None else points * value


def _simulate(session: Session, place: _Shop, person: Any, bills: Sequence[_Bill]) -> None:
    """One customer's bills, in their order, and the tier they have in the end."""
    born = None if person.birthday is None else divmod(person.birthday, 100)
    walk = _Walk(place, _joined_on(session, person), born)
    for bill in bills:
        outcome = walk.step(session, bill, is_first=bill.purchased_at == person.first_purchase_at)
        if place.tally.first <= bill.purchased_on <= place.tally.last:
            _count(place.tally, bill, outcome)
    before, after = walk.tier_on(place.tally.today, place.held), walk.tier_on(place.tally.today, place.programme)
    if before != after:
        move = f"{before}>{after}"
        place.tally.moves[move] = place.tally.moves.get(move, 0) + 1
        named = place.tally.examples.setdefault(move, [])
        if len(named) < EXAMPLES:
            named.append(person.public_id)


class _Walk:
    """One customer on their way: what counted so far, the carry, what they got under their own caps."""

    def __init__(self, place: _Shop, joined_on: date | None, born: tuple[int, int] | None) -> None:
        self.place = place
        self.born = born  # month and day
        self.had: set[tuple[str, int]] = set()  # bonuses given once a year, by code and year
        self.joined_on = joined_on
        self.counted: list[tuple[date, Mapping[str, int]]] = []  # by the metric of a qualification
        self.carry = 0
        self.rank = 0
        self.given: dict[str, int] = {}

    def step(self, session: Session, row: _Bill, *, is_first: bool) -> Outcome:
        programme = self.place.programme
        at = row.purchased_at.astimezone(shop.of(session).timezone).time()
        basket = basket_of(_bill(row), self.place.stores.get(row.store_id, ""), row.purchased_on, at)
        self.rank = max(self.rank, programme.rank(self.tier_on(row.purchased_on, programme)))
        left = {rule.code: room for rule in programme.rules if (room := self._room(rule, row)) is not None}
        tier = programme.tiers[self.rank].code
        outcome = earning.evaluate(programme, basket, self._facts(row, tier, is_first, left))
        self.carry = outcome.carry
        self._keep(row, outcome)
        return outcome

    def _facts(self, row: _Bill, tier: str, is_first: bool, left: Mapping[str, int]) -> Facts:
        had = frozenset(code for code, year in self.had if year == row.purchased_on.year)
        march = self.place.programme.leap_to_march
        return Facts(tier, self.carry, is_first=is_first, left=left, birthday=self.born, leap_to_march=march, had=had)

    def tier_on(self, day: date, programme: Programme) -> str:
        """What the bills so far qualify for on a day, by these rules."""
        qualification = programme.qualification
        by_day = [(on, amounts[qualification.metric]) for on, amounts in self.counted]
        return programme.tier_for(Record(qualification, by_day, self.joined_on).amount(day)).code

    def _room(self, rule: Rule, row: _Bill) -> int | None:
        given = {cap: self._box(cap).get(caps.slot(cap, rule.code, self._occasion(row)), 0) for cap in rule.caps}
        return earning.room(rule, given, self.place.programme.earning.per_amount(row.total))

    def _keep(self, row: _Bill, outcome: Outcome) -> None:
        amounts = {"spend": row.total, "points": outcome.points, "orders": 1}
        self.counted.append((row.purchased_on, amounts))
        yearly = {rule.code for rule in self.place.programme.rules if matching.is_once_a_year(rule)}
        self.had |= {
            (part.code, row.purchased_on.year) for part in outcome.parts if part.code in yearly and part.points
        }
        capped = {rule.code: rule for rule in self.place.programme.rules if rule.caps}
        for part in outcome.parts:
            if (rule := capped.get(part.code)) is not None:
                for cap in rule.caps:
                    box, slot = self._box(cap), caps.slot(cap, rule.code, self._occasion(row))
                    box[slot] = box.get(slot, 0) + (part.points if rule.kind is Kind.BONUS else part.amount)

    def _occasion(self, row: _Bill) -> Occasion:
        return Occasion(0, row.purchased_on, row.store_id)

    def _box(self, cap: Cap) -> dict[str, int]:
        return self.place.tally.shared if cap in caps.SHARED else self.given


def _count(tally: Tally, row: _Bill, outcome: Outcome) -> None:
    month = tally.months.setdefault(f"{row.purchased_on:%Y-%m}", Month())
    month.bills, month.spent = month.bills + 1, month.spent + row.total
    month.before, month.after = month.before + (row.points or 0), month.after + outcome.points
    for part in outcome.parts:
        given = tally.rules.setdefault(part.code, Given())
        given.times, given.points = given.times + 1, given.points + part.points
        given.amount += part.amount


def _people(session: Session, after_id: int, limit: int) -> Sequence[Any]:
    names = ("customer_id", "tier", "joined_at", "first_purchase_at", "birthday")
    query = select(*(STATS.c[name] for name in names), CUSTOMERS.c.public_id)
    query = query.join_from(STATS, CUSTOMERS, CUSTOMERS.c.id == STATS.c.customer_id)
    query = query.where(STATS.c.customer_id > after_id, STATS.c.erased_at.is_(None))
    return session.connection().execute(query.order_by(STATS.c.customer_id).limit(limit)).all()


def _joined_on(session: Session, person: Any) -> date | None:
    return None if person.joined_at is None else shop.of(session).day(person.joined_at)


def _bills(session: Session, place: _Shop, ids: Sequence[int]) -> Mapping[int, list[_Bill]]:
    """The bills of these customers that count for the tally or for a tier in it, oldest first, by customer."""
    if not ids:
        return {}
    programme, tally = place.programme, place.tally
    qualifications = (programme.qualification, place.held.qualification)
    since = min(earliest(each, day) for each in qualifications for day in (tally.first, tally.today))
    earned = (LEDGER.c.purchase_id == PURCHASES.c.id) & (LEDGER.c.kind == EntryKind.EARN)
    query = select(*(PURCHASES.c[name] for name in ("id", "customer_id", *BILL)), LEDGER.c.points).join_from(
        PURCHASES, LEDGER, earned
    )
    query = query.where(
        PURCHASES.c.customer_id.between(ids[0], ids[-1]),
        STANDING,
        PURCHASES.c.purchased_on >= since,
        PURCHASES.c.purchased_on <= max(tally.last, tally.today),
    )
    rows = session.connection().execute(query.order_by(PURCHASES.c.purchased_at, PURCHASES.c.id)).all()
    lines = _lines(session, [row.id for row in rows]) if _asks_lines(programme) else {}
    found: dict[int, list[_Bill]] = defaultdict(list)
    for row in rows:
        columns = {name: getattr(row, name) for name in BILL}
        found[row.customer_id].append(_Bill(**columns, points=row.points, lines=tuple(lines.get(row.id, ()))))
    return found


def _asks_lines(programme: Programme) -> bool:
    return any(rule.when.of_line or rule.when.discounted is not None for rule in programme.rules)


def _lines(session: Session, ids: Sequence[int]) -> Mapping[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for some in _in_parts(ids):
        query = select(LINES).where(LINES.c.purchase_id.in_(some)).order_by(LINES.c.purchase_id, LINES.c.position)
        for row in session.connection().execute(query):
            line = Line(row.name, row.quantity, row.unit_price, row.discount, row.sku, row.category)
            found[row.purchase_id].append(line)
    return found


def _in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))


def _bill(row: _Bill) -> Bill:
    return Bill(row.total, row.store_id, source=row.source, discount=row.discount, lines=row.lines)
