"""Thresholds are calm: thirty people, one taken away, and no number moves by more than it says."""

from random import Random

import pytest
from sqlalchemy.orm import Session

from loyalty.segments import learning, thresholds
from loyalty.segments.cycles import lowest_share
from loyalty.segments.thresholds import BadThreshold, ThresholdChangedSince
from tests.builders import NOON
from tests.builders_campaigns import make_person


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.9])
def test_nobody_of_thirty_moves_a_number_by_more_than_ten_per_cent(share: float) -> None:
    """Whatever the thirty are: alike, spread over twelve orders of magnitude, or far from what is stated."""
    chance = Random(31)
    for _ in range(150):
        scale = 10 ** chance.uniform(-6, 6)
        people = [scale * chance.choice([0, 1, chance.lognormvariate(0, 2)]) for _ in range(30)]
        whole = learning.learn(people, 5_000_000, share)
        for gone in range(30):
            without = learning.learn(people[:gone] + people[gone + 1 :], 5_000_000, share)
            assert max(whole / without, without / whole) <= learning.STEP + 1e-9


def test_nobody_means_the_default_and_a_thousand_mean_themselves() -> None:
    assert learning.learn([], 30, 0.5) == pytest.approx(30)
    assert learning.learn(range(1, 1001), 30, 0.5) == pytest.approx(500, rel=0.04)
    assert learning.learn(range(1, 1001), 5_000, 0.9) == pytest.approx(900, rel=0.04)


def test_three_of_three_discounted_bills_say_less_than_thirty_of_thirty() -> None:
    assert [round(lowest_share(hits, of), 2) for hits, of in ((3, 3), (30, 30), (5, 6), (0, 0))] == [
        0.65,
        0.95,
        0.57,
        0,
    ]


def test_a_shop_of_thirty_learns_from_them_and_the_owner_has_the_last_word(session: Session) -> None:
    for number in range(30):
        make_person(session, orders=1 + number % 6, spent_12m=200_000 * (1 + number % 6))
    learned = thresholds.learn_all(session, now=NOON)
    # 30 people at 1 to 6 orders and the ladder about 4, in order: the 45th of 60 lies at 4.84
    assert (learned["repeat_orders"], learned["prospect_orders"]) == (5, 1)
    assert learned["vip_spent"] < thresholds.rows(session)["vip_spent"].people * 1_000_000
    change = thresholds.choose(session, {"repeat_orders": 7}, by="staff:a", now=NOON)
    assert change is not None and thresholds.of(session)["repeat_orders"] == 7
    assert thresholds.choose(session, {"repeat_orders": 7}, by="staff:a", now=NOON) is None
    thresholds.learn_all(session, now=NOON)
    assert thresholds.of(session)["repeat_orders"] == 7
    thresholds.undo(session, change.public_id, by="staff:a", now=NOON)
    assert thresholds.of(session)["repeat_orders"] == 5
    thresholds.choose(session, {"repeat_orders": 9}, by="staff:a", now=NOON)
    with pytest.raises(ThresholdChangedSince):
        thresholds.undo(session, change.public_id, by="staff:a", now=NOON)
    with pytest.raises(BadThreshold):
        thresholds.choose(session, {"repeat_orders": 1}, by="staff:a", now=NOON)
