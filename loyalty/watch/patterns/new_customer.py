"""New customers who begin with a high award: several on a day, or one above everything of four weeks."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from loyalty.watch import chance, clues, rates
from loyalty.watch.clues import Clue, Count, Pattern
from loyalty.watch.days import Act, Day
from loyalty.watch.patterns.far_above import SIGMAS
from loyalty.words import Both

CODE = "new_customer"
LEAST, TIMES = 2, 3.0
ALONE = 50  # the score of one above everything


def find(session: Session, day: Day) -> Iterator[Clue]:
    """`amount` is the largest, `usual` the median of the past, ₫."""
    bursts = rates.bursts(day, CODE, count, least=LEAST, times=TIMES)
    for staff_id, usual in day.past.usual.items():
        high = _high(day, staff_id)
        alone = [act for act in high if usual.is_settled and act.total > usual.most]
        if chosen := high if staff_id in bursts else alone:
            score = chance.score(bursts[staff_id].probability) if staff_id in bursts else ALONE
            facts = {"count": len(chosen), "amount": max(act.total for act in chosen), "usual": usual.median}
            yield Clue(staff_id, clues.ids(chosen), score, facts)


def count(day: Day, staff_id: int) -> Count:
    """High first bills, of all bills; of none where nobody knows what is usual."""
    bills = day.bills(staff_id) if staff_id in day.past.usual else ()
    return clues.of(_high(day, staff_id), len(bills))


def _high(day: Day, staff_id: int) -> Sequence[Act]:
    usual = day.past.usual.get(staff_id)
    bills = (act for act in day.bills(staff_id) if act.is_newcomer)
    return [act for act in bills if usual and usual.sigmas(act.total) > SIGMAS]


PATTERN = Pattern(
    CODE,
    Both("Khách mới, đơn lớn", "New customers with large bills"),
    Both(
        "{staff} tạo {count} khách mới với đơn đầu tiên rất lớn, đến {amount} (đơn thường khoảng {usual}): {times}",
        "{staff} made {count} new customers with very large first bills, up to {amount} (usually about {usual}): "
        "{times}",
    ),
    find,
    count,
)
