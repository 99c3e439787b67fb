"""Two shares compared: how far apart they may be, at 95 percent."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # the normal distribution's 97.5 percent point


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `people`."""

    hits: int
    people: int

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None of nobody."""
        return self.hits / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate less the other, and the bounds it lies between with 95 percent. Each from -1 to 1."""

    by: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether there is a difference at all: the bounds leave 0 out."""
        return self.low > 0 or self.high < 0


def difference(these: Share, those: Share) -> Difference | None:
    """These less those, by Newcombe's hybrid of Wilson's scores (Statistics in Medicine 17, 1998, method 10).

    None where one of the two is nobody.
    """
    if these.rate is None or those.rate is None:
        return None
    (low, high), (least, most) = wilson(these), wilson(those)
    by = these.rate - those.rate
    below = sqrt((these.rate - low) ** 2 + (most - those.rate) ** 2)
    above = sqrt((high - these.rate) ** 2 + (those.rate - least) ** 2)
    return Difference(by, max(by - below, -1.0), min(by + above, 1.0))


def wilson(share: Share) -> tuple[float, float]:
    """The bounds of one share at 95 percent (Wilson, 1927); everything of nobody."""
    if not share.people:
        return 0.0, 1.0
    n, p = share.people, share.hits / share.people
    middle, wide = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max((middle - wide) / scale, 0.0), min((middle + wide) / scale, 1.0)
