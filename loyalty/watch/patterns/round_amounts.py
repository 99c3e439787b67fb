"""Bills of whole hundred thousands: invented amounts are rounder than prices."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from loyalty.watch import clues, rates
from loyalty.watch.clues import Clue, Count, Pattern
from loyalty.watch.days import Day
from loyalty.words import Both

CODE = "round_amounts"
ROUND = 100_000  # ₫
LEAST, TIMES = 6, 2.0


def find(session: Session, day: Day) -> Iterator[Clue]:
    """Against colleagues, who sell at the same prices."""
    return rates.unusual(day, CODE, count, least=LEAST, times=TIMES)


def count(day: Day, staff_id: int) -> Count:
    bills = day.bills(staff_id)
    return clues.of([act for act in bills if act.total % ROUND == 0], len(bills))


PATTERN = Pattern(
    CODE,
    Both("Nhiều số tiền tròn", "Many round amounts"),
    Both(
        "{count} trên {of} đơn của {staff} là số tròn trăm nghìn, {percent}% (đồng nghiệp {theirs}%): {times}",
        "{count} of {staff}'s {of} bills are whole hundred thousands, {percent}% (colleagues {theirs}%): {times}",
    ),
    find,
    count,
)
