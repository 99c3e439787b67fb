"""Bills paid with points: how many may, what they cover, what comes back."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as sample
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.points import ledger, lots, paying, spending
from loyalty.points.accrual import Award
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.paying import Paid, PointsPayNothing, TooManyPoints
from loyalty.points.rating import estimating, explaining
from loyalty.points.returns import returning, reversal
from loyalty.points.returns.returning import Returned
from loyalty.points.spending import InsufficientPoints, PointsSpent
from loyalty.programme.document import Programme
from loyalty.purchases.returns import Goods
from loyalty.rewards import redemptions
from loyalty.rewards.visibility import BalanceTooLow
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import add_terms, award, problems, stats_of, undo
from tests.builders_rewards import make_reward
from tests.loyalty.staff.threads import at_once

TERMS = "[redemption]\nminimum_balance = 50\npoint_value = 1000\nmax_share = 40"
_numbers = count(1)


def rules(session: Session, terms: str = TERMS) -> Programme:
    return add_terms(session, terms)


def rich(session: Session, total: int = 1_000_000) -> Customer:
    """Somebody with a point per 10,000 ₫ of one bill."""
    customer = make_customer(session)
    award(session, customer, total)
    return customer


def give_back(session: Session, made: Award, amount: int | None = None) -> Returned:
    key = f"back:{next(_numbers)}"
    return returning.take_back(session, made.purchase.id, Goods(amount), actor="cli", key=key, now=NOON)


@pytest.mark.parametrize(
    ("total", "balance", "most"),
    [
        (250_000, 200, 100),  # 40 % of 250,000 is 100,000
        (250_000, 60, 60),
        (250_000, 49, 0),  # below the minimum
        (252_400, 200, 100),  # 100,960 ₫, whole points
        (2_000, 200, 0),
        (250_000, -5, 0),
    ],
)
def test_how_many_may_pay(session: Session, total: int, balance: int, most: int) -> None:
    made = rules(session)
    assert paying.most(made, total, balance) == most
    assert paying.of_bill(made, total, balance, "max") == Paid(most, most * 1_000)


def test_the_part_paid_with_points_earns_nothing_and_counts_as_spend(session: Session) -> None:
    made_rules = rules(session)
    lan = rich(session)
    asked = estimating.of_total(session, lan.id, 250_000, now=NOON, pay_points=80)
    made = award(session, lan, 250_000, pay_points=80)

    assert (made.purchase.paid_points, made.purchase.paid_amount, made.purchase.eligible) == (80, 80_000, 170_000)
    assert made.entry.points == asked.credit.points == 17  # 170,000 ₫
    assert (asked.most, asked.paid) == (100, Paid(80, 80_000))
    assert explaining.explain(asked.outcome, made_rules, "vi") == "trừ 80.000đ trả bằng điểm"
    assert ledger.balance(session, lan.id) == 100 - 80 + 17
    assert stats_of(session, lan).spent_12m == 1_250_000
    assert problems(session) == []


def test_it_comes_out_of_the_points_from_before_the_bill(session: Session) -> None:
    rules(session, "[redemption]\npoint_value = 1000")
    lan = rich(session, 500_000)
    made = award(session, lan, 500_000, pay_points=50)
    burn = paying.find(session, made.purchase.id)
    assert burn is not None and [share.points for share in lots.taken_by(session, burn.id)] == [50]
    assert ledger.balance(session, lan.id) == made.entry.points == 45 and problems(session) == []


def test_what_cannot_pay_is_refused_and_writes_nothing(session: Session) -> None:
    lan = rich(session)
    with pytest.raises(PointsPayNothing):
        award(session, lan, 250_000, pay_points="max")
    rules(session)
    with pytest.raises(TooManyPoints) as refused:
        award(session, lan, 200_000, pay_points=81)
    assert refused.value.facts == {"points": 81, "most": 80}  # 40 % of 200,000 ₫
    poor = rich(session, 490_000)
    with pytest.raises(InsufficientPoints):
        award(session, poor, 250_000, pay_points=10)  # 49 points, and 50 are asked for
    assert award(session, poor, 250_000, pay_points="max").purchase.paid_points == 0


def test_the_same_key_pays_once_and_with_other_points_is_refused(session: Session) -> None:
    rules(session)
    lan = rich(session)
    first = award(session, lan, 250_000, key="a", pay_points=80)
    again = award(session, lan, 250_000, key="a", pay_points=80)
    assert (again.is_new, again.entry.id, ledger.balance(session, lan.id)) == (False, first.entry.id, 37)
    with pytest.raises(IdempotencyConflict):
        award(session, lan, 250_000, key="a", pay_points=70)


def test_an_undone_bill_gives_the_points_back_to_their_lots(session: Session) -> None:
    rules(session)
    lan = rich(session)
    [before] = lots.soonest(session, lan.id, 1000)
    made = award(session, lan, 250_000, pay_points=80)
    undo(session, made)
    assert ledger.balance(session, lan.id) == 100 and lots.soonest(session, lan.id, 1000) == [before]
    assert problems(session) == []


def test_goods_give_back_their_part_however_they_come(session: Session) -> None:
    rules(session)
    lan = rich(session)
    made = award(session, lan, 250_000, pay_points=80)
    first = give_back(session, made, 100_000)
    assert (first.done.paid_back, first.done.points, first.entry.points) == (32, 7, 25)  # 80 × 2/5; 17 less 10
    assert ledger.balance(session, lan.id) == 62 and problems(session) == []
    rest = give_back(session, made)
    assert (rest.done.paid_back, rest.done.points) == (48, 10)
    assert ledger.balance(session, lan.id) == 100 and problems(session) == []

    reversal.undo(session, rest.entry.id, actor="cli", key="u", now=NOON)
    assert ledger.balance(session, lan.id) == 62 and problems(session) == []


def test_what_came_back_and_was_used_cannot_pay_again(session: Session) -> None:
    rules(session)
    lan = rich(session)
    made = award(session, lan, 250_000, pay_points=80)
    back = give_back(session, made)
    spending.burn(session, lan.id, 90, key="b", actor="cli", now=NOON)
    with pytest.raises(PointsSpent):
        reversal.undo(session, back.entry.id, actor="cli", key="u", now=NOON)
    assert problems(session) == []


def test_the_minimum_holds_for_rewards_too(session: Session) -> None:
    rules(session)
    lan, reward = rich(session, 490_000), make_reward(session, price=10)
    with pytest.raises(BalanceTooLow):
        redemptions.redeem(session, lan.id, reward.id, key="r", actor="cli", now=NOON)


def test_many_bills_at_once_never_use_a_point_twice(database: Database) -> None:
    with database.transaction() as session:
        rules(session, "[redemption]\npoint_value = 1000")
        lan = rich(session).id

    def one(place: int) -> int:
        try:
            with database.transaction() as session:
                customer = session.get_one(Customer, lan)
                return award(session, customer, 60_000, key=f"race:{place}", pay_points=50).purchase.paid_points
        except LoyaltyError:
            return 0

    assert sum(at_once(6, one)) <= 100 + 6  # each bill earns one point
    with database.read_only() as session:
        assert problems(session) == [] and ledger.balance(session, lan) >= 0


@pytest.mark.parametrize("shortfall", ["report", "owe"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@sample(data=st.data())
def test_any_history_with_payments_adds_up(session: Session, shortfall: str, data: st.DataObject) -> None:
    """The model: a balance by what each act says it moved, and a bill all of which is back leaves what there was."""
    with session.begin_nested() as history:
        rules(session, f'[redemption]\npoint_value = 1000\n\n[returns]\nshortfall = "{shortfall}"')
        lan = rich(session)
        model, bills, back = 100, list[Award](), list[Returned]()
        for step in range(data.draw(st.integers(3, 12))):
            now = NOON + timedelta(minutes=step)
            act = data.draw(st.sampled_from(["pay", "pay", "back", "undo_return", "undo", "burn"]))
            if act == "pay":
                total = data.draw(st.integers(2, 30)) * 10_000
                bills.append(award(session, lan, total, pay_points="max", now=now))
                model += bills[-1].entry.points - bills[-1].purchase.paid_points
            elif act == "back" and bills:
                bill = data.draw(st.sampled_from(bills)).purchase
                left = bill.total - sum(each.done.amount for each in back if each.purchase.id == bill.id)
                if left:
                    key, amount = f"p{next(_numbers)}", data.draw(st.integers(1, left // 10_000)) * 10_000
                    goods = Goods(amount)
                    back.append(returning.take_back(session, bill.id, goods, actor="cli", key=key, now=now))
                    model += back[-1].done.paid_back - back[-1].done.points
            elif act == "undo_return" and back:
                try:
                    with session.begin_nested():
                        gone = back[-1]
                        reversal.undo(session, gone.entry.id, actor="cli", key=f"p{next(_numbers)}", now=now)
                except LoyaltyError:
                    continue
                back.pop()
                model -= gone.done.paid_back - gone.done.points
            elif act == "undo" and bills:
                bill_award = bills[-1]
                try:
                    with session.begin_nested():
                        undo(session, bill_award, now=now)
                except LoyaltyError:
                    continue
                bills.pop()
                model -= bill_award.entry.points - bill_award.purchase.paid_points
            elif act == "burn" and model > 0:
                points = data.draw(st.integers(1, model))
                spending.burn(session, lan.id, points, key=f"p{next(_numbers)}", actor="cli", now=now)
                model -= points
            assert stats_of(session, lan).points == model
            assert problems(session) == []
        history.rollback()
