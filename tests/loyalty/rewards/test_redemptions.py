"""Points exchanged for a reward, from the wish to the hand-over and back."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.points import ledger
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.spending import InsufficientPoints
from loyalty.rewards import catalogue, codes, redemptions, vouchers
from loyalty.rewards.catalogue import BudgetSpent, OutOfStock
from loyalty.rewards.models import Kind, State
from loyalty.rewards.redemptions import AlreadyFulfilled, NothingToCancel, RedemptionOver
from loyalty.rewards.visibility import BalanceTooLow, LimitReached
from loyalty.vault.people import Erased
from tests.builders import NOON
from tests.builders_customers import kinds
from tests.builders_rewards import faults, fresh, make_reward, make_rich, redeem

DAY = timedelta(days=1)


def test_redeeming_burns_the_price_and_gives_a_code(session: Session) -> None:
    lan = make_rich(session, 500)
    croissant = make_reward(session, 300)

    held = redeem(session, lan, croissant)

    assert held.state == State.HELD
    assert ledger.balance(session, lan.id) == 200
    code = redemptions.code_of(session, held)
    assert codes.is_code(code)
    assert redemptions.get_by_code(session, codes.write(code).lower()) is held
    assert kinds(session, lan.id)[-1] == "redemption_requested"
    assert faults(session) == []


def test_redeeming_twice_with_one_key_burns_once(session: Session) -> None:
    lan = make_rich(session, 500)
    croissant = make_reward(session, 300)

    first = redeem(session, lan, croissant, key="zalo:42")
    again = redeem(session, lan, croissant, key="zalo:42")

    assert again is first
    assert ledger.balance(session, lan.id) == 200
    with pytest.raises(IdempotencyConflict):
        redeem(session, lan, make_reward(session, 100), key="zalo:42")


def test_the_last_one_is_the_last(session: Session) -> None:
    lan, minh = make_rich(session, 500), make_rich(session, 500)
    cup = make_reward(session, 100, stock=1)

    redeem(session, lan, cup)

    with pytest.raises(OutOfStock), session.begin_nested():
        redeem(session, minh, cup)
    assert ledger.balance(session, minh.id) == 500
    assert (fresh(session, cup).stock, cup.held) == (0, 1)


def test_nobody_burns_more_than_they_have(session: Session) -> None:
    lan = make_rich(session, 99)
    with pytest.raises(InsufficientPoints) as refused:
        redeem(session, lan, make_reward(session, 100))
    assert (refused.value.facts["available"], refused.value.facts["needed"]) == (99, 100)


def test_a_minimum_balance_is_needed_and_not_kept_aside(session: Session) -> None:
    lan, minh = make_rich(session, 200), make_rich(session, 199)
    for_regulars = make_reward(session, 150, minimum_balance=200)

    redeem(session, lan, for_regulars)

    assert ledger.balance(session, lan.id) == 50
    with pytest.raises(BalanceTooLow):
        redeem(session, minh, for_regulars)


def test_a_budget_ends_a_reward(session: Session) -> None:
    """20,000 ₫ pay for two at 8,000 ₫."""
    lan = make_rich(session, 500)
    latte = make_reward(session, 100, cost=8_000, budget=20_000)
    for _ in range(2):
        redeem(session, lan, latte)
    with pytest.raises(BudgetSpent):
        redeem(session, lan, latte)
    assert fresh(session, latte).spent == 16_000


def test_a_cancelled_redemption_gives_everything_back(session: Session) -> None:
    lan = make_rich(session, 500)
    cup = make_reward(session, 300, stock=1, per_person=1, cost=10_000)
    held = redeem(session, lan, cup)

    assert redemptions.cancel(session, held, actor="cli", key="c1", now=NOON)
    assert not redemptions.cancel(session, held, actor="cli", key="c2", now=NOON)

    assert ledger.balance(session, lan.id) == 500
    found = fresh(session, cup)
    assert (found.stock, found.held, found.spent) == (1, 0, 0)
    redeem(session, lan, cup)  # its place in the limit is free again
    assert faults(session) == []


def test_a_limit_per_person_counts_what_is_held_and_handed_over(session: Session) -> None:
    lan = make_rich(session, 500)
    cup = make_reward(session, 100, per_person=2)
    done = redeem(session, lan, cup)
    redemptions.fulfil(session, done, actor="cli", key="f", store=None, now=NOON)
    redeem(session, lan, cup)
    with pytest.raises(LimitReached) as refused:
        redeem(session, lan, cup)
    assert refused.value.facts["limit"] == 2


def test_a_limit_per_month_begins_anew_with_the_month(session: Session) -> None:
    lan = make_rich(session, 500)
    cup = make_reward(session, 100, per_month=1)
    redeem(session, lan, cup)
    with pytest.raises(LimitReached):
        redeem(session, lan, cup, now=NOON + 8 * DAY)  # 30 November
    redeem(session, lan, cup, now=NOON + 9 * DAY)  # 1 December


def test_a_code_is_handed_over_once(session: Session) -> None:
    lan = make_rich(session)
    held = redeem(session, lan, make_reward(session))

    assert redemptions.fulfil(session, held, actor="staff:a", key="f1", store=None, now=NOON)
    assert not redemptions.fulfil(session, held, actor="staff:a", key="f1", store=None, now=NOON)
    with pytest.raises(AlreadyFulfilled):
        redemptions.fulfil(session, held, actor="staff:b", key="f2", store=None, now=NOON)
    assert faults(session) == []


def test_a_code_holds_through_its_last_day(session: Session) -> None:
    """Given on 22 November for a day: 23 November, 23:59 at the shop is in time, midnight is not."""
    lan = make_rich(session)
    cup = make_reward(session, valid_days=1)
    in_time, too_late = redeem(session, lan, cup), redeem(session, lan, cup)
    midnight = NOON + timedelta(hours=36)

    assert redemptions.fulfil(session, in_time, actor="cli", key="f1", store=None, now=midnight - timedelta(seconds=1))
    with pytest.raises(RedemptionOver) as refused:
        redemptions.fulfil(session, too_late, actor="cli", key="f2", store=None, now=midnight)
    assert refused.value.facts["reason"] == "expired"


@pytest.mark.parametrize(("returns", "balance"), [(True, 500), (False, 400)])
def test_what_nobody_fetched_expires_and_gives_the_points_back_where_the_reward_says_so(
    session: Session, returns: bool, balance: int
) -> None:
    lan = make_rich(session, 500)
    cup = make_reward(session, 100, stock=1, valid_days=1, returns_points=returns)
    held = redeem(session, lan, cup)

    assert not redemptions.expire(session, held, now=NOON + DAY)
    assert redemptions.expire(session, held, now=NOON + 2 * DAY)
    assert not redemptions.expire(session, held, now=NOON + 2 * DAY)

    assert held.state == State.EXPIRED
    assert ledger.balance(session, lan.id) == balance
    assert (fresh(session, cup).stock, cup.held) == (1, 0)
    assert faults(session) == []


def test_a_customer_gives_their_newest_code_back_once(session: Session) -> None:
    lan = make_rich(session, 500)
    older, newer = redeem(session, lan, make_reward(session, 100)), redeem(session, lan, make_reward(session, 200))

    given = redemptions.give_up(session, lan.id, code=None, key="e1", now=NOON)
    again = redemptions.give_up(session, lan.id, code=None, key="e1", now=NOON)

    assert (given.id, again.id) == (newer.id, newer.id)
    assert older.state == State.HELD
    assert ledger.balance(session, lan.id) == 400


def test_a_customer_cannot_give_back_what_is_not_theirs(session: Session) -> None:
    lan, minh = make_rich(session), make_rich(session)
    held = redeem(session, lan, make_reward(session))
    code = redemptions.code_of(session, held)
    for wanted in (code, None):
        with pytest.raises(NothingToCancel):
            redemptions.give_up(session, minh.id, code=wanted, key="e1", now=NOON)
    redemptions.fulfil(session, held, actor="cli", key="f", store=None, now=NOON)
    with pytest.raises(AlreadyFulfilled):
        redemptions.give_up(session, lan.id, code=code, key="e2", now=NOON)


def test_a_reward_of_codes_gives_each_person_one_of_their_own(session: Session) -> None:
    lan, minh = make_rich(session), make_rich(session)
    film = make_reward(session, 100, kind=Kind.CODE, cost=50_000)
    batch = vouchers.add(session, film, ["CGV-001", "CGV-002", "CGV-001", "", "có dấu cách"], now=NOON)
    assert (list(batch.fresh), batch.known, list(batch.wrong)) == (["CGV-001", "CGV-002"], 1, ["có dấu cách"])
    assert film.stock == 2

    given = [redeem(session, who, film) for who in (lan, minh)]

    assert [vouchers.of(session, each) for each in given] == ["CGV-001", "CGV-002"]
    assert {each.state for each in given} == {State.FULFILLED}
    with pytest.raises(OutOfStock), session.begin_nested():
        redeem(session, lan, film)
    assert faults(session) == []


def test_a_code_that_was_shown_is_never_given_to_anybody_else(session: Session) -> None:
    lan = make_rich(session)
    film = make_reward(session, 100, kind=Kind.CODE, cost=50_000)
    vouchers.add(session, film, ["CGV-001", "CGV-002"], now=NOON)

    given = redeem(session, lan, film)
    redemptions.cancel(session, given, actor="cli", key="c", now=NOON)

    assert ledger.balance(session, lan.id) == 500
    assert (fresh(session, film).stock, film.spent) == (1, 50_000)
    assert vouchers.of(session, redeem(session, lan, film)) == "CGV-002"
    assert faults(session) == []


def test_what_is_put_away_is_offered_to_nobody_and_still_handed_over(session: Session) -> None:
    lan = make_rich(session)
    cup = make_reward(session)
    held = redeem(session, lan, cup)
    catalogue.archive(session, cup, now=NOON)
    with pytest.raises(catalogue.RewardNotFound):
        redeem(session, lan, cup)
    assert redemptions.fulfil(session, held, actor="cli", key="f", store=None, now=NOON)


def test_an_erased_customer_redeems_nothing(session: Session) -> None:
    lan = make_rich(session)
    stats = profiles.lock(session, lan.id)
    profiles.forget(session, lan, stats, now=NOON)
    with pytest.raises(Erased):
        redeem(session, lan, make_reward(session))
