"""A segment settled whole, as every night, against hand-written SQL that does the same.

The limit finds who entered and who left with one statement each, writes both into the log and puts the members right,
in one transaction. The project looks at 5,000 customers at a time, outside of what it writes. Between two nights one
customer in a hundred changes; the first settling lets everybody in who belongs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks import counting, harness
from benchmarks.counting import Case
from benchmarks.filling import NOON
from benchmarks.harness import Rounds
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.segments import following, saved
from loyalty.segments.models import Segment, SegmentMember, SegmentWatch

REACH = 1.5  # times the limit's time
ENTERED = """
INSERT INTO segment_change (segment_id, customer_id, entered, at, cause)
SELECT :segment, s.customer_id, {yes}, :now, 'nightly' FROM customer_stats s
WHERE erased_at IS NULL AND {limit}
AND NOT EXISTS (SELECT 1 FROM segment_member m WHERE m.segment_id = :segment AND m.customer_id = s.customer_id)
"""
LEFT = """
INSERT INTO segment_change (segment_id, customer_id, entered, at, cause)
SELECT :segment, m.customer_id, {no}, :now, 'nightly' FROM segment_member m
WHERE m.segment_id = :segment AND NOT EXISTS (
  SELECT 1 FROM customer_stats s WHERE s.customer_id = m.customer_id AND erased_at IS NULL AND {limit})
"""
PUT = """
INSERT INTO segment_member (segment_id, customer_id, since_at)
SELECT segment_id, customer_id, at FROM segment_change WHERE segment_id = :segment AND id > :before AND {entered}
"""
TAKE = """
DELETE FROM segment_member WHERE segment_id = :segment AND customer_id IN (
  SELECT customer_id FROM segment_change WHERE segment_id = :segment AND id > :before AND NOT {entered})
"""


@dataclass(frozen=True, slots=True)
class Night:
    """One question, kept by hand in one segment and by the project in another."""

    database: Database
    case: Case
    by_hand: int
    ours: int

    def limit(self) -> None:
        words = {"limit": self.case.limit, "yes": "true", "no": "false", "entered": "entered"}
        with self.database.writing(), self.database.engine.begin() as connection:
            values = {"segment": self.by_hand, "now": NOON, **self.case.facts}
            values["before"] = connection.scalar(sa.text("SELECT max(id) FROM segment_change")) or 0
            for order in (ENTERED, LEFT, TAKE, PUT):
                connection.execute(_typed(order.format(**words), self.case), values)

    def project(self) -> None:
        with self.database.transaction() as session:
            session.get_one(Segment, self.ours).renew("nightly")
        while following.step(self.database, 0, now=NOON):
            continue

    def check(self) -> None:
        """Both keep the same people."""
        with self.database.read_only() as session:
            kept = [
                set(session.scalars(sa.select(SegmentMember.customer_id).filter_by(segment_id=each)))
                for each in (self.by_hand, self.ours)
            ]
        assert kept[0] == kept[1], f"{len(kept[0])} by hand, {len(kept[1])} by the project"


def measure(database: Database, *, rounds: int = 5) -> Iterator[str]:
    for case in (counting.TOTALS[0], counting.TOTALS[1], counting.BILLS[1]):
        night = _begin(database, case)
        first = Rounds([harness.seconds(night.limit)], [harness.seconds(night.project)])
        night.check()
        yield first.times_line(f"first settling: {case.name}", reach=REACH)
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds + 1):
            _change(database, number)
            for place, work in sorted(enumerate((night.limit, night.project)), reverse=number % 2 == 0):
                taken = harness.seconds(work)
                if number:  # the first is the warm-up
                    times[place].append(taken)
        night.check()
        yield Rounds(*times).times_line(f"nightly refresh: {case.name}", reach=REACH)


def _begin(database: Database, case: Case) -> Night:
    with database.transaction() as session:
        if session.get(SegmentWatch, 1) is None:
            session.add(SegmentWatch(id=1, position=0))
        ids = [saved.create(session, f"{case.name} {number}", case.rules, now=NOON).id for number in range(2)]
        session.execute(sa.update(Segment).values(due=None, followed=0))
        return Night(database, case, *ids)


def _change(database: Database, number: int) -> None:
    """One in a hundred spends more, or less."""
    amount = 600_000 if number % 2 else -600_000
    with database.transaction() as session:
        theirs = CustomerStats.customer_id % 100 == number % 50
        changed = sa.update(CustomerStats).where(theirs).values(spent_12m=sa.func.abs(CustomerStats.spent_12m + amount))
        session.execute(changed.execution_options(synchronize_session=False))


def _typed(words: str, case: Case) -> sa.TextClause:
    text = sa.text(words)
    known = {name: value for name, value in {"now": NOON, **case.facts}.items() if f":{name}" in words}
    return text.bindparams(*(sa.bindparam(name, type_=counting.type_of(value)) for name, value in known.items()))
