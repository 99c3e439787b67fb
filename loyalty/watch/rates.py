"""Days on which something happened more often than it does to colleagues."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from loyalty.watch import chance
from loyalty.watch.clues import Clue, Count
from loyalty.watch.days import Day


@dataclass(frozen=True, slots=True)
class Burst:
    """What happened to one person, the share of it that is usual, and the probability that it is chance."""

    found: Count
    usual: float
    probability: float


def unusual(day: Day, pattern: str, count: Callable[[Day, int], Count], *, least: int, times: float) -> Iterator[Clue]:
    """A clue for each burst. Facts: `count` of `of`, in `percent`; and `theirs`, the colleagues' percent, rounded."""
    for staff_id, burst in bursts(day, pattern, count, least=least, times=times).items():
        found = burst.found
        percent, theirs = 100 * found.hits // found.of, round(100 * burst.usual)
        facts = {"count": found.hits, "of": found.of, "percent": percent, "theirs": theirs}
        yield Clue(staff_id, found.entries, chance.score(burst.probability), facts)


def bursts(
    day: Day, pattern: str, count: Callable[[Day, int], Count], *, least: int, times: float
) -> Mapping[int, Burst]:
    """Everybody to whom it happened `least` times or more, `times` as often as to colleagues, and not by chance."""
    counts = {staff_id: count(day, staff_id) for staff_id in day.awards}
    found: dict[int, Burst] = {}
    for staff_id, theirs in counts.items():
        usual = _usual(day, pattern, counts, staff_id)
        if usual is not None and theirs.hits >= max(least, times * usual * theirs.of):
            probability = chance.at_least(theirs.hits, usual * theirs.of)
            if probability < chance.RARE:
                found[staff_id] = Burst(theirs, usual, probability)
    return found


def _usual(day: Day, pattern: str, counts: Mapping[int, Count], staff_id: int) -> float | None:
    """The share of the past, or of the colleagues today where that is more: what a new offer does, it does to all."""
    past = day.past.share(pattern, staff_id)
    others = [count for colleague, count in counts.items() if colleague != staff_id]
    hits, of = sum(count.hits for count in others), sum(count.of for count in others)
    return past if past is None or of < chance.EVIDENCE else max(past, hits / of)
