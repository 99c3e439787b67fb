"""Points given or taken by hand."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.points import adjusting, ledger, spending
from loyalty.points.adjusting import Adjustment, BadAdjustment
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.returns import reversal
from loyalty.points.spending import InsufficientPoints, PointsSpent
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, problems


def adjust(session: Session, customer_id: int, points: int, reason: str = "đền ly hỏng", key: str = "k") -> Adjustment:
    return adjusting.adjust(session, customer_id, points, reason, actor="cli", key=key, now=NOON)


def test_given_points_are_a_lot_with_its_reason_in_the_timeline(session: Session) -> None:
    lan = make_customer(session)

    made, again = adjust(session, lan.id, 50), adjust(session, lan.id, 50)

    assert (made.is_new, again.is_new, again.entry.id) == (True, False, made.entry.id)
    assert ledger.balance(session, lan.id) == 50
    [row, *_] = timeline.list_newest(session, lan.id, limit=5)
    assert (row.kind, timeline.words(session, row)) == ("points_adjusted", "đền ly hỏng")
    assert problems(session) == []


def test_taken_points_come_out_of_lots_and_undone_go_back(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 300_000)
    made = adjust(session, lan.id, -12)
    assert ledger.balance(session, lan.id) == 18

    reversal.undo(session, made.entry.id, actor="cli", key="u", now=NOON)

    assert ledger.balance(session, lan.id) == 30
    assert problems(session) == []


def test_nobody_is_taken_more_than_they_have(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 100_000)
    with pytest.raises(InsufficientPoints):
        adjust(session, lan.id, -11)


def test_given_points_that_were_used_are_not_taken_back(session: Session) -> None:
    lan = make_customer(session)
    made = adjust(session, lan.id, 50)
    spending.burn(session, lan.id, 1, key="b", actor="cli", now=NOON)
    with pytest.raises(PointsSpent):
        reversal.undo(session, made.entry.id, actor="cli", key="u", now=NOON)


def test_given_points_undone_after_they_expired_take_nothing_more(session: Session) -> None:
    lan = make_customer(session)
    made = adjust(session, lan.id, 50)
    taken = reversal.undo(session, made.entry.id, actor="cli", key="u", now=NOON + timedelta(days=400))
    assert (taken.entry.points, ledger.balance(session, lan.id)) == (0, 0)
    assert problems(session) == []


@pytest.mark.parametrize(
    ("points", "reason", "field"), [(0, "x", "points"), (10**8, "x", "points"), (1, " ", "reason")]
)
def test_a_wrong_adjustment_names_its_field(session: Session, points: int, reason: str, field: str) -> None:
    lan = make_customer(session)
    with pytest.raises(BadAdjustment) as refused:
        adjust(session, lan.id, points, reason)
    assert refused.value.facts["field"] == field


def test_the_same_key_names_one_adjustment(session: Session) -> None:
    lan = make_customer(session)
    adjust(session, lan.id, 50)
    with pytest.raises(IdempotencyConflict):
        adjust(session, lan.id, 51)
