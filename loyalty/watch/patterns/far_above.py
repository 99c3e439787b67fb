"""Bills far above what somebody usually records: a burst of them, or one beyond everything of four weeks.

More than 3 σ above one's own median is where looking begins. Of a hundred and fifty bills a day some lie there by
chance, and a shop with birthday cakes has them daily: so they count only where they are many, or without example.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from loyalty.watch import chance, clues, rates
from loyalty.watch.clues import Clue, Count, Pattern
from loyalty.watch.days import Act, Day
from loyalty.words import Both

CODE = "far_above"
SIGMAS = 3
BEYOND = 2  # times the largest bill of the past is without example
LEAST, TIMES = 4, 3.0
ALONE = 60  # the score of a bill without example


def find(session: Session, day: Day) -> Iterator[Clue]:
    """`amount` is the largest, `usual` the median of the past, ₫."""
    bursts = rates.bursts(day, CODE, count, least=LEAST, times=TIMES)
    for staff_id, usual in day.past.usual.items():
        high = _high(day, staff_id)
        alone = [act for act in high if usual.is_settled and act.total >= BEYOND * usual.most]
        if chosen := high if staff_id in bursts else alone:
            score = chance.score(bursts[staff_id].probability) if staff_id in bursts else ALONE
            facts = {"count": len(chosen), "amount": max(act.total for act in chosen), "usual": usual.median}
            yield Clue(staff_id, clues.ids(chosen), score, facts)


def count(day: Day, staff_id: int) -> Count:
    """Bills over 3 σ; of none where nobody knows what is usual."""
    bills = day.bills(staff_id) if staff_id in day.past.usual else ()
    return clues.of(_high(day, staff_id), len(bills))


def _high(day: Day, staff_id: int) -> Sequence[Act]:
    usual = day.past.usual.get(staff_id)
    return [act for act in day.bills(staff_id) if usual and usual.sigmas(act.total) > SIGMAS]


PATTERN = Pattern(
    CODE,
    Both("Đơn cao khác thường", "Unusually large bills"),
    Both(
        "{staff} ghi {count} đơn cao hơn hẳn mọi khi, lớn nhất {amount} (thường khoảng {usual}): {times}",
        "{staff} recorded {count} bills far above their usual, up to {amount} (usually about {usual}): {times}",
    ),
    find,
    count,
)
