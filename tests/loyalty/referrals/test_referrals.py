"""Who brings whom, and when both are paid."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.points import accounts, ledger, spending
from loyalty.points.ledger import Movement
from loyalty.points.models import EntryKind
from loyalty.points.returns import returning
from loyalty.purchases.returns import Goods
from loyalty.referrals import bringing, codes, links, verify
from loyalty.referrals.bringing import AlreadyBrought, NotNew, OwnReferral, ReferralOver, ReferralsOff
from loyalty.referrals.codes import ReferralCodeUnknown
from loyalty.referrals.models import Referral, State
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer, together
from tests.builders_points import award, problems, undo
from tests.builders_referrals import bring, pay_all, reward_friends

DAY = timedelta(days=1)
DUE = NOON + 8 * DAY  # 22/11 and seven whole days: the 30th


def points(session: Session, *people: Customer) -> list[int]:
    return [ledger.balance(session, each.id) for each in people]


def adds_up(session: Session) -> bool:
    return [*problems(session), *verify.problems(session)] == []


@pytest.fixture
def people(session: Session) -> tuple[Customer, Customer]:
    """Lan, who brings, and Minh, who is brought."""
    reward_friends(session)
    return make_customer(session, phone=LAN, name="Lan"), make_customer(session, phone=MINH, name="Minh")


def test_both_are_paid_once_the_first_bill_outlived_its_days(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    """100,000 ₫ on 22/11 are 10 points; on the 29th the window's last day is not over, on the 30th 50 and 30 more."""
    lan, minh = people
    made = bring(session, lan, minh)
    award(session, minh, 100_000)

    assert pay_all(session, now=DUE - DAY) == [State.WAITING]
    assert (made.due_on, points(session, lan, minh)) == (date(2026, 11, 30), [0, 10])

    assert pay_all(session, now=DUE) == [State.PAID]
    assert pay_all(session, now=DUE) == []
    assert points(session, lan, minh) == [50, 40]
    assert (made.referrer_points, made.friend_points) == (50, 30)
    assert adds_up(session)


def test_only_the_first_bill_counts_and_only_from_its_least_amount_on(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    """20,000 ₫ are under the 50,000 the referrer's rule asks: only the friend is paid; the second bill is late."""
    lan, minh = people
    bring(session, lan, minh)
    award(session, minh, 20_000)
    award(session, minh, 500_000, now=NOON + DAY)

    pay_all(session, now=DUE)

    assert points(session, lan, minh) == [0, 2 + 50 + 30]


def test_a_bill_undone_in_time_leaves_it_open_and_one_returned_ends_it(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    lan, minh = people
    made = bring(session, lan, minh)
    mistake = award(session, minh, 100_000)
    pay_all(session, now=NOON + DAY)
    undo(session, mistake, now=NOON + DAY)
    assert pay_all(session, now=DUE) == [State.OPEN]
    assert made.purchase_id is None

    second = award(session, minh, 100_000, now=DUE)
    returning.take_back(session, second.purchase.id, Goods(), actor="cli", key="back", now=DUE + DAY)
    assert pay_all(session, now=DUE + 9 * DAY) == [State.CANCELLED]
    assert made.reason == "returned"
    assert points(session, lan, minh) == [0, 0]
    assert adds_up(session)


def test_a_bill_returned_after_payment_takes_back_what_is_there(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    """Lan spent 20 of her 50: they stay with her and are noted as missing; Minh's 30 go."""
    lan, minh = people
    made = bring(session, lan, minh)
    first = award(session, minh, 100_000)
    pay_all(session, now=DUE)
    account, _rules = accounts.lock(session, lan.id, DUE.date())
    _entry, account = spending.take(session, account, Movement(EntryKind.BURN, -20, 0, 0, "burn", "cli"), now=DUE)
    accounts.save(session, account)

    returning.take_back(session, first.purchase.id, Goods(), actor="cli", key="back", now=DUE + DAY)
    assert pay_all(session, now=DUE + DAY) == [State.TAKEN_BACK]

    assert points(session, lan, minh) == [30, 0]
    assert made.missing_points == 50
    assert pay_all(session, now=DUE + 2 * DAY) == []
    assert adds_up(session)


def test_a_partial_return_leaves_what_the_friend_kept_to_the_rules(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    lan, minh = people
    bring(session, lan, minh)
    first = award(session, minh, 100_000)
    returning.take_back(session, first.purchase.id, Goods(amount=60_000), actor="cli", key="back", now=NOON + DAY)

    pay_all(session, now=DUE)

    assert points(session, lan, minh) == [0, 4 + 30]  # 40,000 kept is under the referrer's 50,000


def test_caps_hold_for_friends_brought(session: Session, people: tuple[Customer, Customer]) -> None:
    """120 a month: 50, 50, then 20."""
    lan, _minh = people
    for _ in range(3):
        friend = make_customer(session)
        bring(session, lan, friend)
        award(session, friend, 100_000)

    pay_all(session, now=DUE)

    assert points(session, lan) == [120]
    assert adds_up(session)


def test_nobody_brings_themselves_or_who_brought_them(session: Session, people: tuple[Customer, Customer]) -> None:
    lan, minh = people
    other = make_customer(session)
    with pytest.raises(OwnReferral):
        bring(session, lan, lan)

    bring(session, lan, minh)
    bring(session, minh, other)
    with pytest.raises(OwnReferral):
        bring(session, other, lan)
    with pytest.raises(OwnReferral):
        bring(session, minh, lan)


def test_a_record_that_moved_into_the_referrer_is_no_friend(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    lan, minh = people
    minh.moved_to_id = lan.id
    session.flush()

    with pytest.raises(OwnReferral):
        bring(session, lan, minh)


def test_a_friend_is_new_and_has_one_referrer(session: Session, people: tuple[Customer, Customer]) -> None:
    lan, minh = people
    other, buyer = make_customer(session), make_customer(session)
    first = bring(session, lan, minh)

    assert bring(session, lan, minh) is first
    with pytest.raises(AlreadyBrought):
        bring(session, other, minh)
    award(session, buyer, 100_000)
    with pytest.raises(NotNew):
        bring(session, lan, buyer)
    with pytest.raises(ReferralCodeUnknown):
        bringing.bring(session, other.id, "ZZZZZZ9", how="typed", now=NOON)


def test_without_a_rule_nobody_is_brought(session: Session) -> None:
    with pytest.raises(ReferralsOff):
        bring(session, make_customer(session), make_customer(session))


def test_a_bill_of_before_shows_that_the_friend_was_not_new(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    lan, minh = people
    made = bring(session, lan, minh)
    award(session, minh, 100_000, purchased_at=NOON - DAY)

    pay_all(session, now=DUE)

    assert (made.state, made.reason) == (State.CANCELLED, "not_new")


def test_two_who_turn_out_to_be_one_person_are_not_paid(session: Session, people: tuple[Customer, Customer]) -> None:
    lan, minh = people
    made = bring(session, lan, minh)
    award(session, minh, 100_000)
    minh.moved_to_id = lan.id
    session.flush()

    pay_all(session, now=DUE)

    assert (made.state, made.reason) == (State.CANCELLED, "same_person")
    assert adds_up(session)


def test_a_friend_who_moved_into_another_record_is_paid_there(
    session: Session, people: tuple[Customer, Customer]
) -> None:
    lan, minh = people
    bring(session, lan, minh)
    whole = make_customer(session)
    minh.moved_to_id = whole.id
    session.flush()
    award(session, whole, 100_000)

    pay_all(session, now=DUE)

    assert points(session, lan, whole) == [50, 40]
    assert adds_up(session)


def test_a_mistake_is_taken_back_before_payment_only(session: Session, people: tuple[Customer, Customer]) -> None:
    lan, minh = people
    other = make_customer(session)
    made = bring(session, lan, minh)
    bringing.withdraw(session, made, now=NOON)
    bringing.withdraw(session, made, now=NOON)

    again = bring(session, other, minh)
    award(session, minh, 100_000)
    pay_all(session, now=DUE)
    with pytest.raises(ReferralOver):
        bringing.withdraw(session, again, now=DUE)

    assert points(session, lan, other) == [0, 50]


def test_many_looks_at_once_pay_once(database: Database) -> None:
    with database.transaction() as session:
        reward_friends(session)
        lan, minh = make_customer(session), make_customer(session)
        bring(session, lan, minh)
        award(session, minh, 100_000)

    together(database, [lambda session: pay_all(session, now=DUE) for _ in range(8)])

    with database.read_only() as session:
        assert points(session, lan, minh) == [50, 40]
        assert adds_up(session)


def test_a_friend_who_buys_twice_at_once_is_paid_for_once(database: Database) -> None:
    with database.transaction() as session:
        reward_friends(session)
        lan, minh = make_customer(session), make_customer(session)
        bring(session, lan, minh)

    together(database, [lambda session: award(session, minh, 100_000) for _ in range(8)])
    together(database, [lambda session: pay_all(session, now=DUE) for _ in range(2)])

    with database.read_only() as session:
        assert points(session, lan) == [50]
        assert adds_up(session)


def test_two_who_bring_one_friend_at_once_and_one_of_them_does(database: Database) -> None:
    with database.transaction() as session:
        reward_friends(session)
        minh = make_customer(session)
        others = [make_customer(session) for _ in range(6)]
        found = [codes.of(session, each.id, now=NOON) for each in others]

    def attempt(session: Session, code: str) -> bool:
        try:
            return bringing.bring(session, minh.id, code, how="link", now=NOON)[1]
        except LoyaltyError:
            return False

    done = together(database, [partial(attempt, code=code) for code in found])

    assert sum(done) == 1


def test_a_referral_changed_by_hand_is_found(session: Session, people: tuple[Customer, Customer]) -> None:
    lan, minh = people
    bring(session, lan, minh)
    award(session, minh, 100_000)
    pay_all(session, now=DUE)

    session.execute(update(Referral).values(referrer_points=500))

    assert any("notes 530 points, its movements gave 80" in line for line in verify.problems(session))


def test_a_link_leads_into_the_chat_with_its_code(session: Session, people: tuple[Customer, Customer]) -> None:
    lan, _minh = people
    code = codes.of(session, lan.id, now=NOON)

    target = links.resolve(session, code.lower(), now=NOON)

    assert target is not None
    assert (target.ref, target.typed) == (code, f"giới thiệu {code}")
    assert links.resolve(session, "nothing", now=NOON) is None
    assert session.scalars(select(Referral)).all() == []
