"""Faults other programmes had, each with the number of its row in the survey of the field, and what ours does."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.points import ledger, returning, spending
from loyalty.points.accrual import Award
from loyalty.points.reversal import AlreadyUndone
from loyalty.purchases import recording
from loyalty.purchases.returns import Goods, OverReturn
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, make_programme, problems, stats_of, undo

DAY = timedelta(days=1)


def take_back(session: Session, made: Award, key: str, amount: int | None = None, **when: int) -> returning.Returned:
    now = NOON + timedelta(**when)
    return returning.take_back(session, made.purchase.id, Goods(amount), actor="cli", key=key, now=now)


def test_d4_buying_and_returning_leaves_no_points_behind(session: Session) -> None:
    """D-4: a refund left its points, so that buying and returning was a way to make them."""
    lan = make_customer(session)
    for round_ in range(5):
        made = award(session, lan, 1_999_999)
        take_back(session, made, f"back:{round_}")

    stats = stats_of(session, lan)
    assert (stats.points, stats.carry, stats.orders, stats.spent, stats.spent_12m) == (0, 0, 0, 0, 0)
    assert (stats.first_purchase_at, stats.last_purchase_at) == (None, None)
    assert problems(session) == []


def test_d4_small_returns_take_as_much_as_one(session: Session) -> None:
    """D-4: what is split into returns too small for a point each must not keep the points of them all."""
    lan, minh = make_customer(session), make_customer(session)
    split, whole = award(session, lan, 250_000), award(session, minh, 250_000)

    for number in range(25):
        take_back(session, split, f"small:{number}", 9_999)
    take_back(session, whole, "one", 25 * 9_999)

    left = [(stats_of(session, each).points, stats_of(session, each).carry) for each in (lan, minh)]
    assert left == [(0, 25)] * 2  # of 250,000 ₫ 25 stay: no point, 25 carried
    assert problems(session) == []


def test_d5_a_return_told_twice_takes_its_points_once(session: Session) -> None:
    """D-5: a repeated refund charged twice, or a refund of more than was bought credited the customer."""
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    first = take_back(session, made, "till:7", 100_000)
    again = take_back(session, made, "till:7", 100_000)
    take_back(session, made, "till:8")

    with pytest.raises(OverReturn):
        take_back(session, made, "till:9", 1)

    assert (again.is_new, again.entry.id) == (False, first.entry.id)
    assert stats_of(session, lan).points == 0
    assert problems(session) == []


def test_d5_undoing_a_return_twice_gives_its_points_back_once(session: Session) -> None:
    """D-5, the other way round."""
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    back = take_back(session, made, "till:7", 100_000)
    undo(session, Award(made.purchase, back.entry, is_new=True))

    with pytest.raises(AlreadyUndone):
        undo(session, Award(made.purchase, back.entry, is_new=True))

    assert stats_of(session, lan).points == 25
    assert problems(session) == []


def test_d20_a_bill_cancelled_and_completed_again_counts_once(session: Session) -> None:
    """D-20: an order set to cancelled and then to completed lost its points, or got them twice."""
    lan = make_customer(session)
    before = award(session, lan, 104_000)
    for _ in range(3):
        made = award(session, lan, 250_000, reference="HD1")
        undo(session, made)
    final = award(session, lan, 250_000, reference="HD1")

    stats = stats_of(session, lan)
    assert (stats.points, stats.carry, stats.orders, stats.spent) == (35, 4_000, 2, 354_000)
    assert (final.entry.points, before.entry.points) == (25, 10)
    assert problems(session) == []


def test_d20_a_return_undone_and_done_again_counts_once(session: Session) -> None:
    """D-20, for goods."""
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    for number in range(3):
        back = take_back(session, made, f"back:{number}")
        undo(session, Award(made.purchase, back.entry, is_new=True))
    take_back(session, made, "back:last", 50_000)

    stats = stats_of(session, lan)
    assert (stats.points, stats.orders, stats.spent) == (20, 1, 200_000)
    assert recording.get(session, made.purchase.id).returned == 50_000
    assert problems(session) == []


def test_d22_no_đồng_is_lost_between_bills_returns_and_burnt_points(session: Session) -> None:
    """D-22: rounding left đồng over when points were burnt. Here every ₫ is in a point or in the carry."""
    lan = make_customer(session)
    bills = [award(session, lan, total) for total in (9_999, 12_345, 77_777, 199_999)]
    spending.burn(session, lan.id, 3, key="burn", actor="cli", now=NOON)
    take_back(session, bills[2], "back:1", 33_333)
    take_back(session, bills[3], "back:2", 1)

    entries = ledger.list_newest(session, lan.id, limit=20)
    worth = sum(entry.credit for entry in entries)
    moved = sum(entry.points for entry in entries if entry.kind != "burn")
    assert worth == 9_999 + 12_345 + 77_777 + 199_999 - 33_333 - 1
    assert worth == moved * 10_000 + stats_of(session, lan).carry
    assert problems(session) == []


def test_a_bill_that_comes_late_is_rated_by_the_rules_and_the_tier_of_its_date_and_rates_no_other_anew(
    session: Session,
) -> None:
    """Late bills: what was told once stays as it was told."""
    make_programme(session, 2, date(2026, 11, 20), {"per_amount = 10000": "per_amount = 5000"})
    lan = make_customer(session)
    risen = award(session, lan, 2_000_000, now=NOON)  # 22/11: silver from now on, a point per 5,000
    told = risen.entry.points

    late = award(session, lan, 100_000, purchased_at=NOON - 10 * DAY, now=NOON + DAY)  # 12/11: member, one per 10,000
    back = take_back(session, late, "late", 50_000, days=2)

    assert (late.entry.programme, late.entry.tier, late.entry.points) == (1, "member", 10)
    assert (back.entry.programme, back.entry.tier, back.entry.points) == (1, "member", -5)
    assert ledger.get(session, risen.entry.id).points == told == 400
    assert problems(session) == []
