"""What a bill keeps when goods of it came back, worked out from values alone.

What it keeps depends on how much came back in all, never on how that was split or in which order: each return takes
the difference between what the bill kept before it and what it keeps after.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple, Self

from loyalty.points.rating import earning
from loyalty.points.rating.earning import Credit
from loyalty.programme.document import Band, Earning, Programme

CARRIED = Earning((Band(0, 10_000),))


class Shortfall(StrEnum):
    """What becomes of points that are due back and were used."""

    REPORT = "report"  # said, and kept with the return; nothing else is touched
    OWE = "owe"  # taken from other lots, and owed where there is nothing left
    REFUSE = "refuse"  # then nothing is returned at all


class Falling(StrEnum):
    """When a return costs its customer the tier."""

    REVIEW = "review"
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True)
class Terms:
    """How returns are settled, by the programme."""

    shortfall: Shortfall = Shortfall.REPORT
    tier: Falling = Falling.REVIEW

    @classmethod
    def of(cls, rules: Programme) -> Self:
        """What a version of the rules says."""
        return cls(Shortfall(rules.returns.shortfall), Falling(rules.returns.tier))


@dataclass(frozen=True, slots=True)
class Given:
    """A bill as it was rated: ₫ paid, ₫ of them that earn, the carry before it, and what its rules and tier said."""

    total: int
    eligible: int
    carry: int
    multiplier: Fraction
    per_amount: int
    bonus: int = 0  # whole points no ₫ gave
    earning: Earning = CARRIED  # whether what is left over is carried, and how points are rounded


class Taken(NamedTuple):
    """Whole points a return takes back, and those due back that are there no more."""

    points: int
    shortfall: int


def kept(given: Given, returned: int) -> Credit:
    """What the bill gives once `returned` ₫ of it came back in all: credit, points, and the carry after it.

    The rest is rated like a bill of its own under the same rules and tier after the same carry; of ₫ that did not earn
    each return takes its share. A bill all of which came back gave nothing: 250,000 at 1.25 after 5,000 carried is 31
    points and 7,500 left, with 100,000 back 19 and 2,500, with everything back 0 and the 5,000 there were. A bonus goes
    with the last of the goods.
    """
    if returned >= given.total:
        return Credit(0, 0, given.carry)
    eligible = given.eligible * (given.total - returned) // given.total
    credit = earning.times(eligible, given.multiplier)
    points, carry = earning.rounded(given.earning, credit, given.carry, given.per_amount)
    return Credit(credit, points + given.bonus, carry)


def rated(purchase: Any, entry: Any, rules: Programme, bonus: int) -> Given:
    """A bill as its earning (`entry`) rated it: where rules of the programme acted, each ₫ by what all of them made it.

    `rules` are the bill's own, `bonus` the points they gave besides.
    """
    multiplier = rules.tier(entry.tier or "").multiplier
    if earning.times(purchase.eligible, multiplier) != entry.credit:
        multiplier = Fraction(entry.credit, purchase.eligible)
    carry, per_amount = entry.carry - entry.carry_change, rules.earning.per_amount(purchase.total)
    return Given(purchase.total, purchase.eligible, carry, multiplier, per_amount, bonus, rules.earning)


def take(due: int, earlier: int, expired: int, left: int, *, owes: bool = False) -> Taken:
    """What to take of `due` points a bill no longer stands for, all its returns together.

    `earlier` returns took theirs, and what `expired` is gone already; `left` are still in the bill's lot. What was used
    is not taken from other bills' points, earned by goods the customer kept, unless the terms say it is owed.
    """
    missing = max(0, due - earlier - expired)
    points = missing if owes else min(missing, left)
    return Taken(points, missing - points)
