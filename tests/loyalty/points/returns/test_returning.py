"""Goods that come back: their part of the bill's points, of the carry, of the customer's totals."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as sample
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import accounts, accrual, ledger, lots, spending
from loyalty.points.accrual import Award, Line
from loyalty.points.ending import due
from loyalty.points.ledger import IdempotencyConflict, Movement
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.returns import returning, reversal
from loyalty.points.returns.keeping import Falling, Shortfall, Terms
from loyalty.points.returns.returning import Returned, ReturnedSince
from loyalty.points.returns.reversal import AlreadyUndone, NotUndoable, NotYours, TooLate
from loyalty.points.spending import PointsSpent
from loyalty.purchases import recording, returns, stats
from loyalty.purchases.models import Purchase
from loyalty.purchases.returns import AmountNeeded, BadReturn, Goods, OverReturn, PurchaseUndone
from loyalty.staff.permissions import NotAllowed
from tests.builders import NOON
from tests.builders_customers import kinds, make_customer, together
from tests.builders_points import award, make_bill, problems, set_totals, stats_of, undo
from tests.builders_staff import make_staff

DAY = timedelta(days=1)
LATTE, CAKE = Line("Latte đá", 4, 50_000, sku="LT"), Line("Tiramisu", 1, 60_000, 10_000, sku="TM")
_numbers = count(1)


def give_back(
    session: Session, made: Award, amount: int | None = None, *, key: str | None = None, days: int = 0, **more: Any
) -> Returned:
    """Goods of an award, all that is left of it unless an amount or lines say how much."""
    named = {name: more.pop(name) for name in ("lines", "reference", "reason") if name in more}
    goods = Goods(amount, **named)
    key, now = key or f"back:{next(_numbers)}", NOON + days * DAY
    return returning.take_back(session, made.purchase.id, goods, actor="cli", key=key, now=now, **more)


def undo_return(session: Session, done: Returned, *, days: int = 0, **who: Any) -> LedgerEntry:
    made = accrual.Award(done.purchase, done.entry, is_new=True)
    return undo(session, made, now=NOON + days * DAY, **who).entry


def burn(session: Session, customer: Customer, points: int, *, days: int = 0) -> spending.Burn:
    now = NOON + days * DAY
    return spending.burn(session, customer.id, points, key=f"burn:{next(_numbers)}", actor="cli", now=now)


def held(session: Session, customer: Customer) -> tuple[int, int, int, int, int]:
    stats = stats_of(session, customer)
    return (stats.points, stats.carry, stats.orders, stats.spent, stats.spent_12m)


def test_a_part_of_the_bill_takes_its_part_of_the_points_and_of_the_carry(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 5_000)  # carried
    made = award(session, lan, 250_000)  # 25 points, 5,000 carried still

    done = give_back(session, made, 98_000)  # as if it had been 152,000: 15 points, 7,000 carried

    assert (done.entry.kind, done.entry.points, done.entry.carry_change) == ("return", -10, 2_000)
    assert (done.done.amount, done.done.points, done.done.shortfall) == (98_000, 10, 0)
    assert held(session, lan) == (15, 7_000, 2, 157_000, 157_000)
    assert (done.purchase.returned, done.purchase.left, done.purchase.state) == (98_000, 152_000, "recorded")
    assert problems(session) == []


def test_all_of_it_is_no_order_and_gives_exactly_everything_back(session: Session) -> None:
    lan = make_customer(session)
    first = award(session, lan, 105_000)
    made = award(session, lan, 250_000, now=NOON + DAY)
    before = (10, 5_000, 1, 105_000, 105_000)

    for amount in (33_333, 99_999, None):
        done = give_back(session, made, amount, days=2)

    assert done.purchase.state == "returned"
    assert held(session, lan) == before
    assert stats_of(session, lan).last_purchase_at == first.purchase.purchased_at
    assert problems(session) == []


def test_more_than_is_left_is_refused_and_the_database_refuses_it_too(session: Session) -> None:
    made = award(session, make_customer(session), 250_000)
    give_back(session, made, 200_000)

    with pytest.raises(OverReturn) as refused:
        give_back(session, made, 50_001)

    assert refused.value.facts == {"asked": 50_001, "total": 250_000, "returned": 200_000, "left": 50_000}
    with pytest.raises(DBAPIError, match="returned"), session.begin_nested():
        session.execute(update(Purchase).where(Purchase.id == made.purchase.id).values(returned=250_001))
    give_back(session, made)
    with pytest.raises(OverReturn):
        give_back(session, made)


def test_a_later_bill_is_never_rated_again(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 9_000)
    later = award(session, lan, 1_000)  # one point, made of both

    done = give_back(session, made)

    assert (done.entry.points, done.entry.carry_change, done.entry.carry) == (0, -9_000, -9_000)
    assert later.entry.points == stats_of(session, lan).points == 1
    assert problems(session) == []


def test_a_bill_is_judged_by_the_tier_it_was_rated_with(session: Session) -> None:
    lan = make_customer(session)
    gave = award(session, lan, 2_000_000)  # silver from now on
    made = award(session, lan, 200_000)  # at 1.25: 25 points

    give_back(session, gave)
    done = give_back(session, made, 100_000)  # 12 points left and 5,000

    assert (done.entry.points, done.entry.tier) == (-13, "silver")
    assert stats_of(session, lan).points == 12
    assert problems(session) == []


def test_lines_come_back_by_pieces_and_share_the_discount_of_the_whole_bill(session: Session) -> None:
    made = award(session, make_customer(session), 225_000, discount=25_000, lines=(LATTE, CAKE))  # 250,000 on its lines

    two = give_back(session, made, lines={1: 2})  # 100,000 of 250,000
    cake = give_back(session, made, lines={2: 1})
    with pytest.raises(OverReturn) as refused:
        give_back(session, made, lines={1: 3})
    rest = give_back(session, made, lines={1: 2})

    assert [done.done.amount for done in (two, cake, rest)] == [90_000, 45_000, 90_000]
    assert refused.value.facts == {"asked": 3, "total": 4, "returned": 2, "left": 2, "line": 1}
    assert rest.purchase.state == "returned"
    assert [line.left for line in recording.lines_of(session, rest.purchase)] == [0, 0]
    assert problems(session) == []


def test_everything_left_takes_every_piece_with_it(session: Session) -> None:
    made = award(session, make_customer(session), 250_000, lines=(LATTE, CAKE))
    give_back(session, made, lines={1: 1})

    done = give_back(session, made)

    assert done.done.amount == 200_000
    assert sorted(returns.pieces_of(session, done.done).values()) == [1, 3]
    assert problems(session) == []


@pytest.mark.parametrize(
    ("goods", "refusal"),
    [
        (Goods(0), BadReturn),
        (Goods(-5), BadReturn),
        (Goods(lines={1: 0}), BadReturn),
        (Goods(lines={9: 1}), BadReturn),
        (Goods(1_000, reason="x" * 301), BadReturn),
        (Goods(lines={1: 1}), AmountNeeded),
    ],
)
def test_goods_that_cannot_be_change_nothing(session: Session, goods: Goods, refusal: type[Exception]) -> None:
    lan = make_customer(session)
    made = award(session, lan, 100_000, lines=(Line("Bánh", 2),))

    with pytest.raises(refusal):
        returning.take_back(session, made.purchase.id, goods, actor="cli", key="k", now=NOON)

    assert held(session, lan) == (10, 0, 1, 100_000, 100_000)
    assert ledger.list_newest(session, lan.id)[0].id == made.entry.id


def test_the_same_key_and_the_same_slip_get_the_first_return(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)

    first = give_back(session, made, 100_000, key="zalo:1", reference="tr1")
    again = give_back(session, made, 100_000, key="zalo:1")
    slip = give_back(session, made, 100_000, key="till:2", reference="TR1")
    with pytest.raises(IdempotencyConflict):
        give_back(session, made, 90_000, key="zalo:1")
    with pytest.raises(IdempotencyConflict):
        give_back(session, award(session, lan, 100_000), key="zalo:1")

    assert [each.is_new for each in (first, again, slip)] == [True, False, False]
    assert {each.done.id for each in (first, again, slip)} == {first.done.id}
    assert stats_of(session, lan).points == 25


def test_points_that_expired_meanwhile_are_not_taken_twice(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    award(session, lan, 100_000, now=NOON + 300 * DAY)

    done = give_back(session, made, days=400)

    assert (done.entry.points, done.done.shortfall) == (0, 0)
    assert stats_of(session, lan).points == 10
    assert problems(session) == []


def test_points_that_were_used_are_a_shortfall_and_other_bills_stay_whole(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    other = award(session, lan, 100_000, now=NOON + DAY)
    burn(session, lan, 20, days=2)  # of the older lot

    done = give_back(session, made, 100_000, days=3)  # 10 points due, 5 there
    rest = give_back(session, made, days=4)

    assert (done.entry.points, done.done.shortfall) == (-5, 5)
    assert (rest.entry.points, rest.done.shortfall) == (0, 20)
    lot = lots.find(session, other.entry.id)
    assert lot is not None
    assert lot.remaining == stats_of(session, lan).points == 10
    assert problems(session) == []


def test_where_the_terms_refuse_a_shortfall_nothing_is_returned(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)

    with pytest.raises(PointsSpent) as refused:
        give_back(session, made, 100_000, terms=Terms(Shortfall.REFUSE))
    small = give_back(session, made, 50_000, terms=Terms(Shortfall.REFUSE))

    assert refused.value.facts == {"number": made.entry.id, "points": 10, "left": 5}
    assert (small.entry.points, small.done.shortfall) == (-5, 0)
    assert problems(session) == []


def test_what_a_redemption_gave_back_is_taken_by_the_next_return(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    used = burn(session, lan, 25)
    first = give_back(session, made, 100_000)
    reversal.give_back(session, used.entry.id, actor="cli", key="cancelled", now=NOON)
    rest = give_back(session, made)

    assert (first.entry.points, first.done.shortfall) == (0, 10)
    assert (rest.entry.points, rest.done.shortfall) == (-25, 0)
    assert stats_of(session, lan).points == 0
    assert problems(session) == []


def test_a_tier_falls_at_a_review_only(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 2_000_000)

    done = give_back(session, made)

    assert (done.tier_fell, stats_of(session, lan).tier, stats_of(session, lan).spent_12m) == (None, "silver", 0)
    assert award(session, lan, 100_000).entry.tier == "silver"
    assert problems(session) == []


def test_a_bill_that_comes_late_gets_the_tier_a_returned_one_had_given_by_then(session: Session) -> None:
    lan = make_customer(session)
    gave = award(session, lan, 2_000_000)
    give_back(session, gave, days=2)
    set_totals(session, lan, tier="member", tier_since=NOON + 3 * DAY)  # its review

    late = award(session, lan, 100_000, purchased_at=NOON + DAY, now=NOON + 4 * DAY)

    assert late.entry.tier == "silver"


def test_where_the_terms_say_so_a_return_costs_the_tier_at_once_and_its_undoing_gives_it_back(session: Session) -> None:
    lan, at_once = make_customer(session), Terms(tier=Falling.AT_ONCE)
    made = award(session, lan, 2_100_000)

    kept = give_back(session, made, 100_000, terms=at_once)
    lost = give_back(session, made, 1, terms=at_once)
    assert (kept.tier_fell, lost.tier_fell, stats_of(session, lan).tier) == (None, "member", "member")
    undo_return(session, lost)

    assert stats_of(session, lan).tier == "silver"
    assert problems(session) == []


def test_at_once_a_tier_the_spend_did_not_hold_up_any_more_waits_for_its_review(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 2_000_000)
    made = award(session, lan, 100_000, now=NOON + 380 * DAY)  # the two million left the twelve months

    done = give_back(session, made, 50_000, days=380, terms=Terms(tier=Falling.AT_ONCE))

    assert (done.tier_fell, stats_of(session, lan).tier) == (None, "silver")


def test_undoing_a_return_is_as_if_it_had_not_been(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 5_000)
    made = award(session, lan, 250_000, lines=(LATTE, CAKE))
    before = held(session, lan)
    done = give_back(session, made, lines={1: 3}, reference="TR1")

    entry = undo_return(session, done, days=1)

    assert (entry.kind, entry.points, entry.carry_change) == ("reverse", -done.entry.points, -done.entry.carry_change)
    assert held(session, lan) == before
    assert [line.left for line in recording.lines_of(session, recording.get(session, made.purchase.id))] == [4, 1]
    with pytest.raises(AlreadyUndone):
        undo_return(session, done)
    assert give_back(session, made, lines={1: 3}, reference="TR1").is_new
    assert problems(session) == []


def test_undoing_a_whole_return_makes_it_an_order_again(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    done = give_back(session, made, days=1)

    undo_return(session, done, days=2)

    assert held(session, lan) == (25, 0, 1, 250_000, 250_000)
    assert stats_of(session, lan).first_purchase_at == made.purchase.purchased_at
    assert recording.get(session, made.purchase.id).state == "recorded"
    assert problems(session) == []


def test_the_newest_return_is_undone_first_and_the_bill_after_them(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    one, two = give_back(session, made, 55_000), give_back(session, made, 55_000)

    for older in (one.entry, made.entry):
        with pytest.raises(ReturnedSince) as refused:
            undo(session, accrual.Award(made.purchase, older, is_new=True))
        assert refused.value.facts == {"number": older.id, "first": two.entry.id}
    undo_return(session, two)
    undo_return(session, one)
    undo(session, made)

    assert held(session, lan) == (0, 0, 0, 0, 0)
    assert problems(session) == []


def test_an_undone_bill_has_nothing_to_return(session: Session) -> None:
    made = award(session, make_customer(session), 250_000)
    undo(session, made)

    with pytest.raises(PurchaseUndone):
        give_back(session, made)


def test_points_given_back_to_a_lot_that_ended_meanwhile_end_again(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    done = give_back(session, made, 100_000)

    undo_return(session, done, days=400)

    assert stats_of(session, lan).points == 0
    assert ledger.list_newest(session, lan.id)[0].kind == "expire"
    assert problems(session) == []


def test_a_promise_is_made_smaller_and_what_it_gives_later_is_less(session: Session) -> None:
    lan = make_customer(session)
    made = _promised(session, lan)

    done = give_back(session, made, 100_000)
    assert (done.entry.points, done.done.points, stats_of(session, lan).points_pending) == (0, 10, 15)
    assert problems(session) == []
    with session.begin_nested():
        due.sweep(session, now=NOON + 10 * DAY)
    assert stats_of(session, lan).points == 15
    undo_return(session, done, days=11)

    assert (stats_of(session, lan).points, stats_of(session, lan).points_pending) == (25, 0)
    assert problems(session) == []


def test_every_role_of_the_counter_takes_goods_back_and_undoes_its_own_for_a_day(session: Session) -> None:
    made = award(session, make_customer(session), staff_id=make_staff(session).id)
    thu, mai = make_staff(session), make_staff(session)
    done = returning.take_back(
        session, made.purchase.id, Goods(50_000), actor=f"staff:{thu.public_id}", key="k", now=NOON + 9 * DAY, by=thu
    )

    with pytest.raises(NotYours):
        undo_return(session, done, days=9, by=mai)
    with pytest.raises(TooLate):
        undo_return(session, done, days=11, by=thu)
    undo_return(session, done, days=10, by=thu)
    with pytest.raises(NotAllowed):
        give_back(session, made, 50_000, by=make_staff(session, "marketer"))


def test_the_undoing_of_a_return_cannot_be_undone(session: Session) -> None:
    done = give_back(session, award(session, make_customer(session)), 10_000)
    entry = undo_return(session, done)

    with pytest.raises(NotUndoable):
        undo(session, accrual.Award(done.purchase, entry, is_new=True))


def test_the_timeline_tells_of_it_with_its_reason_sealed(session: Session) -> None:
    lan = make_customer(session)
    done = give_back(session, award(session, lan), 100_000, reason="ly bị vỡ")

    row = timeline.list_newest(session, lan.id, limit=1)[0]
    assert (row.kind, timeline.words(session, row)) == ("purchase_returned", "ly bị vỡ")
    assert (row.data["amount"], row.data["points"], row.data["return"]) == (100_000, -10, done.done.public_id)
    undo_return(session, done)
    assert kinds(session, lan.id)[-1] == "purchase_return_undone"


def test_a_preview_says_what_would_be_taken_and_writes_nothing(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 20)

    seen = returning.preview(session, made.purchase.id, Goods(100_000))

    assert (seen.amount, seen.points, seen.shortfall) == (100_000, 5, 5)
    assert stats_of(session, lan).points == 5


def test_of_many_at_once_no_more_comes_back_than_there_was(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session)
        made = award(session, lan, 250_000)

    def one(number: int) -> Any:
        def work(session: Session) -> bool:
            try:
                give_back(session, made, 100_000, key=f"race:{number}")
            except OverReturn:
                return False
            return True

        return work

    outcomes = together(database, [one(number) for number in range(4)])

    assert sorted(outcomes) == [False, False, True, True]
    with database.transaction() as session:
        assert held(session, lan) == (5, 0, 1, 50_000, 50_000)
        assert problems(session) == []


def test_verify_finds_a_return_that_was_tampered_with(session: Session) -> None:
    made = award(session, make_customer(session), 250_000, lines=(LATTE, CAKE))
    give_back(session, made, lines={1: 2})

    session.execute(text("UPDATE purchase_return SET amount = 90000"))
    session.execute(text("UPDATE purchase_line SET returned_quantity = 1 WHERE returned_quantity = 2"))

    found = "\n".join(problems(session))
    assert "its returns say 90000" in found
    assert "has 1 pieces back, not 2" in found


@sample(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_of_returns_and_undoings_adds_up(session: Session, data: st.DataObject) -> None:
    lan = make_customer(session)
    made = [
        award(session, lan, total) for total in data.draw(st.lists(st.integers(1, 400_000), min_size=1, max_size=4))
    ]
    standing: list[Returned] = []
    for _ in range(data.draw(st.integers(1, 8))):
        bill = data.draw(st.sampled_from(made))
        left = recording.get(session, bill.purchase.id).left
        act = data.draw(st.sampled_from(["return", "undo", "burn"]))
        if act == "return" and left:
            standing.append(give_back(session, bill, data.draw(st.integers(1, left))))
        elif act == "undo" and standing:
            undo_return(session, standing.pop())
        elif act == "burn" and stats_of(session, lan).points:
            burn(session, lan, data.draw(st.integers(1, stats_of(session, lan).points)))

    assert problems(session) == []


def _promised(session: Session, customer: Customer) -> Award:
    """A bill of 250,000 whose 25 points may be used in ten days, written by hand: no rule makes one yet."""
    today = shop.of(session).day(NOON)
    account, rules = accounts.lock(session, customer.id, today)
    columns: dict[str, Any] = {
        "key": "promised",
        "receipt_key": None,
        "customer_id": customer.id,
        "made_customer": False,
    }
    columns |= {"purchased_at": NOON, "purchased_on": today, "recorded_at": NOON}
    row = recording.row_of(make_bill(session), **columns, tier_before="member", tier_after="member")
    purchase = Purchase(**row)
    session.add(purchase)
    session.flush()
    movement = Movement(
        EntryKind.EARN, 0, 0, 250_000, "promised", "cli", purchase.id, purchase.public_id, rules.version, "member"
    )
    entry, account = ledger.must_post(session, account, movement, now=NOON)
    lot = lots.row_of(entry.id, {"customer_id": customer.id, "points": 25}, lots.expiry(rules, today))
    lots.insert_promise(session.connection(), lot, today + 10 * DAY)
    totals = stats.add(account.totals, 250_000, NOON, today)
    accounts.save(session, replace(account, totals=totals, points_pending=25, next_change_on=today + 10 * DAY))
    return Award(purchase, entry, is_new=True)
