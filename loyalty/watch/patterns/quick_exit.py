"""Points awarded and, within ten minutes, exchanged or taken off again: more often than at colleagues'.

Only where nothing could have been exchanged without the award: who has enough and pays by the way is nobody's doing.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from loyalty.points.models import EntryKind
from loyalty.watch import rates
from loyalty.watch.clues import Clue, Count, Pattern
from loyalty.watch.days import Act, Day
from loyalty.words import Both

CODE = "quick_exit"
WITHIN = timedelta(minutes=10)
LEAST, TIMES = 3, 3.0


def find(session: Session, day: Day) -> Iterator[Clue]:
    """One who exchanges right after paying is a happy customer; many of them at one person's till are looked at."""
    return rates.unusual(day, CODE, count, least=LEAST, times=TIMES)


def count(day: Day, staff_id: int) -> Count:
    """Awards that left again, of all; the entries are each award and what followed it."""
    exits: dict[int, list[Act]] = defaultdict(list)
    for act in day.acts:
        if act.points < 0 and act.kind in (EntryKind.BURN, EntryKind.ADJUST):
            exits[act.customer_id].append(act)
    awards = day.awards.get(staff_id, ())
    pairs = [(award, gone) for award in awards if (gone := _first(award, exits[award.customer_id]))]
    return Count(len(pairs), len(awards), tuple(act.entry_id for pair in pairs for act in pair))


def _first(award: Act, exits: list[Act]) -> Act | None:
    later = (gone for gone in exits if gone.entry_id > award.entry_id and gone.at - award.at <= WITHIN)
    return next((gone for gone in later if -gone.points > award.balance - award.points), None)


PATTERN = Pattern(
    CODE,
    Both("Cộng xong dùng ngay", "Awarded and gone"),
    Both(
        "{count} lần điểm {staff} vừa cộng được đổi hoặc trừ đi trong vòng 10 phút, "
        "{percent}% số lần cộng (đồng nghiệp {theirs}%): {times}",
        "{count} times points {staff} had just awarded were exchanged or taken off within 10 minutes, {percent}% of "
        "their awards (colleagues {theirs}%): {times}",
    ),
    find,
    count,
)
