"""The four weeks before a day, from what each of their nights kept: no night reads old bills again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.watch import chance
from loyalty.watch.chance import Usual
from loyalty.watch.models import StaffDay

DAYS = 28
EVIDENCE = 200  # awards without which no share of them says anything


@dataclass(frozen=True)
class Past:
    """The days of everybody, in no order."""

    days: Sequence[StaffDay]

    @cached_property
    def usual(self) -> Mapping[int, Usual]:
        """What the bills of each member of staff are like; who has too few of them is not there."""
        amounts: dict[int, list[list[int]]] = {}
        for day in self.days:
            amounts.setdefault(day.staff_id, []).append(day.amounts)
        found = {staff_id: chance.usual(by_day) for staff_id, by_day in amounts.items()}
        return {staff_id: usual for staff_id, usual in found.items() if usual is not None}

    def share(self, pattern: str, staff_id: int) -> float | None:
        """How often it happens to the colleagues of somebody, above 0; where there are none, to themselves.

        None without evidence.
        """
        theirs = self._counted(pattern, [day for day in self.days if day.staff_id != staff_id])
        own = self._counted(pattern, [day for day in self.days if day.staff_id == staff_id])
        hits, of = theirs if theirs[1] >= EVIDENCE else own
        return (hits + 1) / (of + 1) if of >= EVIDENCE else None

    def _counted(self, pattern: str, days: Sequence[StaffDay]) -> tuple[int, int]:
        counts = [day.counts[pattern] for day in days if pattern in day.counts]
        return sum(hits for hits, _of in counts), sum(of for _hits, of in counts)


def before(session: Session, day: date) -> Past:
    """The past of a shop day."""
    first = day - timedelta(days=DAYS)
    return Past(session.scalars(select(StaffDay).where(StaffDay.day >= first, StaffDay.day < day)).all())


def newest(session: Session) -> date | None:
    """The last day something was kept of."""
    return session.scalar(select(func.max(StaffDay.day)))


def keep(session: Session, days: Sequence[StaffDay]) -> None:
    """Keep the numbers of a day; those that are there already stay."""
    for day in days:
        values = {"day": day.day, "staff_id": day.staff_id, "amounts": day.amounts, "counts": day.counts}
        session.execute(upsert.insert(session, StaffDay).values(**values).on_conflict_do_nothing())
