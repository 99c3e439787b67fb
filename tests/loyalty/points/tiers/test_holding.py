"""Up with a purchase, down only with the undoing of the one that gave it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.points.tiers import holding
from loyalty.points.tiers.holding import Gift
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, demo_programme, make_programme, problems, set_totals, stats_of, undo

MEMBER_TO_SILVER, SILVER_TO_GOLD, MEMBER_TO_GOLD = ("member", "silver"), ("silver", "gold"), ("member", "gold")
STANDS, UNDONE = True, False


@pytest.mark.parametrize(
    ("tier", "spent", "gifts", "left"),
    [
        ("silver", 0, [Gift(*MEMBER_TO_SILVER, UNDONE)], "member"),
        ("silver", 2_000_000, [Gift(*MEMBER_TO_SILVER, UNDONE)], "silver"),  # the spend still qualifies
        ("silver", 0, [], "silver"),  # no purchase gave it: set by hand
        ("silver", 0, [Gift(*MEMBER_TO_SILVER, UNDONE), Gift(*MEMBER_TO_SILVER, STANDS)], "silver"),
        ("gold", 0, [Gift(*SILVER_TO_GOLD, UNDONE)], "silver"),  # silver by hand
        ("gold", 0, [Gift(*SILVER_TO_GOLD, UNDONE), Gift(*MEMBER_TO_SILVER, STANDS)], "silver"),
        ("gold", 0, [Gift(*SILVER_TO_GOLD, UNDONE), Gift(*MEMBER_TO_SILVER, UNDONE)], "member"),
        ("gold", 3_000_000, [Gift(*SILVER_TO_GOLD, UNDONE), Gift(*MEMBER_TO_SILVER, UNDONE)], "silver"),
        ("gold", 3_000_000, [Gift(*MEMBER_TO_GOLD, UNDONE)], "silver"),
        ("gold", 0, [Gift(*SILVER_TO_GOLD, STANDS), Gift(*MEMBER_TO_SILVER, UNDONE)], "gold"),
        ("member", 3_000_000, [], "member"),  # an undoing lifts nobody
        ("platinum", 0, [], "platinum"),
        ("gold", 0, [Gift("gold", "gold", UNDONE)], "member"),
    ],
)
def test_what_is_left_when_givers_are_undone(tier: str, spent: int, gifts: list[Gift], left: str) -> None:
    assert holding.what_stays(demo_programme(), tier, spent, gifts) == left


def test_undoing_the_purchase_that_gave_a_tier_takes_it_back_at_once(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 1_500_000)
    gave = award(session, lan, 500_000)
    assert stats_of(session, lan).tier == "silver"

    taken = undo(session, gave, now=NOON + timedelta(hours=1))

    stats = stats_of(session, lan)
    assert (taken.tier_fell, stats.tier, stats.tier_since) == ("member", "member", NOON + timedelta(hours=1))
    assert problems(session) == []


def test_undoing_another_purchase_leaves_the_tier_for_the_review(session: Session) -> None:
    lan = make_customer(session)
    first = award(session, lan, 1_500_000)
    award(session, lan, 500_000)

    taken = undo(session, first)

    assert (taken.tier_fell, stats_of(session, lan).tier, stats_of(session, lan).spent_12m) == (None, "silver", 500_000)


def test_a_tier_kept_by_its_spend_goes_when_that_is_undone_too(session: Session) -> None:
    lan = make_customer(session)
    first = award(session, lan, 2_500_000)
    second = award(session, lan, 3_000_000)

    assert undo(session, first).tier_fell is None
    assert undo(session, second).tier_fell == "member"


def test_a_tier_outlives_the_year_that_earned_it_and_an_undone_coffee(session: Session) -> None:
    lan = make_customer(session, now=NOON - timedelta(days=500))
    award(session, lan, 2_500_000, now=NOON - timedelta(days=400))
    coffee = award(session, lan, 50_000)
    assert (stats_of(session, lan).tier, stats_of(session, lan).spent_12m) == ("silver", 50_000)

    undo(session, coffee)

    assert (stats_of(session, lan).tier, stats_of(session, lan).spent_12m) == ("silver", 0)


def test_a_tier_set_by_hand_is_no_purchases_to_take(session: Session) -> None:
    lan = make_customer(session)
    set_totals(session, lan, tier="gold")

    taken = undo(session, award(session, lan, 250_000))

    assert (taken.tier_fell, stats_of(session, lan).tier) == (None, "gold")


def test_progress_names_the_next_tier_and_what_is_missing(session: Session) -> None:
    rules, lan = demo_programme(), make_customer(session)

    for spend, code, missing in ((250_000, "silver", 1_750_000), (1_750_000, "gold", 8_000_000)):
        award(session, lan, spend)
        progress = holding.progress(session, rules, stats_of(session, lan), NOON.date())
        assert progress is not None
        assert (progress.tier.code, progress.missing) == (code, missing)
    award(session, lan, 8_000_000)
    assert holding.progress(session, rules, stats_of(session, lan), NOON.date()) is None


def test_a_tier_held_above_the_spend_progresses_from_the_tier(session: Session) -> None:
    rules, lan = demo_programme(), make_customer(session)
    set_totals(session, lan, tier="silver", spent_12m=100_000)

    progress = holding.progress(session, rules, stats_of(session, lan), NOON.date())

    assert progress is not None
    assert (progress.tier.code, progress.missing) == ("gold", 9_900_000)


def test_the_tier_is_reassessed_by_the_rules_of_today(session: Session) -> None:
    make_programme(session, 2, NOON.date(), {"spend = 2000000": "spend = 100000"})
    lan = make_customer(session)

    made = award(session, lan, 100_000, purchased_at=NOON - timedelta(days=3))

    assert (made.entry.programme, made.purchase.tier_after) == (1, "silver")
