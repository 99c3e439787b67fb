"""Somebody who takes back many of their own awards, against colleagues."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from loyalty.points.models import EntryKind
from loyalty.watch import clues, rates
from loyalty.watch.clues import Clue, Count, Pattern
from loyalty.watch.days import Day
from loyalty.words import Both

CODE = "many_undos"
LEAST, TIMES = 4, 3.0


def find(session: Session, day: Day) -> Iterator[Clue]:
    """Undoing for others, which managers do, is not counted."""
    return rates.unusual(day, CODE, count, least=LEAST, times=TIMES)


def count(day: Day, staff_id: int) -> Count:
    """Own awards taken back, of all that were made; never more than of them."""
    undone = [act for act in day.acts if act.undoes and act.staff_id == staff_id == act.undoes_of]
    made = sum(act.staff_id == staff_id and act.kind == EntryKind.EARN for act in day.acts)
    return clues.of(undone, max(made, len(undone)))


PATTERN = Pattern(
    CODE,
    Both("Hủy nhiều", "Many undone"),
    Both(
        "{staff} hủy {count} lần cộng của chính mình, {percent}% số đơn trong ngày (đồng nghiệp {theirs}%): {times}",
        "{staff} undid {count} awards of their own, {percent}% of the day's (colleagues {theirs}%): {times}",
    ),
    find,
    count,
)
