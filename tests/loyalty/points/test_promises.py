"""Points that are promised first: after days, with the delivery, or once staff say so."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.points import ledger, lots, promises, statements
from loyalty.points.counter import actions
from loyalty.points.counter.orders import Hand
from loyalty.points.ending import due
from loyalty.points.lots import Promised
from loyalty.points.promises import NotByDelivery, NotByHand, NothingPromised
from loyalty.points.returns import returning, reversal
from loyalty.points.statements import Sum
from loyalty.points.telling import Silent
from loyalty.purchases.returns import Goods
from loyalty.staff.audit import Author
from loyalty.staff.permissions import NotAllowed
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import add_terms, award, problems, stats_of, undo
from tests.builders_staff import make_staff

DAYS = '[pending]\nrelease = "after_days"\ndays = 7'
DELIVERY = '[pending]\nrelease = "on_delivery"'
STAFF = '[pending]\nrelease = "by_staff"'
WEEK = timedelta(days=7)


def test_after_days_they_are_promised_until_their_day_and_then_usable_by_themselves(session: Session) -> None:
    add_terms(session, DAYS)
    lan = make_customer(session)
    made = award(session, lan, 250_000)

    assert (made.points, made.entry.points, made.promised) == (25, 0, Promised(25, date(2026, 11, 29)))
    assert (stats_of(session, lan).points, stats_of(session, lan).points_pending) == (0, 25)
    assert lots.pending(session, lan.id) == [Promised(25, date(2026, 11, 29))]
    assert problems(session) == []

    due.sweep(session, now=NOON + WEEK - timedelta(days=1))
    assert stats_of(session, lan).points == 0
    due.sweep(session, now=NOON + WEEK)
    assert (stats_of(session, lan).points, stats_of(session, lan).points_pending) == (25, 0)
    assert problems(session) == []
    made_statement = statements.of(session, lan.id, date(2026, 11, 22), date(2026, 11, 30))
    assert (made_statement.opening, made_statement.sums[Sum.RELEASED], made_statement.closing) == (0, 25, 25)


def test_a_bill_older_than_its_days_is_usable_at_once(session: Session) -> None:
    add_terms(session, DAYS)
    lan = make_customer(session)
    made = award(session, lan, 250_000, purchased_at=NOON - WEEK)
    assert (made.entry.points, made.promised) == (25, None)


def test_a_delivery_makes_them_usable_once(session: Session) -> None:
    add_terms(session, DELIVERY)
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    assert made.promised == Promised(25, None)

    first = promises.deliver(session, made.purchase.id, actor="key:x", now=NOON + WEEK)
    again = promises.deliver(session, made.purchase.id, actor="key:x", now=NOON + 2 * WEEK)

    assert (first.is_new, again.is_new, again.entry.id) == (True, False, first.entry.id)
    assert (ledger.balance(session, lan.id), stats_of(session, lan).points_pending) == (25, 0)
    lot = lots.find(session, made.entry.id)
    assert lot is not None and lot.expires_on == date(2027, 11, 22)  # counted from the day of the bill
    assert problems(session) == []


def test_whoever_awards_may_say_it_was_delivered_but_only_who_approves_may_release_the_rest(session: Session) -> None:
    cashier, manager, lan = make_staff(session), make_staff(session, "manager"), make_customer(session)
    add_terms(session, DELIVERY)
    delivered = award(session, lan, 250_000)
    add_terms(session, STAFF, since=date(2026, 11, 22), version=3)
    waits = award(session, lan, 250_000)

    assert promises.release(session, delivered.purchase.id, by=cashier, actor="x", now=NOON).is_new
    with pytest.raises(NotAllowed):
        promises.release(session, waits.purchase.id, by=cashier, actor="x", now=NOON)
    with pytest.raises(NotByDelivery):
        promises.deliver(session, waits.purchase.id, actor="key:x", now=NOON)
    hand = Hand(manager, Author.of(manager, "console"), "k", NOON, Silent())
    assert actions.release(session, waits.purchase.id, hand).entry.points == 25
    assert ledger.balance(session, lan.id) == 50 and problems(session) == []


def test_what_waits_for_a_day_and_what_never_waited_is_not_released(session: Session) -> None:
    manager, lan = make_staff(session, "manager"), make_customer(session)
    usable = award(session, lan, 250_000)
    add_terms(session, DAYS)
    dated = award(session, lan, 250_000)
    with pytest.raises(NothingPromised):
        promises.release(session, usable.purchase.id, by=manager, actor="x", now=NOON)
    with pytest.raises(NotByHand) as refused:
        promises.release(session, dated.purchase.id, by=manager, actor="x", now=NOON)
    assert refused.value.facts == {"on": date(2026, 11, 29)}


def test_an_undone_bill_takes_its_promise_and_goods_their_part_of_it(session: Session) -> None:
    add_terms(session, DELIVERY)
    lan = make_customer(session)
    first, second = award(session, lan, 250_000), award(session, lan, 200_000)
    assert stats_of(session, lan).points_pending == 45

    undo(session, first)
    assert stats_of(session, lan).points_pending == 20
    back = returning.take_back(session, second.purchase.id, Goods(50_000), actor="cli", key="r", now=NOON)
    assert (back.done.points, back.entry.points, stats_of(session, lan).points_pending) == (5, 0, 15)
    with pytest.raises(NothingPromised):
        promises.deliver(session, first.purchase.id, actor="key:x", now=NOON)
    assert promises.deliver(session, second.purchase.id, actor="key:x", now=NOON).entry.points == 15
    assert problems(session) == []

    reversal.undo(session, back.entry.id, actor="cli", key="u", now=NOON)
    assert ledger.balance(session, lan.id) == 20 and problems(session) == []


def test_points_whose_end_passed_while_they_waited_live_from_their_release(session: Session) -> None:
    add_terms(session, DELIVERY)
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    late = NOON + timedelta(days=400)

    promises.deliver(session, made.purchase.id, actor="key:x", now=late)
    due.sweep(session, now=late + timedelta(days=1))

    lot = lots.find(session, made.entry.id)
    assert lot is not None and lot.expires_on == date(2028, 12, 27)  # 12 months from 27/12/2027
    assert ledger.balance(session, lan.id) == 25 and problems(session) == []


def test_a_promise_kept_late_by_the_clock_lives_no_longer_for_it(session: Session) -> None:
    add_terms(session, DAYS)
    lan, minh = make_customer(session), make_customer(session)
    award(session, lan, 250_000)  # promised until 29/11/2026, usable through 22/11/2027
    award(session, minh, 250_000)
    due.sweep(session, now=NOON + WEEK, after_id=lan.id)  # a night that reached only one of the two

    due.sweep(session, now=NOON + timedelta(days=400))  # 27/12/2027

    assert (stats_of(session, lan).points, stats_of(session, minh).points) == (0, 0)
    assert problems(session) == []


def test_a_repeat_says_what_still_waits(session: Session) -> None:
    add_terms(session, DELIVERY)
    lan = make_customer(session)
    made = award(session, lan, 250_000, key="a")
    assert award(session, lan, 250_000, key="a").promised == Promised(25, None)
    promises.deliver(session, made.purchase.id, actor="key:x", now=NOON)
    assert award(session, lan, 250_000, key="a").promised is None
