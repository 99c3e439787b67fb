"""Bills in a list: what a row of any list of them shows, and whether whoever looks may take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from loyalty.console import persons
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.customers.models import Customer
from loyalty.insights.rows import Row
from loyalty.points import promises
from loyalty.points.lots import Promised
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.returns.reversal import OWN_WITHIN
from loyalty.purchases.models import Purchase
from loyalty.staff import accounts, stores
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right


@dataclass(frozen=True, slots=True)
class Shown:
    """One bill. `staff` is empty where no person recorded it."""

    purchase: Purchase
    entry: LedgerEntry
    person: Person
    staff: str
    store: str
    may_undo: bool
    may_return: bool
    promised: Promised | None = None  # what of its points waits
    given_later: int = 0  # whole points promised at first, whatever became of them since

    @property
    def points(self) -> int:
        """Whole points it gave, usable or promised."""
        return self.entry.points + self.given_later

    @property
    def is_undone(self) -> bool:
        return self.purchase.state == "undone"

    @property
    def is_returned(self) -> bool:
        """All of it came back."""
        return self.purchase.state == "returned"


def show_all(desk: Desk, rows: Sequence[Row]) -> list[Shown]:
    """Bills in their order, with as many queries as for one."""
    people = _people(desk, {row.purchase.customer_id for row in rows})
    staff = names_of(desk, {row.purchase.staff_id for row in rows if row.purchase.staff_id is not None})
    places = {store.id: store.name for store in stores.list_all(desk.session)}
    lots = promises.of_entries(desk.session, [row.entry.id for row in rows if not row.entry.points])
    return [
        Shown(
            row.purchase,
            row.entry,
            people[row.purchase.customer_id],
            staff.get(row.purchase.staff_id or 0, ""),
            places[row.purchase.store_id],
            may_undo(desk, row),
            may_return(desk, row.purchase),
            promises.waiting(lots.get(row.entry.id)),
            lots[row.entry.id].points if row.entry.id in lots else 0,
        )
        for row in rows
    ]


def names_of(desk: Desk, ids: set[int]) -> Mapping[int, str]:
    """What these people of the shop are called, also those who left."""
    members = desk.session.scalars(select(StaffMember).where(StaffMember.id.in_(ids)))
    return {member.id: accounts.name_of(desk.session, member) for member in members}


def may_undo(desk: Desk, row: Row) -> bool:
    """Whether the button is worth showing; whether it is done, `reversal.undo` decides."""
    is_return = row.entry.kind == EntryKind.RETURN
    if not is_return and (row.purchase.state != "recorded" or row.purchase.returned):
        return False
    is_theirs = row.purchase.staff_id == desk.member.id and not is_return
    is_mine = is_theirs or row.entry.actor == desk.author.actor
    is_own = is_mine and desk.now - row.entry.posted_at <= OWN_WITHIN
    return desk.may(Right.UNDO_ANY) or (is_own and desk.may(Right.UNDO_OWN))


def may_return(desk: Desk, purchase: Purchase) -> bool:
    """Whether goods of it can still come back, and whoever looks may take them."""
    return purchase.state == "recorded" and desk.may(Right.RETURN)


def _people(desk: Desk, ids: set[int]) -> Mapping[int, Person]:
    customers = desk.session.scalars(select(Customer).where(Customer.id.in_(ids))).all()
    shown = persons.show_all(desk.session, customers)
    return {customer.id: person for customer, person in zip(customers, shown, strict=True)}


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of points. `by` is empty where no person made it."""

    entry: LedgerEntry
    person: Person
    by: str


def show_movements(desk: Desk, entries: Sequence[LedgerEntry]) -> list[Movement]:
    """Movements in their order, with as many queries as for one."""
    people = _people(desk, {entry.customer_id for entry in entries})
    actors = {entry.actor.removeprefix("staff:") for entry in entries if entry.actor.startswith("staff:")}
    members = desk.session.scalars(select(StaffMember).where(StaffMember.public_id.in_(actors)))
    names = {f"staff:{member.public_id}": accounts.name_of(desk.session, member) for member in members}
    return [Movement(entry, people[entry.customer_id], names.get(entry.actor, "")) for entry in entries]


def may_undo_adjustment(desk: Desk, entry: LedgerEntry) -> bool:
    """As for bills: its maker for a day, or who may undo any; False for what is no adjustment and no gift."""
    is_own = entry.actor == desk.author.actor and desk.now - entry.posted_at <= OWN_WITHIN
    return entry.kind in (EntryKind.ADJUST, EntryKind.BONUS) and (
        desk.may(Right.UNDO_ANY) or (is_own and desk.may(Right.UNDO_OWN))
    )
