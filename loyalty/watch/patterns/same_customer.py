"""More than three awards by one person to one customer on one day."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from loyalty.watch.clues import Clue, Pattern, ids
from loyalty.watch.days import Day
from loyalty.words import Both

MOST = 3
SCORE, MORE, HIGHEST = 50, 10, 100


def find(session: Session, day: Day) -> Iterator[Clue]:
    """What was undone the same day does not count: a bill put right is no second one."""
    for staff_id in day.awards:
        for customer_id, acts in day.by_customer(staff_id).items():
            if (above := len(acts) - MOST) > 0:
                score = min(HIGHEST, SCORE + MORE * (above - 1))
                yield Clue(staff_id, ids(acts), score, {"count": len(acts)}, customer_id)


PATTERN = Pattern(
    "same_customer",
    Both("Nhiều lần một ngày cho một khách", "One customer many times a day"),
    Both(
        "{staff} cộng {count} lần trong ngày cho cùng một khách ({who}): {times}",
        "{staff} awarded the same customer ({who}) {count} times that day: {times}",
    ),
    find,
)
