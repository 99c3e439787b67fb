"""What one member of staff may give in a day."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from loyalty.errors import LoyaltyError
from loyalty.points.counter import allowances
from loyalty.points.counter.allowances import Allowance, CustomerLimitReached, DayLimitReached, Given
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, undo
from tests.builders_staff import make_staff

CASES = [  # limits, given today, points of the award, what is raised
    (Allowance(), Given(10_000, 99), 500, None),
    (Allowance(points=500), Given(480), 20, None),
    (Allowance(points=500), Given(480), 21, DayLimitReached),
    (Allowance(points=500), Given(500), 0, None),
    (Allowance(points=0), Given(), 1, DayLimitReached),
    (Allowance(customer_awards=3), Given(900, 2), 10, None),
    (Allowance(customer_awards=3), Given(900, 3), 0, CustomerLimitReached),
    (Allowance(500, 3), Given(490, 3), 20, CustomerLimitReached),
]


@pytest.mark.parametrize(("limits", "given", "points", "refusal"), CASES)
def test_what_fits_into_the_day(
    limits: Allowance, given: Given, points: int, refusal: type[LoyaltyError] | None
) -> None:
    if refusal is None:
        allowances.check(limits, given, points)
    else:
        with pytest.raises(refusal):
            allowances.check(limits, given, points)


def test_only_ones_own_standing_bills_of_the_shops_day_count(session: Session) -> None:
    thu, colleague = make_staff(session), make_staff(session)
    lan, minh = make_customer(session), make_customer(session)
    award(session, lan, 250_000, staff_id=thu.id)
    award(session, minh, 100_000, staff_id=thu.id)
    undo(session, award(session, lan, 990_000, staff_id=thu.id))
    award(session, lan, 990_000, staff_id=colleague.id)
    award(session, lan, 990_000, staff_id=thu.id, now=NOON - timedelta(hours=12, minutes=1))

    assert allowances.given(session, thu.id, lan.id, now=NOON) == Given(35, 1)
    assert allowances.given(session, thu.id, None, now=NOON) == Given(35, 0)
    assert allowances.given(session, thu.id, lan.id, now=NOON + timedelta(hours=12)) == Given()


def test_the_refusal_tells_what_is_given_and_left(session: Session) -> None:
    thu, lan = make_staff(session), make_customer(session)
    award(session, lan, 4_800_000, staff_id=thu.id)

    with pytest.raises(DayLimitReached) as refused:
        allowances.require(session, thu, Allowance(points=500), lan.id, 25, now=NOON)
    assert refused.value.facts == {"given": 480, "limit": 500, "points": 25, "left": 20}


def test_without_limits_nothing_is_asked_of_the_database(session: Session) -> None:
    thu, asked = make_staff(session), []
    session.flush()
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: asked.append(call[2]))

    allowances.require(session, thu, Allowance(), None, 10**6, now=NOON)

    assert asked == []
