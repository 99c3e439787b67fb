"""One shop day at the counter: every movement of points, whoever made it, beside what the four weeks before were."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind
from loyalty.purchases.stats import PURCHASES
from loyalty.staff.models import StaffMember
from loyalty.watch.past import Past

CHUNK = 1_000  # rows at once from the database


@dataclass(frozen=True, slots=True)
class Act:
    """One movement. `staff_id` is None where no member of staff made it: the customer, a till, the clock."""

    entry_id: int
    kind: str  # EntryKind
    staff_id: int | None
    customer_id: int
    points: int  # signed
    balance: int  # after it
    at: datetime
    total: int  # whole ₫ of the bill, 0 without one
    is_newcomer: bool  # the award made its customer
    undoes: int | None  # the entry it takes back
    undoes_of: int | None  # whose that was


@dataclass(frozen=True)
class Day:
    """`acts` in the order they were posted."""

    on: date
    acts: Sequence[Act]
    past: Past

    @cached_property
    def awards(self) -> Mapping[int, Sequence[Act]]:
        """By member of staff, what they gave: bills, and points by hand; what was undone the same day is left out.

        Whoever gave anything is there.
        """
        undone = {act.undoes for act in self.acts}
        found: dict[int, list[Act]] = defaultdict(list)
        for act in self.acts:
            is_gift = act.kind == EntryKind.EARN or (act.kind == EntryKind.ADJUST and act.points > 0)
            if act.staff_id is not None and is_gift:
                found[act.staff_id] += [] if act.entry_id in undone else [act]
        return found

    def bills(self, staff_id: int) -> Sequence[Act]:
        """The awards of somebody that have a bill."""
        return [act for act in self.awards.get(staff_id, ()) if act.total]

    def by_customer(self, staff_id: int) -> Mapping[int, Sequence[Act]]:
        """The awards of somebody by whom they went to."""
        found: dict[int, list[Act]] = defaultdict(list)
        for act in self.awards.get(staff_id, ()):
            found[act.customer_id].append(act)
        return found


def members(session: Session) -> Mapping[str, int]:
    """Everybody who works or worked here, by the name the ledger and the audit know them under."""
    query = select(StaffMember.public_id, StaffMember.id)
    return {f"staff:{public_id}": staff_id for public_id, staff_id in session.execute(query)}


def read(session: Session, on: date, past: Past) -> Day:
    """The day from its own rows of the ledger, found by their day and taken in chunks."""
    return Day(on, sorted(_acts(session, on), key=lambda act: act.entry_id), past)


def _acts(session: Session, on: date) -> Iterator[Act]:
    staff = members(session)
    for row in session.execute(_query(on), execution_options={"yield_per": CHUNK}):
        yield Act(
            entry_id=row.id,
            kind=row.kind,
            staff_id=staff.get(row.actor),
            customer_id=row.customer_id,
            points=row.points,
            balance=row.balance_after,
            at=row.posted_at,
            total=row.total or 0,
            is_newcomer=bool(row.made_customer),
            undoes=row.reverses_id,
            undoes_of=staff.get(row.undone_actor),
        )


def _query(on: date) -> Select[Any]:
    undone, table = LEDGER.alias("undone"), LEDGER.c
    moved = (table.id, table.kind, table.actor, table.customer_id, table.points, table.balance_after, table.posted_at)
    bill = (PURCHASES.c.total, PURCHASES.c.made_customer)
    return (
        select(*moved, *bill, table.reverses_id, undone.c.actor.label("undone_actor"))
        .select_from(LEDGER)
        .outerjoin(undone, undone.c.id == table.reverses_id)
        .outerjoin(PURCHASES, PURCHASES.c.id == table.purchase_id)
        .where(table.posted_on == on)
    )
