"""Many customers and many fingers at once: never one too many, never a point too few."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.points import ledger
from loyalty.points.spending import InsufficientPoints
from loyalty.rewards import redemptions
from loyalty.rewards.catalogue import OutOfStock
from loyalty.rewards.models import Redemption
from tests.builders import NOON
from tests.builders_customers import together
from tests.builders_rewards import faults, fresh, make_reward, make_rich, redeem

Outcome = Redemption | LoyaltyError | bool


def attempt(session: Session, work: Callable[[], Outcome]) -> Outcome:
    """As an entry point does it: what is refused is undone."""
    try:
        with session.begin_nested():
            return work()
    except LoyaltyError as refusal:
        return refusal


def is_whole(database: Database) -> bool:
    with database.read_only() as session:
        return faults(session) == []


def test_of_five_forty_people_get_five(database: Database) -> None:
    with database.transaction() as session:
        cup = make_reward(session, 100, stock=5)
        people = [make_rich(session, 100) for _ in range(40)]

    def want(who: Customer) -> Callable[[Session], Outcome]:
        return lambda session: attempt(session, lambda: redeem(session, who, cup))

    outcomes = together(database, [want(who) for who in people])

    assert sum(isinstance(each, Redemption) for each in outcomes) == 5
    assert sum(isinstance(each, OutOfStock) for each in outcomes) == 35
    with database.read_only() as session:
        assert (fresh(session, cup).stock, fresh(session, cup).held) == (0, 5)
        assert sorted(ledger.balance(session, who.id) for who in people) == [0] * 5 + [100] * 35
    assert is_whole(database)


def test_a_balance_for_ten_pays_for_ten(database: Database) -> None:
    with database.transaction() as session:
        cup = make_reward(session, 50)
        lan = make_rich(session, 500)

    works: list[Callable[[Session], Outcome]] = [
        lambda session: attempt(session, lambda: redeem(session, lan, cup)) for _ in range(24)
    ]
    outcomes = together(database, works)

    assert sum(isinstance(each, Redemption) for each in outcomes) == 10
    assert sum(isinstance(each, InsufficientPoints) for each in outcomes) == 14
    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 0
    assert is_whole(database)


def test_one_key_in_many_hands_redeems_once(database: Database) -> None:
    with database.transaction() as session:
        cup = make_reward(session, 50)
        lan = make_rich(session, 500)

    made = together(database, [lambda session: redeem(session, lan, cup, key="k").id for _ in range(12)])

    assert len(set(made)) == 1
    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 450


def test_a_code_fulfilled_and_cancelled_at_once_is_one_of_both(database: Database) -> None:
    """Whoever is first decides; a fulfilled one may be cancelled after it, never the other way."""
    with database.transaction() as session:
        cup = make_reward(session, 50, stock=12)
        lan = make_rich(session, 600)
        held = [redeem(session, lan, cup).id for _ in range(12)]

    def fulfil(session: Session, redemption_id: int) -> Outcome:
        mine = session.get_one(Redemption, redemption_id)
        key = f"f{redemption_id}"
        return attempt(session, lambda: redemptions.fulfil(session, mine, actor="cli", key=key, store=None, now=NOON))

    def give_up(session: Session, redemption_id: int) -> Outcome:
        mine = session.get_one(Redemption, redemption_id)
        code, key = redemptions.code_of(session, mine), f"c{redemption_id}"
        return attempt(session, lambda: redemptions.give_up(session, lan.id, code=code, key=key, now=NOON))

    def both(redemption_id: int) -> list[Callable[[Session], Outcome]]:
        return [lambda session: fulfil(session, redemption_id), lambda session: give_up(session, redemption_id)]

    together(database, [work for each in held for work in both(each)])

    with database.read_only() as session:
        states = [session.get_one(Redemption, each).state for each in held]
        cancelled = states.count("cancelled")
        assert states.count("fulfilled") + cancelled == 12
        assert ledger.balance(session, lan.id) == 50 * cancelled
        assert fresh(session, cup).stock == cancelled
    assert is_whole(database)
