"""The scripted month, small: 2,000 honest awards among which every pattern is planted once. The full one is a drill."""

from loyalty.db import Database
from loyalty.settings import Settings
from tests.fraud_month import SMALL, live_through


def test_a_small_shops_month_is_seen_through_and_nobody_honest_is_bothered(
    database: Database, settings: Settings
) -> None:
    verdict = live_through(database, settings, SMALL, seed=5)

    assert len(verdict.caught) >= 8, verdict.missed
    assert verdict.false_share <= 0.01, verdict.false
