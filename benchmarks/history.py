"""What an award, a balance and a statement cost with a long history: `python -m benchmarks.history [sqlite] [rows]`.

Two databases of one engine are open at once, one with ten thousand movements and one with a million (or `rows`), and
the same call is measured in turn against both: every time somebody else of all the customers there are. In both, one
regular has 2,000 movements of their own and all others twenty; rows lie in the order of their time, so that what
belongs to one customer is strewn over the whole table, as it is in a shop that is open.
"""

import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import harness
from loyalty import many, shop
from loyalty.activity import timeline
from loyalty.activity.timeline import Happening
from loyalty.customers import bulk
from loyalty.customers.bulk import Newcomer
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import accounts, accrual, ledger, lots, statements, verify
from loyalty.points.accounts import Account
from loyalty.points.accrual import Bill
from loyalty.points.ledger import LEDGER, Movement
from loyalty.points.lots import LOTS, SPENDS
from loyalty.points.models import EntryKind
from loyalty.points.tiers import card
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases import recording, stats
from loyalty.purchases.stats import PURCHASES, Totals

FEW, MANY = 10_000, 1_000_000
REACH = 1.20  # times what it costs with few
OWN, REGULAR = 20, 2_000  # movements of one customer, and of the one who comes every other day
BURNS = 10  # every tenth movement uses what the nine before it gave; the last one never does
PRICE = 10_000  # ₫ of each bill: one point
TOGETHER = 5_000
PER_ROUND, ROUNDS = 200, 9
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY, MONTH, YEAR = date(2026, 11, 22), date(2026, 11, 1), date(2025, 11, 23)
BEGIN = NOON - timedelta(days=12 * 365)

Rows = dict[str, list[dict[str, Any]]]


@dataclass(slots=True)
class Course:
    """One customer's history as it is filled in."""

    account: Account
    length: int
    gap: timedelta
    given: list[int] = field(default_factory=list)  # entries whose points nobody used yet
    days: list[date] = field(default_factory=list)  # of bills

    @property
    def place(self) -> int:
        """Which movement comes next, from 1."""
        return self.account.ledger_seq + 1

    def at(self) -> datetime:
        jitter = timedelta(seconds=self.account.customer_id % 600)
        return NOON - timedelta(days=1) - (self.length - self.place) * self.gap + jitter

    def is_burn(self, place: int) -> bool:
        return place % BURNS == 0 and place < self.length

    def is_kept(self, place: int) -> bool:
        """Its points are there to this day."""
        return place > (self.length - 1) // BURNS * BURNS


class Filling:
    """A history written in bulk: the rows awards and burns would have left, chained and summed as theirs."""

    def __init__(self, database: Database, rows: int) -> None:
        self.database = database
        self.rules = self._rules()
        self.entry_ids, self.purchase_ids = count(1), count(1)
        self.others = _people(database, (rows - REGULAR) // OWN)
        self.regular = _people(database, 1, first=10**7)[0]
        for other in self.others:
            other.length, other.gap = OWN, timedelta(days=17)

    def write(self) -> None:
        for _ in range(OWN):
            for start in range(0, len(self.others), TOGETHER):
                self._write(self.others[start : start + TOGETHER])
            self._write([self.regular] * (REGULAR // OWN))
        with self.database.transaction() as session:
            everybody = [*self.others, self.regular]
            accounts.save_many(session, [_closed(each) for each in everybody])
        self._tidy()

    def _write(self, courses: Sequence[Course]) -> None:
        """The next movement of each."""
        with self.database.transaction() as session:
            rows: Rows = {"purchase": [], "ledger_entry": [], "lot": [], "lot_spend": []}
            happened = [self._move(session, each, rows) for each in courses]
            for table in (PURCHASES, LEDGER, LOTS, SPENDS):
                many.execute(session.connection(), sa.insert(table), rows[table.name])
            timeline.record_many(session, [each for each in happened if each is not None])

    def _move(self, session: Session, course: Course, rows: Rows) -> Happening | None:
        entry_id, at = next(self.entry_ids), course.at()
        if course.is_burn(course.place):
            self._burn(session, course, rows, entry_id, at)
            return None
        return self._earn(session, course, rows, entry_id, at)

    def _burn(self, session: Session, course: Course, rows: Rows, entry_id: int, at: datetime) -> None:
        movement = Movement(EntryKind.BURN, -len(course.given), 0, 0, f"burn:{entry_id}", "cli")
        row, course.account = ledger.row_of(session, course.account, movement, now=at)
        rows["ledger_entry"].append({**row, "id": entry_id})
        spend = {"entry_id": entry_id, "customer_id": course.account.customer_id, "points": 1}
        rows["lot_spend"] += [{**spend, "lot_id": lot_id} for lot_id in course.given]
        course.given = []

    def _earn(self, session: Session, course: Course, rows: Rows, entry_id: int, at: datetime) -> Happening:
        customer_id, place, purchase_id = course.account.customer_id, course.place, next(self.purchase_ids)
        purchase, key = self._purchase(session, customer_id, purchase_id, at), f"fill:{purchase_id}"
        movement = Movement(
            EntryKind.EARN, 1, 0, PRICE, f"award:{key}", "cli", purchase_id, purchase["public_id"], 1, "member"
        )
        row, course.account = ledger.row_of(session, course.account, movement, now=at)
        lot = lots.row_of(entry_id, row, lots.expiry(self.rules, row["posted_on"]))
        rows["purchase"].append({**purchase, "id": purchase_id, "key": key})
        rows["ledger_entry"].append({**row, "id": entry_id})
        rows["lot"].append({**lot, "remaining": int(course.is_kept(place))})
        course.given.append(entry_id)
        course.days.append(row["posted_on"])
        if course.is_kept(place):
            due = lots.changes_on(course.account.next_change_on, lot["expires_on"])
            course.account = replace(course.account, next_change_on=due)
        data = {"purchase": purchase["public_id"], "entry": entry_id, "total": PRICE, "points": 1}
        return Happening(customer_id, "purchase", at, data)

    def _purchase(self, session: Session, customer_id: int, number: int, at: datetime) -> dict[str, Any]:
        bill = Bill(total=PRICE, store_id=1, reference=f"F{number}")
        held = {"customer_id": customer_id, "made_customer": False, "tier_before": "member", "tier_after": "member"}
        when = {"purchased_at": at, "purchased_on": shop.of(session).day(at), "recorded_at": at}
        return recording.row_of(bill, **held, **when, receipt_key=f"counter|1||F{number}") | {"eligible": PRICE}

    def _rules(self) -> Programme:
        with self.database.read_only() as session:
            return versions.at(session, TODAY)

    def _tidy(self) -> None:
        """Numbers go on after those given here, and the planner knows what there is."""
        engine = self.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if not self.database.is_sqlite:
                for table in ("purchase", "ledger_entry"):
                    top = f"(SELECT max(id) FROM {table})"
                    connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {top})"))
                connection.execute(sa.text("VACUUM"))
            connection.execute(sa.text("ANALYZE"))


def _people(database: Database, number: int, first: int = 0) -> list[Course]:
    assert database.keyring is not None and database.shop is not None
    made: list[Course] = []
    for start in range(0, number, TOGETHER):
        phones = [f"+849{first + each:08}" for each in range(start, min(start + TOGETHER, number))]
        newcomers = [Newcomer(phone, joined_at=BEGIN) for phone in phones]
        sealed = [bulk.seal(each, database.keyring, database.shop, source="import", now=BEGIN) for each in newcomers]
        with database.transaction() as session:
            ids = bulk.create_many(session, sealed)
        for each in sealed:
            account = accounts.first(ids[each.public_id], each.public_id, each.stats)
            made.append(Course(account, REGULAR, timedelta(days=2)))
    return made


def _closed(course: Course) -> Account:
    """The account at the end, with the totals of its bills."""
    number, recent = len(course.days), sum(day > stats.window_start(TODAY) for day in course.days)
    burns, jitter = course.length - 1, timedelta(seconds=course.account.customer_id % 600)
    last = NOON - timedelta(days=1) + jitter
    first = last - burns * course.gap
    return replace(course.account, totals=Totals(number, number * PRICE, recent * PRICE, TODAY, first, last))


class Shop:
    """One of the two, and what is asked of it."""

    def __init__(self, database: Database, rows: int) -> None:
        self.database, self.rows, self.awards = database, rows, count(1)
        filling = Filling(database, rows)
        filling.write()
        self.others = [each.account.customer_id for each in filling.others]
        self.regular = filling.regular.account.customer_id
        self.filled, self.awarded, self.chance = _entries(database), 0, Random(11)

    def others_in_turn(self) -> Iterator[int]:
        """Somebody else every time, of all there are."""
        return iter(self.chance.sample(self.others, PER_ROUND))

    def regular_only(self) -> Iterator[int]:
        return iter([self.regular] * PER_ROUND)

    def award(self, customer_id: int) -> None:
        number = next(self.awards)
        bill, at = Bill(total=37_000, store_id=1, reference=f"HD{number}"), NOON + timedelta(seconds=number)
        with self.database.transaction() as session:
            accrual.record_purchase(session, customer_id, bill, actor="cli", key=f"bench:{number}", now=at)
        self.awarded += 1

    def balance(self, customer_id: int) -> None:
        """What a customer is told of their points: how many, what ends when, and their tier."""
        with self.database.read_only() as session:
            assert ledger.balance(session, customer_id) > 0
            assert lots.next_expiring(session, customer_id, TODAY) is not None
            card.of_customer(session, customer_id, TODAY)

    def statement(self, customer_id: int, first: date = MONTH) -> None:
        with self.database.read_only() as session:
            found = statements.of(session, customer_id, first, TODAY)
            assert found.closing > 0
            statements.list_newest(session, found, limit=20)

    def check(self) -> None:
        """Every movement is there, and the books of everybody are whole."""
        assert _entries(self.database) == self.filled + self.awarded
        with self.database.read_only() as session:
            assert list(verify.problems(session)) == []


def _entries(database: Database) -> int:
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count(Customer.id)))
        return session.scalars(sa.select(sa.func.count(LEDGER.c.id))).one()


Work = Callable[[Shop, int], None]
CASES: tuple[tuple[str, Work, Callable[[Shop], Iterator[int]]], ...] = (
    ("award", Shop.award, Shop.others_in_turn),
    ("award of a regular", Shop.award, Shop.regular_only),
    ("balance", Shop.balance, Shop.others_in_turn),
    ("balance of a regular", Shop.balance, Shop.regular_only),
    ("statement of a month", Shop.statement, Shop.others_in_turn),
    ("statement of a regular's month", Shop.statement, Shop.regular_only),
    ("statement of a regular's year", partial(Shop.statement, first=YEAR), Shop.regular_only),
)


def run(place: Shop, work: Work, whose: Callable[[Shop], Iterator[int]]) -> None:
    for customer_id in whose(place):
        work(place, customer_id)


def measure(few: Shop, many_: Shop, name: str, work: Work, whose: Callable[[Shop], Iterator[int]]) -> str:
    rounds = harness.interleave(partial(run, few, work, whose), partial(run, many_, work, whose), rounds=ROUNDS)
    ratios = sorted(1 / ratio for ratio in rounds.ratios)
    short, long = (1000 * statistics.median(taken) / PER_ROUND for taken in (rounds.limit, rounds.project))
    return (
        f"{name:<31} {statistics.median(ratios):.2f} × its cost with few (range {ratios[0]:.2f}-{ratios[-1]:.2f}, "
        f"reach {REACH:.2f}); {short:.3f} ms with {few.filled:,} movements, {long:.3f} ms with {many_.filled:,}"
    )


def main() -> None:
    engines = [each for each in sys.argv[1:] if each in harness.ENGINES] or harness.ENGINES
    rows = next((int(each) for each in sys.argv[1:] if each.isdecimal()), MANY)
    for engine in engines:
        with harness.place(engine) as place:
            few, long = Shop(place.open("few"), FEW), Shop(place.open("many"), rows)
            print(f"-- {engine}, {few.filled:,} and {long.filled:,} movements", flush=True)
            for name, work, whose in CASES:
                print(measure(few, long, name, work, whose), flush=True)
            few.check()
            long.check()


if __name__ == "__main__":
    main()
