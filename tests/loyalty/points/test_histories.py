"""Random histories against a model simple enough to be read: awards, repeats, late bills, undos, passing time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points.accrual import Award, ReceiptTaken
from loyalty.points.ending import due
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.returns.reversal import AlreadyUndone
from loyalty.purchases import stats
from loyalty.purchases.months import add_months
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, demo_programme, problems, stats_of, undo
from tests.builders_replay import differences_of

QUARTERS = {"member": 4, "silver": 5, "gold": 6}
AMOUNTS = st.one_of(st.integers(1, 30_000), st.sampled_from([1_990_000, 2_000_000, 9_000_000]))
STEPS = st.one_of(
    st.tuples(
        st.just("award"),
        st.integers(0, 1),  # customer
        AMOUNTS,
        st.sampled_from([None, None, "1", "2"]),  # receipt
        st.one_of(st.none(), st.integers(0, 4)),  # key, of a small pool
        st.sampled_from([0, 0, 0, 1, 40, 364, 366]),  # days late
    ),
    st.tuples(st.just("undo"), st.integers(0, 30)),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 200])),
    st.tuples(st.just("night")),
)


@dataclass
class Bill:
    """What the model remembers of an award."""

    customer: int
    total: int
    receipt: str | None
    key: str
    at: datetime
    points: int
    carry: int
    made: Award
    stands: bool = True


@dataclass
class Shop:
    """The model, beside the database it watches."""

    session: Session
    people: list[Customer]
    now: datetime = NOON
    bills: list[Bill] = field(default_factory=list)

    def of(self, customer: int) -> list[Bill]:
        return [bill for bill in self.bills if bill.customer == customer and bill.stands]

    def award(self, customer: int, total: int, receipt: str | None, pool: int | None, late: int) -> None:
        key = f"{self.people[0].public_id}:{'n' if pool is None else 'p'}{len(self.bills) if pool is None else pool}"
        by_key = next((bill for bill in self.bills if bill.key == key), None)
        by_receipt = next((bill for bill in self.bills if bill.stands and receipt and bill.receipt == receipt), None)
        first, refusal = (by_key, IdempotencyConflict) if by_key else (by_receipt, ReceiptTaken)
        at = self.now - timedelta(days=late)
        before = stats_of(self.session, self.people[customer])
        held, carry = before.tier, before.carry
        try:
            made = award(
                self.session,
                self.people[customer],
                total,
                key=key,
                now=self.now,
                purchased_at=at,
                reference=receipt,
                source=self.people[0].public_id,
            )
        except refusal:
            assert first is not None
            assert (first.customer, first.total) != (customer, total)
            return
        if first is not None:
            assert not made.is_new
            assert made.entry.id == first.made.entry.id
            assert (first.customer, first.total) == (customer, total)
            return
        assert made.is_new
        if not late:
            assert made.entry.tier == held
        self._remember(made, customer, receipt, key, at, carry)

    def _remember(self, made: Award, customer: int, receipt: str | None, key: str, at: datetime, carry: int) -> None:
        total, tier = made.purchase.total, made.entry.tier
        assert tier is not None
        credit = total * QUARTERS[tier] // 4 + carry
        points = credit // 10_000 if credit > 0 else 0
        assert (made.entry.points, made.entry.carry) == (points, credit - 10_000 * points)
        self.bills.append(Bill(customer, total, receipt, key, at, points, made.entry.carry_change, made))

    def undo(self, number: int) -> None:
        if not self.bills:
            return
        bill = self.bills[number % len(self.bills)]
        try:
            taken = undo(self.session, bill.made, key=f"{bill.key}:{number}:{self.now}", now=self.now)
        except AlreadyUndone:
            assert not bill.stands
            return
        assert taken.is_new is bill.stands  # the same undo under the same key answers again
        bill.stands = False

    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    def night(self) -> None:
        after: int | None = 0
        while after is not None:
            after = stats.roll_off(self.session, self.now.date(), after_id=after, limit=3)

    def usable(self, bill: Bill) -> int:
        """What a bill's points are worth today: none after their 12 months."""
        return bill.points if add_months(bill.at.date(), 12) >= self.now.date() else 0

    def check(self) -> None:
        rules = demo_programme()
        due.sweep(self.session, now=self.now)
        for number, customer in enumerate(self.people):
            totals, bills = stats_of(self.session, customer), self.of(number)
            assert totals.points == sum(map(self.usable, bills))
            assert totals.carry == sum(bill.carry for bill in bills)
            assert (totals.orders, totals.spent) == (len(bills), sum(bill.total for bill in bills))
            assert totals.first_purchase_at == min((bill.at for bill in bills), default=None)
            assert totals.last_purchase_at == max((bill.at for bill in bills), default=None)
            counted = [bill for bill in bills if bill.at.date() > stats.window_start(totals.rolled_on)]
            assert totals.spent_12m == sum(bill.total for bill in counted)
            assert rules.rank(totals.tier) >= rules.rank(rules.tier_for(totals.spent_12m).code)
            assert bills or totals.tier == "member"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=25))
def test_any_history_adds_up(session: Session, steps: Iterable[tuple[Any, ...]]) -> None:
    shop = Shop(session, [make_customer(session), make_customer(session)])

    for name, *details in steps:
        getattr(shop, name)(*details)
        shop.check()

    assert problems(session) == []
    assert differences_of(session, *shop.people) == []


def test_the_model_knows_the_multipliers_of_the_demo_programme() -> None:
    assert {tier.code: tier.multiplier * 4 for tier in demo_programme().tiers} == QUARTERS
