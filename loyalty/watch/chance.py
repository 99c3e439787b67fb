"""How unusual a number is: pure functions, robust against the few numbers that are unusual themselves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RARE = 1e-4  # of a day of one person; above it, chance explains it
EVIDENCE = 60  # amounts without which nobody's usual amount is known
SETTLED = 10  # days
TO_SIGMA = 1.4826  # from the median distance of a normal distribution to its σ
LEAST_SPREAD = 0.25  # of logarithms: where everything costs the same, a second piece is nothing unusual


@dataclass(frozen=True, slots=True)
class Usual:
    """What somebody's bills are like. Amounts spread by factors, not by sums, so σ is one of their logarithms."""

    median: int  # whole ₫
    spread: float  # σ of natural logarithms
    most: int  # whole ₫, the largest of all
    days: int  # they are known of

    @property
    def is_settled(self) -> bool:
        """Whether the largest says anything: that of a few days is soon outdone."""
        return self.days >= SETTLED

    def sigmas(self, amount: int) -> float:
        """How far an amount lies above the median."""
        return math.log(amount / self.median) / self.spread


def usual(by_day: Sequence[Sequence[int]]) -> Usual | None:
    """Of the ₫ of each day's bills, by the median and the median distance from it; None where they are too few."""
    amounts = [amount for day in by_day for amount in day]
    if len(amounts) < EVIDENCE:
        return None
    middle = median(amounts)
    distance = median(abs(math.log(amount / middle)) for amount in amounts)
    return Usual(round(middle), max(TO_SIGMA * distance, LEAST_SPREAD), max(amounts), len(by_day))


def at_least(count: int, expected: float) -> float:
    """The probability of so many events or more, where they come independently and `expected` (> 0) come on average."""
    term = math.exp(count * math.log(expected) - expected - math.lgamma(count + 1))
    total, number = 0.0, count
    while term > total * 1e-9 or number < expected:
        total += term
        number += 1
        term *= expected / number
    return min(total, 1.0)


def score(probability: float) -> int:
    """1 to 100: 40 is one in ten thousand, ten more are a tenth of that."""
    return max(1, min(100, round(-10 * math.log10(max(probability, 1e-10)))))
