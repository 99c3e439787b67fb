"""How unusual a number is, by hand."""

import math

import pytest

from loyalty.watch import chance


@pytest.mark.parametrize(
    ("count", "expected", "probability"),
    [
        (0, 3.0, 1.0),
        (1, 1.0, 1 - math.exp(-1)),
        (2, 1.0, 1 - 2 * math.exp(-1)),
        (3, 0.5, 1 - math.exp(-0.5) * (1 + 0.5 + 0.125)),
    ],
)
def test_so_many_or_more(count: int, expected: float, probability: float) -> None:
    assert chance.at_least(count, expected) == pytest.approx(probability)


def test_the_far_end_is_exact_where_a_difference_would_be_nothing() -> None:
    assert chance.at_least(40, 1.0) == pytest.approx(math.exp(-1) / math.factorial(40), rel=0.03)


@pytest.mark.parametrize(("probability", "score"), [(1e-4, 40), (1e-5, 50), (0.0, 100), (1.0, 1)])
def test_a_score_is_ten_for_each_power_of_ten(probability: float, score: int) -> None:
    assert chance.score(probability) == score


def test_a_few_huge_amounts_move_neither_median_nor_spread() -> None:
    honest = [[50_000, 100_000, 200_000] * 20]
    usual, with_fraud = chance.usual(honest), chance.usual([*honest, [4_000_000] * 3])

    assert usual is not None and with_fraud is not None
    assert usual.median == with_fraud.median == 100_000
    assert usual.spread == with_fraud.spread == pytest.approx(1.4826 * math.log(2))
    assert usual.sigmas(800_000) == pytest.approx(3 / 1.4826)


def test_of_too_few_nobody_knows_what_is_usual_and_one_price_alone_makes_nothing_unusual() -> None:
    assert chance.usual([[100_000] * (chance.EVIDENCE - 1)]) is None
    one_price = chance.usual([[35_000] * chance.EVIDENCE])
    assert one_price is not None and one_price.sigmas(70_000) < 3
