"""Points used before their goods came back: reported, refused or owed, as the rules of the bill say."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as sample
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points import adjusting, lots, spending
from loyalty.points.accrual import Award
from loyalty.points.ending import due
from loyalty.points.returns import returning, reversal
from loyalty.points.returns.returning import Returned
from loyalty.points.spending import InsufficientPoints, PointsSpent
from loyalty.purchases.returns import Goods
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import add_terms, award, problems, promise, stats_of

OWE, REFUSE = '[returns]\nshortfall = "owe"', '[returns]\nshortfall = "refuse"'
_numbers = count(1)


def give_back(session: Session, made: Award, amount: int | None = None) -> Returned:
    key = f"back:{next(_numbers)}"
    return returning.take_back(session, made.purchase.id, Goods(amount), actor="cli", key=key, now=NOON)


def burn(session: Session, customer: Customer, points: int) -> spending.Burn:
    return spending.burn(session, customer.id, points, key=f"burn:{next(_numbers)}", actor="cli", now=NOON)


def undo(session: Session, number: int) -> None:
    reversal.undo(session, number, actor="cli", key=f"undo:{next(_numbers)}", now=NOON)


def held(session: Session, customer: Customer) -> int:
    """What remains in lots."""
    found = session.scalar(
        text("SELECT COALESCE(SUM(remaining), 0) FROM lot WHERE customer_id = :id"), {"id": customer.id}
    )
    return int(found or 0)


def test_where_the_rules_refuse_goods_whose_points_were_used_stay_sold(session: Session) -> None:
    add_terms(session, REFUSE)
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)
    with pytest.raises(PointsSpent):
        returning.preview(session, made.purchase.id, Goods(None))
    with pytest.raises(PointsSpent):
        give_back(session, made)
    assert stats_of(session, lan).points == 5 and problems(session) == []


def test_what_is_owed_comes_out_of_other_lots_first(session: Session) -> None:
    add_terms(session, OWE)
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)
    award(session, lan, 300_000)

    back = give_back(session, made)

    assert (back.done.points, back.done.shortfall, back.entry.points) == (25, 0, -25)
    assert stats_of(session, lan).points == held(session, lan) == 10 and problems(session) == []


def test_beyond_that_it_is_a_debt_and_what_is_earned_next_pays_it_first(session: Session) -> None:
    add_terms(session, OWE)
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)
    assert returning.preview(session, made.purchase.id, Goods(None)) == returning.Preview(250_000, 25, 0, 20)

    give_back(session, made)
    assert (stats_of(session, lan).points, held(session, lan)) == (-20, 0) and problems(session) == []
    with pytest.raises(InsufficientPoints):
        burn(session, lan, 1)

    award(session, lan, 150_000)
    assert (stats_of(session, lan).points, held(session, lan)) == (-5, 0) and problems(session) == []
    award(session, lan, 120_000)
    assert (stats_of(session, lan).points, held(session, lan)) == (7, 7) and problems(session) == []


def test_promises_adjustments_and_what_a_redemption_gives_back_pay_a_debt_too(session: Session) -> None:
    add_terms(session, OWE)
    lan = make_customer(session)
    made = award(session, lan, 500_000)
    first, second = burn(session, lan, 20), burn(session, lan, 30)
    give_back(session, made)
    assert stats_of(session, lan).points == -50

    adjusting.adjust(session, lan.id, 8, "sorry", actor="cli", key="a", now=NOON)
    assert (stats_of(session, lan).points, held(session, lan)) == (-42, 0) and problems(session) == []
    reversal.give_back(session, first.entry.id, actor="cli", key="b", now=NOON)
    assert (stats_of(session, lan).points, held(session, lan)) == (-22, 0) and problems(session) == []
    reversal.give_back(session, second.entry.id, actor="cli", key="c", now=NOON)
    assert (stats_of(session, lan).points, held(session, lan)) == (8, 8) and problems(session) == []
    promise(session, lan, 5, NOON.date())
    due.sweep(session, now=NOON)
    assert stats_of(session, lan).points == 13


def test_undoing_the_return_gives_back_what_was_owed_and_what_paid_it_meanwhile(session: Session) -> None:
    add_terms(session, OWE)
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)
    back = give_back(session, made)
    award(session, lan, 150_000)  # pays 15 of the 20
    undo(session, back.entry.id)

    assert (stats_of(session, lan).points, held(session, lan)) == (20, 20) and problems(session) == []
    lot = lots.find(session, made.entry.id)
    assert lot is not None and lot.remaining == 5


def test_a_bill_rated_before_the_rules_said_so_is_judged_by_its_own(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)
    add_terms(session, OWE)
    back = give_back(session, made)
    assert (back.done.points, back.done.shortfall, stats_of(session, lan).points) == (5, 20, 0)


def test_where_the_rules_say_so_a_return_costs_the_tier_at_once(session: Session) -> None:
    add_terms(session, '[returns]\ntier = "at_once"')
    lan = make_customer(session)
    made = award(session, lan, 2_000_000)
    assert stats_of(session, lan).tier == "silver"
    assert give_back(session, made, 100_000).tier_fell == "member"
    assert stats_of(session, lan).tier == "member"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@sample(data=st.data())
def test_any_history_with_debts_adds_up(session: Session, data: st.DataObject) -> None:
    """The model: a balance that may be negative, and what each return took."""
    with session.begin_nested() as history:
        add_terms(session, OWE)
        lan = make_customer(session)
        bills: list[tuple[Award, list[Returned]]] = []
        burns: list[spending.Burn] = []
        model = 0
        for _ in range(data.draw(st.integers(3, 12))):
            act = data.draw(st.sampled_from(["award", "burn", "back", "undo", "cancel"]))
            if act == "award":
                made = award(session, lan, data.draw(st.integers(1, 60)) * 10_000)
                bills.append((made, []))
                model += made.entry.points
            elif act == "burn" and model > 0:
                burns.append(burn(session, lan, points := data.draw(st.integers(1, model))))
                model -= points
            elif act == "back" and (
                open_ := [each for each in bills if each[0].purchase.total > sum(d.done.amount for d in each[1])]
            ):
                bill, done = data.draw(st.sampled_from(open_))
                left = bill.purchase.total - sum(each.done.amount for each in done)
                done.append(give_back(session, bill, data.draw(st.integers(1, left // 10_000)) * 10_000))
                model -= done[-1].done.points
            elif act == "undo" and (returned := [each for each in bills if each[1]]):
                _bill, done = data.draw(st.sampled_from(returned))
                undo(session, done[-1].entry.id)
                model += done.pop().done.points
            elif act == "cancel" and burns:
                cancelled = burns.pop(data.draw(st.integers(0, len(burns) - 1)))
                reversal.give_back(session, cancelled.entry.id, actor="cli", key=f"c:{next(_numbers)}", now=NOON)
                model -= cancelled.entry.points
            assert stats_of(session, lan).points == model
            assert held(session, lan) == max(0, model)
            assert problems(session) == []
        history.rollback()


def test_whoever_owes_may_have_an_award_undone_whose_points_have_all_expired(session: Session) -> None:
    add_terms(session, OWE)
    lan = make_customer(session)
    first, second = award(session, lan, 250_000), award(session, lan, 300_000)
    burn(session, lan, 20)
    after = NOON + timedelta(days=400)
    due.sweep(session, now=after)
    returning.take_back(session, first.purchase.id, Goods(None), actor="cli", key="all", now=after)
    assert stats_of(session, lan).points == -20

    reversal.undo(session, second.entry.id, actor="cli", key="late", now=after)

    assert stats_of(session, lan).points == -20 and problems(session) == []
