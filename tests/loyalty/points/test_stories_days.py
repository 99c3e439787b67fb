"""Faults of days, ends and tiers, numbered as in `test_stories`."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.points import adjusting, ledger, lots, spending
from loyalty.points.ending import due
from loyalty.points.models import Lot
from loyalty.points.opening import Opening, give_many
from loyalty.points.returns import reversal
from loyalty.points.tiers import reviews
from loyalty.programme import activation
from loyalty.staff import audit
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import DEMO, add_terms, award, problems, stats_of, undo

DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # 23/11, 00:00 at the shop
SECOND = timedelta(seconds=1)
VISITS = """
[[rules]]
code = "visit"
name = { vi = "Ghé quán", en = "A visit" }
kind = "bonus"
points = 10
[rules.caps]
person_day = 10
"""


def every_shape(session: Session) -> int:
    """Points of a bill, brought along, by hand, used and given back, and promised for a week: 25 + 40 + 7 + 10 + 12."""
    add_terms(session, '[pending]\nrelease = "after_days"\ndays = 7', since=TODAY + DAY)
    lan = make_customer(session)
    award(session, lan, 250_000)
    give_many(session, [Opening(lan.id, 40, "import:1", date(2027, 3, 31))], actor="cli", now=NOON)
    adjusting.adjust(session, lan.id, 7, "xin lỗi", actor="cli", key="sorry", now=NOON)
    award(session, lan, 100_000)
    used = spending.burn(session, lan.id, 60, key="burn", actor="cli", now=NOON)
    reversal.give_back(session, used.entry.id, key="back", actor="cli", now=NOON)
    award(session, lan, 120_000, now=NOON + DAY)
    return lan.id


def test_d7_points_of_every_origin_end_and_no_row_is_deleted(session: Session) -> None:
    """D-7: what ends was looked for by a label, and lots that bore another lived for ever."""
    lan = every_shape(session)
    due.sweep(session, now=NOON + 8 * DAY)
    assert ledger.balance(session, lan) == 25 + 40 + 7 + 10 + 12
    before = session.scalars(select(Lot.entry_id).order_by(Lot.entry_id)).all()

    due.sweep(session, now=NOON + 3 * 366 * DAY)

    assert ledger.balance(session, lan) == 0
    assert session.scalars(select(Lot.entry_id).order_by(Lot.entry_id)).all() == before
    assert session.scalars(select(Lot.remaining).distinct()).all() == [0]
    assert problems(session) == []


def test_d7_every_end_is_told_not_only_the_first(session: Session) -> None:
    """D-7: the earliest day was shown as if all of the balance ended on it."""
    lan = make_customer(session)
    for days in (0, 30, 60):
        award(session, lan, 100_000, now=NOON + days * DAY)

    ends = [lots.next_expiring(session, lan.id, day) for day in (TODAY, date(2027, 11, 23), date(2027, 12, 23))]

    assert ends == [(10, date(2027, 11, 22)), (10, date(2027, 12, 22)), (10, date(2028, 1, 21))]


@pytest.mark.parametrize(
    "spoken",
    [
        "2026-11-22T23:59:59+07:00",
        "2026-11-22T16:59:59+00:00",
        "2026-11-22T08:59:59-08:00",
        "2026-11-23T05:59:59+13:00",
    ],
)
def test_d8_a_bills_day_is_the_shops_whatever_offset_its_time_came_with(session: Session, spoken: str) -> None:
    """D-8: the last second before midnight went to the next day, or to the day before, with the sender's zone."""
    lan, at = make_customer(session), datetime.fromisoformat(spoken)

    made = award(session, lan, purchased_at=at, now=MIDNIGHT + DAY)

    assert (made.purchase.purchased_on, made.purchase.purchased_at) == (TODAY, MIDNIGHT - SECOND)
    assert lots.next_expiring(session, lan.id, TODAY) == (25, date(2027, 11, 22))


def test_d8_points_end_at_the_shops_midnight(session: Session) -> None:
    """D-8: points ended seven hours early or late, at midnight of another zone."""
    lan = make_customer(session)
    award(session, lan)
    end = MIDNIGHT + 365 * DAY  # 23/11/2027, 00:00 at the shop

    due.sweep(session, now=end - SECOND)
    assert ledger.balance(session, lan.id) == 25
    due.sweep(session, now=end)
    assert ledger.balance(session, lan.id) == 0


def test_d17_using_points_and_losing_them_costs_no_tier(session: Session) -> None:
    """D-17: who used their points fell, for the tier was computed from what was left of them."""
    lan = make_customer(session)
    award(session, lan, 2_500_000)
    spending.burn(session, lan.id, 250, key="burn", actor="cli", now=NOON)
    reviews.sweep(session, "silver", now=NOON + DAY)

    stats = stats_of(session, lan)
    assert (stats.points, stats.tier, stats.spent_12m) == (0, "silver", 2_500_000)


def test_d17_points_without_a_purchase_give_no_tier(session: Session) -> None:
    """D-17, the other way round."""
    lan = make_customer(session)
    give_many(session, [Opening(lan.id, 50_000, "import:1", None)], actor="cli", now=NOON)
    adjusting.adjust(session, lan.id, 5_000, "quà", actor="cli", key="gift", now=NOON)
    reviews.sweep(session, "silver", now=NOON + DAY)

    assert (stats_of(session, lan).points, stats_of(session, lan).tier) == (55_000, "member")


def test_d18_rules_changed_by_day_hold_for_everybody_from_the_same_midnight(session: Session) -> None:
    """D-18: a bonus switched on by day found some people at the lower cap, where they stayed."""
    early, late = make_customer(session), make_customer(session)
    first = award(session, early, 20_000, now=NOON - 3 * timedelta(hours=1))
    activation.activate(session, doubled(), TODAY + DAY, note="double", by=audit.CLI, now=NOON)
    second = award(session, late, 20_000, now=MIDNIGHT - SECOND)
    assert [each.entry.points for each in (first, second)] == [2, 2]

    after = [award(session, each, 20_000, now=MIDNIGHT).entry for each in (early, late)]

    assert [(entry.points, entry.programme) for entry in after] == [(4, 2), (4, 2)]
    assert problems(session) == []


def test_d18_who_was_at_the_lower_cap_gets_the_rest_under_the_higher_one(session: Session) -> None:
    """D-18: nobody is left at a cap that is gone."""
    document = DEMO.read_text(encoding="utf-8")
    activation.activate(session, document + VISITS, TODAY + DAY, note="visits", by=audit.CLI, now=NOON)
    higher = document + VISITS.replace("person_day = 10", "person_day = 20")
    activation.activate(session, higher, TODAY + 2 * DAY, note="more", by=audit.CLI, now=NOON)
    lan = make_customer(session)

    found = [award(session, lan, 1_000, now=MIDNIGHT + hours * timedelta(hours=1)) for hours in (1, 2, 25, 26, 27)]

    assert [each.entry.points for each in found] == [10, 0, 10, 10, 0]
    undo(session, found[-2], now=MIDNIGHT + 28 * timedelta(hours=1))
    assert award(session, lan, 1_000, now=MIDNIGHT + 29 * timedelta(hours=1)).entry.points == 10
    assert problems(session) == []


def doubled() -> str:
    return DEMO.read_text(encoding="utf-8").replace("per_amount = 10000", "per_amount = 5000")
