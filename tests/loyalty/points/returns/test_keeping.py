"""What a bill keeps when goods of it came back: values alone."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given as sample
from hypothesis import strategies as st

from loyalty.points.returns import keeping
from loyalty.points.returns.keeping import Given, Taken

MEMBER, SILVER = Fraction(1), Fraction("1.25")
BILLS = st.builds(
    Given,
    total=st.integers(1, 3_000_000),
    eligible=st.just(0),
    carry=st.integers(-20_000, 30_000),
    multiplier=st.sampled_from([Fraction("0.5"), MEMBER, SILVER, Fraction("1.5")]),
    per_amount=st.sampled_from([1_000, 10_000, 25_000]),
).flatmap(
    lambda bill: st.integers(0, bill.total).map(
        lambda eligible: Given(bill.total, eligible, bill.carry, bill.multiplier, bill.per_amount)
    )
)


@pytest.mark.parametrize(
    ("total", "eligible", "carry", "multiplier", "returned", "kept"),
    [
        (250_000, 250_000, 5_000, SILVER, 0, (312_500, 31, 7_500)),
        (250_000, 250_000, 5_000, SILVER, 100_000, (187_500, 19, 2_500)),
        (250_000, 250_000, 5_000, SILVER, 250_000, (0, 0, 5_000)),  # all of it: as if it had never been
        (250_000, 250_000, -9_000, MEMBER, 200_000, (50_000, 4, 1_000)),  # a debt of carry is made up first
        (10_000, 10_000, 0, MEMBER, 1, (9_999, 0, 9_999)),
        (10_000, 10_000, 25_000, MEMBER, 10_000, (0, 0, 25_000)),  # not even what the carry alone would give
        (200_000, 100_000, 0, MEMBER, 100_000, (50_000, 5, 0)),  # half of it earned, so half of what is left earns
    ],
)
def test_what_a_bill_keeps(
    total: int, eligible: int, carry: int, multiplier: Fraction, returned: int, kept: tuple[int, int, int]
) -> None:
    assert keeping.kept(Given(total, eligible, carry, multiplier, 10_000), returned) == kept


@pytest.mark.parametrize(
    ("due", "earlier", "expired", "left", "taken"),
    [
        (12, 0, 0, 25, Taken(12, 0)),
        (20, 12, 0, 13, Taken(8, 0)),  # the second of two returns takes the rest
        (15, 0, 0, 15, Taken(15, 0)),  # ten were used, as many as the bill keeps
        (20, 0, 0, 15, Taken(15, 5)),
        (25, 0, 25, 0, Taken(0, 0)),  # what expired is not taken back twice
        (25, 0, 15, 0, Taken(0, 10)),
        (0, 0, 0, 25, Taken(0, 0)),
        (10, 0, 15, 0, Taken(0, 0)),
    ],
)
def test_what_is_taken_of_points_that_are_due(due: int, earlier: int, expired: int, left: int, taken: Taken) -> None:
    assert keeping.take(due, earlier, expired, left) == taken


@sample(bill=BILLS, cuts=st.lists(st.integers(1, 3_000_000), max_size=6))
def test_however_returns_are_split_the_bill_keeps_the_same_and_never_gives_less_than_nothing(
    bill: Given, cuts: list[int]
) -> None:
    steps = [0, *sorted(cut for cut in set(cuts) if cut < bill.total), bill.total]
    kept = [keeping.kept(bill, returned) for returned in steps]
    taken = [before.points - after.points for before, after in pairwise(kept)]

    assert all(points >= 0 for points in taken)
    assert sum(taken) == kept[0].points  # everything back: exactly what was given
    assert (kept[-1].points, kept[-1].carry) == (0, bill.carry)


@sample(bill=BILLS, returned=st.integers(0, 3_000_000))
def test_no_đồng_is_lost_between_points_and_carry(bill: Given, returned: int) -> None:
    kept = keeping.kept(bill, returned)

    assert kept.points * bill.per_amount + kept.carry == kept.credit + bill.carry


@sample(
    due=st.lists(st.integers(0, 50), min_size=1, max_size=5),
    used=st.integers(0, 60),
    expired=st.integers(0, 60),
    points=st.integers(0, 100),
)
def test_returns_together_take_what_one_would(due: list[int], used: int, expired: int, points: int) -> None:
    used, expired = min(used, points), min(expired, points - min(used, points))
    left = points - used - expired
    steps = sorted(min(each, points) for each in due)
    earlier = 0
    for each in steps:
        taken = keeping.take(each, earlier, expired, left - earlier)
        earlier += taken.points

    assert (earlier, taken.shortfall) == keeping.take(steps[-1], 0, expired, left)
    assert earlier + expired + taken.shortfall >= steps[-1]
