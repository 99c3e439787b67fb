"""One number learned from a shop's own people, calm while they are few.

To the real people thirty imagined ones are added. They stand in a ladder, each 10 % above the one before, so that a
wanted share of them lies at or below the stated default; the number is that share's value among real and imagined
together. With nobody it is the default, with thirty people half of it is the shop's own, with a thousand nearly all.

Between two steps of the ladder nothing moves by more than one of them: whoever of thirty people is taken away, the
number changes by 10 % at most. Therefore it keeps within the ladder as long as real people are thirty or fewer, and
the range widens with them.
"""

from collections.abc import Callable, Sequence
from math import ceil

IMAGINED = 30
STEP = 1.10

Between = Callable[[int, int], Sequence[float]]  # the values at the ranks from one on, so many of them; lowest first


def learn(values: Sequence[float], default: float, share: float) -> float:
    """The value a `share` (0 to 1) of people lies at or below, as the module says. `default` is above 0."""
    ordered = sorted(values)
    return learn_among(len(ordered), lambda first, most: ordered[first : first + most], default, share)


def learn_among(count: int, between: Between, default: float, share: float) -> float:
    """The same of `count` values that are somewhere else: only a few about the share's rank are asked for."""
    steps = ladder(default, share)
    wanted = _rank(count + IMAGINED, share)
    skipped = max(0, wanted - 1 - IMAGINED)  # as many real people at least lie at or below what is looked for
    near = [float(value) for value in between(skipped, IMAGINED + 1)]
    found = sorted([*near, *steps])[wanted - 1 - skipped]
    widened = max(1.0, count / IMAGINED)
    low, high = (default * (end / default) ** widened for end in (steps[0], steps[-1]))
    return min(max(found, low), high)


def ladder(default: float, share: float) -> list[float]:
    """The values of the imagined people, lowest first."""
    place = _rank(IMAGINED, share)
    return [default * STEP ** (number - place) for number in range(1, IMAGINED + 1)]


def _rank(count: int, share: float) -> int:
    """Which one of so many, lowest first and counted from 1, a share lies at or below; `percentile_disc` means that."""
    return max(1, ceil(round(count * share, 9)))
