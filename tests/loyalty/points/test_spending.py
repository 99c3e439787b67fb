"""Points that are used: out of the lots that end first, remembered, and given back to exactly those."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import ledger, lots, spending
from loyalty.points.ending import due
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.models import Lot, LotSpend
from loyalty.points.returns import reversal
from loyalty.points.returns.reversal import AlreadyUndone, NotUndoable
from loyalty.points.spending import Burn, InsufficientPoints, PointsSpent
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, problems, undo

DAY = timedelta(days=1)


def burn(session: Session, customer: Customer, points: int, key: str = "burn", days: int = 0) -> Burn:
    return spending.burn(session, customer.id, points, key=key, actor="cli", now=NOON + days * DAY)


def shares(session: Session, made: Burn) -> list[tuple[int, int]]:
    query = select(LotSpend.lot_id, LotSpend.points).filter_by(entry_id=made.entry.id).order_by(LotSpend.lot_id)
    return [(row.lot_id, row.points) for row in session.execute(query)]


def left(session: Session, customer: Customer) -> list[int]:
    query = select(Lot.remaining).filter_by(customer_id=customer.id).order_by(Lot.entry_id)
    return list(session.scalars(query))


def test_the_lots_that_end_first_are_used_first_and_every_share_is_remembered(session: Session) -> None:
    lan = make_customer(session)
    late = award(session, lan, 300_000)  # 30 points
    early = award(session, lan, 200_000, purchased_at=NOON - 30 * DAY)  # 20 points that end a month before

    used = burn(session, lan, 25)

    assert (used.entry.points, used.entry.balance_after) == (-25, 25)
    assert shares(session, used) == [(late.entry.id, 5), (early.entry.id, 20)]
    assert left(session, lan) == [25, 0]
    assert problems(session) == []


def test_the_same_key_burns_once_and_another_amount_is_refused(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 500_000)

    first, again = burn(session, lan, 30), burn(session, lan, 30)

    assert (again.is_new, again.entry.id) == (False, first.entry.id)
    assert ledger.balance(session, lan.id) == 20
    with pytest.raises(IdempotencyConflict):
        burn(session, lan, 31)


def test_more_than_there_is_cannot_be_used(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 100_000)

    with pytest.raises(InsufficientPoints) as refused:
        burn(session, lan, 11)

    assert refused.value.facts == {"available": 10, "needed": 11}
    assert ledger.balance(session, lan.id) == 10


def test_whoever_has_fewer_than_the_minimum_uses_none(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 490_000)
    with pytest.raises(InsufficientPoints):
        spending.burn(session, lan.id, 10, key="k", actor="cli", now=NOON, minimum=50)


def test_points_given_back_lie_in_exactly_the_lots_they_came_from(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 300_000)
    award(session, lan, 200_000, purchased_at=NOON - 30 * DAY)
    used = burn(session, lan, 25)

    back = reversal.give_back(session, used.entry.id, actor="cli", key="back", now=NOON)
    again = reversal.give_back(session, used.entry.id, actor="cli", key="back", now=NOON)

    assert (back.entry.points, back.entry.balance_after, again.is_new) == (25, 50, False)
    assert left(session, lan) == [30, 20]
    assert problems(session) == []
    with pytest.raises(AlreadyUndone):
        reversal.give_back(session, used.entry.id, actor="cli", key="other", now=NOON)


def test_what_came_from_a_lot_that_ended_meanwhile_ends_again_and_says_so(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 300_000)  # ends on 22/11/2027
    award(session, lan, 200_000, purchased_at=NOON - 360 * DAY)  # 20 points that end on 27/11/2026
    used = burn(session, lan, 25)

    reversal.give_back(session, used.entry.id, actor="cli", key="back", now=NOON + 10 * DAY)

    kinds = [(entry.kind, entry.points) for entry in ledger.list_newest(session, lan.id, limit=2)]
    assert kinds == [("expire", -20), ("reverse", 25)]
    assert (ledger.balance(session, lan.id), left(session, lan)) == (30, [30, 0])
    assert problems(session) == []


def test_only_what_used_points_gives_them_back(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 100_000)
    with pytest.raises(NotUndoable):
        reversal.give_back(session, made.entry.id, actor="cli", key="k", now=NOON)


def test_a_bill_whose_points_were_used_is_not_undone(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    burn(session, lan, 5)

    with pytest.raises(PointsSpent) as refused:
        undo(session, made)

    assert (refused.value.facts["points"], refused.value.facts["left"]) == (25, 20)


def test_points_end_with_their_last_day_whoever_asks_first(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 250_000)  # 22/11/2026: usable through 22/11/2027
    last, after = 365, 366

    assert burn(session, lan, 5, "on the last day", days=last).entry.balance_after == 20
    with pytest.raises(InsufficientPoints) as refused:
        burn(session, lan, 5, "a day late", days=after)

    assert refused.value.facts["available"] == 0


def test_the_nightly_sweep_takes_what_ended_once(session: Session) -> None:
    lan, hoa = make_customer(session), make_customer(session)
    award(session, lan, 250_000)
    award(session, hoa, 100_000, now=NOON + 200 * DAY)

    for _ in range(2):
        due.sweep(session, now=NOON + 366 * DAY)

    assert (ledger.balance(session, lan.id), ledger.balance(session, hoa.id)) == (0, 10)
    assert [entry.kind for entry in ledger.list_newest(session, lan.id)] == ["expire", "earn"]
    assert problems(session) == []


def test_a_sweep_goes_on_after_its_last_customer(session: Session) -> None:
    people = [make_customer(session) for _ in range(3)]
    for each in people:
        award(session, each, 100_000)

    after = due.sweep(session, now=NOON + 400 * DAY, limit=2)
    rest = due.sweep(session, now=NOON + 400 * DAY, after_id=after or 0, limit=2)

    assert (after, rest) == (people[1].id, None)
    assert [ledger.balance(session, each.id) for each in people] == [0, 0, 0]


def test_a_bill_whose_points_expired_can_still_be_undone(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 255_000)

    taken = undo(session, made, now=NOON + 400 * DAY)

    assert (taken.entry.points, taken.entry.carry_change) == (0, -5_000)
    assert problems(session) == []


def test_a_lot_knows_the_day_it_is_looked_at_next(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 100_000, purchased_at=NOON - 10 * DAY)
    award(session, lan, 100_000)
    assert lots.next_change(session, lan.id) == date(2027, 11, 13)


def test_the_database_refuses_to_take_more_than_a_lot_has(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session)
        made = award(session, lan, 100_000)
    with pytest.raises(DBAPIError), database.transaction() as session:
        lots.move(session, made.entry.id, lan.id, [lots.Share(made.entry.id, 11)])


def test_what_was_written_of_shares_is_neither_changed_nor_deleted(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session)
        award(session, lan, 100_000)
        burn(session, lan, 4)
    for statement in ("UPDATE lot_spend SET points = 1", "DELETE FROM lot_spend"):
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
