"""Who is about to fall or rise, by any metric and window, found again when one looks."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.points.tiers import holders, warning
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, make_programme, stats_of

TODAY, DAY = date(2026, 11, 22), timedelta(days=1)
LEAST = {
    "spend": {},
    "orders": {"spend = 0": "orders = 0", "spend = 2000000": "orders = 5", "spend = 10000000": "orders = 9"},
    "points": {"spend = 0": "points = 0", "spend = 2000000": "points = 5", "spend = 10000000": "points = 90"},
}


def rules(session: Session, metric: str, window: str) -> None:
    months = "\nmonths = 12" if window == "rolling" else ""
    qualification = f'[qualification]\nmetric = "{metric}"\nwindow = "{window}"{months}'
    make_programme(session, 2, date(2020, 1, 1), {"[qualification]\nmonths = 12": qualification, **LEAST[metric]})


def test_how_many_hold_each(session: Session) -> None:
    for total in (10_000, 10_000, 2_000_000, 10_000_000):
        award(session, make_customer(session), total)

    assert holders.count(session) == {"member": 2, "silver": 1, "gold": 1}


def test_whoever_bought_since_the_night_is_not_listed_and_who_was_told_is_marked(session: Session) -> None:
    lan, minh, hoa = (make_customer(session) for _ in range(3))
    for place, each in enumerate((lan, minh, hoa)):
        at = NOON - timedelta(days=350 + place)
        award(session, each, 2_000_000, now=at)

    warning.sweep(session, "silver", lambda _, each: each.customer_id == lan.id, now=NOON)
    award(session, hoa, 2_000_000)

    found = holders.list_falling(session, TODAY)
    assert [(each.customer_id, each.was_told) for each in found] == [(minh.id, False), (lan.id, True)]
    assert found[1].outlook.falls_on == date(2026, 12, 7)


@pytest.mark.parametrize("window", ["rolling", "calendar_year", "half_year", "anniversary"])
@pytest.mark.parametrize("metric", ["spend", "orders", "points"])
def test_who_is_near_the_next_tier_by_any_metric_and_window(session: Session, metric: str, window: str) -> None:
    rules(session, metric, window)
    near, far = make_customer(session, joined=True), make_customer(session, joined=True)
    for _ in range(4):
        award(session, near, {"spend": 400_000, "orders": 1_000, "points": 10_000}[metric])
        award(session, near, 9_000, purchased_at=NOON - 400 * DAY)  # counts no more, and rounds to no point
    award(session, far, {"spend": 1_500_000, "orders": 1_000, "points": 30_000}[metric])
    assert stats_of(session, near).tier == "member"

    [found] = holders.list_rising(session, TODAY)

    assert (found.customer_id, found.held.code, found.next.code) == (near.id, "member", "silver")
    assert found.missing.metric == metric
    assert found.missing.number == {"spend": 400_000, "orders": 1, "points": 1}[metric]


def test_nobody_is_near_the_next_of_the_highest(session: Session) -> None:
    award(session, make_customer(session), 10_000_000)
    assert holders.list_rising(session, TODAY) == []
