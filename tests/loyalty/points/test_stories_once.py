"""Faults of doing a thing twice, halfway or both at once, numbered as in `test_stories`."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.points import accrual, ledger, lots, spending
from loyalty.points.accrual import ReceiptTaken
from loyalty.points.ending import due
from loyalty.points.models import LedgerEntry, LotSpend
from loyalty.points.opening import Opening, give_many
from loyalty.purchases.models import Purchase
from loyalty.rewards.models import Redemption
from tests.builders import NOON
from tests.builders_customers import make_customer, together
from tests.builders_points import add_terms, award, make_bill, problems, stats_of
from tests.builders_rewards import faults, make_reward, make_rich, redeem

DAY = timedelta(days=1)
PAYS = "[redemption]\npoint_value = 1000"


class Crash(Exception):
    """The process dies here."""


def crash(*_: object, **__: object) -> None:
    raise Crash


def rows(database: Database, *tables: type[Purchase | LedgerEntry | LotSpend | Redemption]) -> list[int]:
    with database.read_only() as session:
        return [session.scalars(select(func.count()).select_from(table)).one() for table in tables]


def test_d2_an_order_told_at_every_change_of_its_state_and_by_every_retry_awards_once(session: Session) -> None:
    """D-2: a shop that tells of an order as paid, packed, paid again and delivered got it awarded each time."""
    lan = make_customer(session)
    told = [award(session, lan, 250_000, source="web", reference="DH7", key=f"hook:{number}") for number in range(4)]
    retried = [award(session, lan, 250_000, source="web", reference="DH7", key="hook:0") for _ in range(3)]

    assert [each.is_new for each in (*told, *retried)] == [True] + [False] * 6
    assert {each.entry.id for each in (*told, *retried)} == {told[0].entry.id}
    stats = stats_of(session, lan)
    assert (stats.points, stats.orders, stats.spent) == (25, 1, 250_000)
    assert problems(session) == []


def test_d2_two_sources_that_tell_of_one_order_at_once_award_once(database: Database) -> None:
    """D-2: the till's own call and the shop's webhook, each with a key of its own, come in the same second."""
    with database.transaction() as session:
        lan = make_customer(session)

    def tell(source: str) -> Callable[[Session], bool]:
        return lambda session: award(session, lan, 250_000, source="web", reference="DH7", key=f"{source}:DH7").is_new

    assert sorted(together(database, [tell(f"sender-{number}") for number in range(8)])) == [False] * 7 + [True]
    with database.read_only() as session:
        assert (stats_of(session, lan).points, stats_of(session, lan).orders) == (25, 1)
        assert problems(session) == []


def test_d2_the_same_order_with_another_total_is_refused_and_not_awarded_anew(session: Session) -> None:
    """D-2: an order that changed is no second order."""
    lan = make_customer(session)
    award(session, lan, 250_000, source="web", reference="DH7")

    with pytest.raises(ReceiptTaken):
        award(session, lan, 300_000, source="web", reference="DH7")

    assert stats_of(session, lan).points == 25


def test_d3_every_way_to_use_points_at_once_uses_none_twice(database: Database) -> None:
    """D-3: a reward, a bill and a hand reached for the same balance, and each of them found it whole."""
    with database.transaction() as session:
        add_terms(session, PAYS)
        cup, lan = make_reward(session, 50), make_rich(session, 100)

    def used(work: Callable[[Session], object]) -> Callable[[Session], int]:
        def attempt(session: Session) -> int:
            try:
                with session.begin_nested():
                    work(session)
                    return 50
            except LoyaltyError:
                return 0

        return attempt

    def burn(session: Session, number: int) -> object:
        return spending.burn(session, lan.id, 50, key=f"burn:{number}", actor="cli", now=NOON)

    redeems = [used(lambda session: redeem(session, lan, cup)) for _ in range(4)]
    pays = [used(lambda session: award(session, lan, 50_000, pay_points=50)) for _ in range(4)]
    burns = [used(partial(burn, number=number)) for number in range(4)]

    assert sum(together(database, [*redeems, *pays, *burns])) == 100
    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 0  # a bill paid with points all through gives none
        assert faults(session) == []


@pytest.mark.parametrize("place", ["must_post", "move"])
def test_d6_a_bill_paid_with_points_and_the_points_are_one(
    database: Database, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """D-6: the discount was given in one step and the points were to be taken in the next, which never came."""
    with database.transaction() as session:
        add_terms(session, PAYS)
        lan = make_rich(session, 100)
    before = rows(database, Purchase, LedgerEntry, LotSpend)
    with monkeypatch.context() as patched, pytest.raises(Crash), database.transaction() as session:
        patched.setattr(ledger if place == "must_post" else lots, place, crash)
        award(session, lan, 200_000, key="till:1", pay_points=50)
    assert rows(database, Purchase, LedgerEntry, LotSpend) == before

    with database.transaction() as session:
        again = award(session, lan, 200_000, key="till:1", pay_points=50)

    assert (again.is_new, again.purchase.paid_points, again.purchase.paid_amount) == (True, 50, 50_000)
    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 100 - 50 + 15  # of 150,000 ₫
        assert problems(session) == []


def test_d6_a_reward_and_its_points_are_one(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """D-6, for what is redeemed: no code without its points, no points without a code."""
    with database.transaction() as session:
        cup, lan = make_reward(session, 50, stock=1), make_rich(session, 100)
    before = rows(database, Redemption, LedgerEntry, LotSpend)

    with monkeypatch.context() as patched, pytest.raises(Crash), database.transaction() as session:
        patched.setattr(lots, "move", crash)
        redeem(session, lan, cup, key="zalo:1")
    assert rows(database, Redemption, LedgerEntry, LotSpend) == before
    with database.transaction() as session:
        redeem(session, lan, cup, key="zalo:1")

    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 50
        assert faults(session) == []


def test_d9_two_nightly_jobs_at_once_end_each_point_once(database: Database) -> None:
    """D-9: two runs of one job in the same second did everything twice."""
    with database.transaction() as session:
        people = [make_rich(session, 10) for _ in range(12)]

    def sweep(session: Session) -> None:
        due.sweep(session, now=NOON + 400 * DAY)

    together(database, [sweep] * 4)

    with database.read_only() as session:
        kinds = [[entry.kind for entry in ledger.list_newest(session, each.id)] for each in people]
        assert kinds == [["expire", "earn"]] * 12
        assert problems(session) == []


def test_d12_an_award_sends_as_much_after_a_hundred_bills_as_after_one(session: Session) -> None:
    """D-12: what was quick with few rows took minutes with many (`benchmarks/history.py` has the times)."""
    lan = make_customer(session)
    award(session, lan, 10_000)
    early = sent(session, lambda: award(session, lan, 10_000))
    for _ in range(100):
        award(session, lan, 10_000)

    assert sent(session, lambda: award(session, lan, 10_000)) == early


def test_d12_two_hundred_opening_balances_send_as_much_as_ten(session: Session) -> None:
    """D-12, for lists that are taken in."""
    few, many = ([make_customer(session).id for _ in range(number)] for number in (10, 200))

    def give(people: list[int]) -> None:
        openings = [Opening(each, 5, f"import:{each}", date(2027, 3, 31)) for each in people]
        give_many(session, openings, actor="cli", now=NOON)

    assert sent(session, lambda: give(many)) == sent(session, lambda: give(few))
    assert problems(session) == []


def sent(session: Session, act: Callable[[], object]) -> int:
    """How many statements go to the database."""
    statements: list[str] = []
    connection = session.connection()

    def note(*facts: object) -> None:
        statements.append(str(facts[2]))

    event.listen(connection, "before_cursor_execute", note)
    act()
    event.remove(connection, "before_cursor_execute", note)
    return len(statements)


def test_d21_an_opening_balance_comes_once_and_is_used_like_any_other(session: Session) -> None:
    """D-21: who moved to another programme could not bring their customers' points along."""
    lan = make_customer(session)
    for _ in range(2):
        give_many(session, [Opening(lan.id, 120, "import:b:2", date(2027, 3, 31))], actor="cli", now=NOON)
    award(session, lan, 250_000)

    spending.burn(session, lan.id, 130, key="burn", actor="cli", now=NOON)

    assert ledger.balance(session, lan.id) == 15
    assert (stats_of(session, lan).orders, stats_of(session, lan).spent) == (1, 250_000)  # points are no purchases
    assert problems(session) == []


def test_d23_one_phone_however_it_comes_is_one_card(session: Session) -> None:
    """D-23: a till and a web shop each made a card for the same customer."""
    at_the_till = accrual.record_purchase(session, "+84912345678", make_bill(session), actor="cli", key="a", now=NOON)
    web = make_bill(session, 100_000, source="web", reference="DH7")
    at_home = accrual.record_purchase(session, "+84912345678", web, actor="key:k1", key="b", now=NOON)

    assert (at_the_till.customer_is_new, at_home.customer_is_new) == (True, False)
    assert at_home.purchase.customer_id == at_the_till.purchase.customer_id
    assert stats_of(session, at_home.purchase.customer_id).points == 35
