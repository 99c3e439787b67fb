"""What one member of staff may give in a day, asked wherever people award."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.points import ledger
from loyalty.points.accrual import Award
from loyalty.points.counter import actions, deciding
from loyalty.points.counter.allowances import CustomerLimitReached, DayLimitReached
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.orders import Hand, Order
from loyalty.points.counter.requests.award import AskersLimitReached
from loyalty.points.telling import Silent
from loyalty.programme import sentences
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import add_terms, award, problems
from tests.builders_staff import make_staff
from tests.loyalty.staff.threads import at_once

LIMITS = "[limits.cashier]\npoints_per_day = 100\ncustomer_awards_per_day = 3"


def hand(member: StaffMember, key: str, later: timedelta = timedelta()) -> Hand:
    return Hand(member, Author.of(member, "console"), key, NOON + later, Silent())


def give(session: Session, member: StaffMember, who: object, amount: int, key: str, **more: object) -> object:
    order = Order(amount, None, f"{key}", who, **more)  # type: ignore[arg-type]  # any field of an order
    return actions.award(session, order, hand(member, key))


def test_the_point_over_the_limit_is_refused_and_an_undo_gives_the_allowance_back(session: Session) -> None:
    add_terms(session, LIMITS)
    thu, lan, minh = make_staff(session), make_customer(session), make_customer(session)
    first = give(session, thu, lan, 900_000, "a")  # 90 points
    with pytest.raises(DayLimitReached) as refused:
        give(session, thu, minh, 110_000, "b")  # 11 more
    assert refused.value.facts == {"given": 90, "limit": 100, "points": 11, "left": 10}
    give(session, thu, minh, 100_000, "c")  # 10 fit
    assert isinstance(first, Award)
    actions.undo(session, first.entry.id, hand(thu, "d"))
    give(session, thu, minh, 890_000, "e")  # 10 + 89
    assert problems(session) == []


def test_one_customer_three_times_a_day_whatever_they_got(session: Session) -> None:
    add_terms(session, LIMITS)
    thu, lan, minh = make_staff(session), make_customer(session), make_customer(session)
    for key, amount in (("a", 20_000), ("b", 30_000), ("c", 1_000)):
        give(session, thu, lan, amount, key)
    with pytest.raises(CustomerLimitReached) as refused:
        give(session, thu, lan, 40_000, "d")
    assert refused.value.facts == {"given": 3, "limit": 3}
    give(session, thu, minh, 40_000, "e")
    give(session, make_staff(session), lan, 40_000, "f")


def test_what_is_there_already_is_no_award_more(session: Session) -> None:
    add_terms(session, LIMITS)
    thu, lan = make_staff(session), make_customer(session)
    first = give(session, thu, lan, 1_000_000, "a")
    again = give(session, thu, lan, 1_000_000, "a")
    assert isinstance(first, Award) and isinstance(again, Award)
    assert (again.is_new, again.entry.id) == (False, first.entry.id)


def test_roles_without_a_limit_and_programs_are_not_held(session: Session) -> None:
    add_terms(session, LIMITS)
    lan = make_customer(session)
    assert isinstance(give(session, make_staff(session, "manager"), lan, 5_000_000, "a"), Award)
    assert award(session, lan, 5_000_000, actor="key:abc").is_new


def test_what_would_wait_is_refused_at_once_when_it_is_too_much(session: Session) -> None:
    add_terms(session, LIMITS)
    thu, lan = make_staff(session), make_customer(session)
    with pytest.raises(DayLimitReached):
        give(session, thu, lan, 6_000_000, "a")


def test_what_was_held_does_not_slip_past_what_was_given_meanwhile(session: Session) -> None:
    add_terms(session, "[limits.cashier]\npoints_per_day = 700")
    thu, quan = make_staff(session), make_staff(session, "manager")
    lan, minh = make_customer(session), make_customer(session)
    held = give(session, thu, lan, 6_000_000, "a")  # 600 points
    assert isinstance(held, Waiting)
    give(session, thu, minh, 2_000_000, "b")  # 200
    with pytest.raises(AskersLimitReached) as refused, session.begin_nested():
        deciding.approve(session, held.request.id, hand(quan, "c"))
    assert refused.value.facts == {"number": held.request.id, "given": 200, "limit": 700}
    assert ledger.balance(session, lan.id) == 0


def test_many_awards_at_once_stay_within_the_limit(database: Database) -> None:
    with database.transaction() as session:
        add_terms(session, LIMITS)
        thu = make_staff(session).id
        people = [make_customer(session).id for _ in range(6)]

    def one(place: int) -> int:
        try:
            with database.transaction() as session:
                member = session.get_one(StaffMember, thu)
                customer = session.get_one(Customer, people[place])
                done = give(session, member, customer, 300_000, f"race:{place}")  # 30 points
                assert isinstance(done, Award)
                return done.entry.points
        except LoyaltyError:
            return 0

    assert sorted(at_once(6, one)) == [0, 0, 0, 30, 30, 30]


def test_the_limits_are_among_the_sentences_of_the_rules(session: Session) -> None:
    said = sentences.describe(add_terms(session, LIMITS), "vi")
    assert said[-2:] == [
        "Mỗi thu ngân tặng mỗi ngày tối đa 100 điểm",
        "Mỗi thu ngân tích cho cùng một khách tối đa 3 lần một ngày",
    ]
