"""Days on which something happened more often than it does to colleagues."""

from collections.abc import Callable, Iterator

from loyalty.watch import chance
from loyalty.watch.clues import Clue, Count
from loyalty.watch.days import Day


def unusual(day: Day, pattern: str, count: Callable[[Day, int], Count], *, least: int, times: float) -> Iterator[Clue]:
    """Everybody to whom it happened `least` times or more, `times` as often as to colleagues, and not by chance.

    Facts: `count` of `of`, in `percent`; and `theirs`, the colleagues' percent, rounded.
    """
    for staff_id in day.awards:
        found = count(day, staff_id)
        probability = of_chance(day, pattern, staff_id, found, least=least, times=times)
        if probability is not None:
            theirs = round(100 * (day.past.share(pattern, staff_id) or 0))
            facts = {"count": found.hits, "of": found.of, "percent": 100 * found.hits // found.of, "theirs": theirs}
            yield Clue(staff_id, found.entries, chance.score(probability), facts)


def of_chance(day: Day, pattern: str, staff_id: int, found: Count, *, least: int, times: float) -> float | None:
    """The probability that it is chance, where that is too small to believe; None where it is not."""
    share = day.past.share(pattern, staff_id)
    if share is None or found.hits < least or found.hits < times * share * found.of:
        return None
    probability = chance.at_least(found.hits, share * found.of)
    return probability if probability < chance.RARE else None
