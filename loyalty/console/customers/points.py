"""Points and bills of one customer: every movement with its explanation, every bill with its lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select

from loyalty.console import bills
from loyalty.console.customers import movements, slips
from loyalty.console.customers.here import render, section, whole_number
from loyalty.console.desk import Desk
from loyalty.console.forms import Form
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.insights.rows import Row
from loyalty.points import ledger, promises
from loyalty.points.lots import Promised
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.staff import stores
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 25
UNDONE = Both("Đã hủy, điểm được trừ lại.", "Undone, the points went back.")
RETURN_UNDONE = Both("Đã hủy, điểm được cộng lại.", "Undone, the points are there again.")


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill with its lines and the movement it made."""

    purchase: Purchase
    entry: LedgerEntry
    lines: Sequence[PurchaseLine]
    store: str
    by: str
    may_undo: bool
    may_return: bool
    promised: Promised | None  # what of its points waits
    points: int  # whole points it gave, usable or promised


@section.get("/customers/<public_id>/points", right=Right.FIND)
def points(desk: Desk, public_id: str) -> Answer:
    """The ledger, newest first, and above it, for who may, the form to give or take points."""
    return page(desk, profiles.get_public(desk.session, public_id), slips.fresh(desk))


def page(desk: Desk, customer: Customer, form: Form) -> str:
    """The page with what stands in its form."""
    before = whole_number(desk.args.get("before", ""))
    found = ledger.list_newest(desk.session, customer.id, before=before, limit=PAGE + 1)
    more = url_for(".points", public_id=customer.public_id, before=found[PAGE - 1].seq) if len(found) > PAGE else ""
    shown = movements.show_all(desk, customer.id, found[:PAGE])
    preview = slips.preview(desk, customer, form)
    return render(desk, "points.html", customer, movements=shown, more=more, form=form, preview=preview)


@section.get("/customers/<public_id>/purchases", right=Right.FIND)
def purchases(desk: Desk, public_id: str) -> Answer:
    """Bills with their lines, the last recorded first."""
    customer = profiles.get_public(desk.session, public_id)
    before = whole_number(desk.args.get("before", ""))
    found = ledger.list_purchases(desk.session, customer.id, before=before, limit=PAGE + 1)
    more = url_for(".purchases", public_id=public_id, before=found[PAGE - 1][1].seq) if len(found) > PAGE else ""
    return render(desk, "purchases.html", customer, bills=_bills(desk, found[:PAGE]), more=more)


def _bills(desk: Desk, found: Sequence[tuple[Purchase, LedgerEntry]]) -> list[Bill]:
    session = desk.session
    lines: dict[int, list[PurchaseLine]] = {purchase.id: [] for purchase, _ in found}
    query = (
        select(PurchaseLine)
        .where(PurchaseLine.purchase_id.in_(lines))
        .order_by(PurchaseLine.purchase_id, PurchaseLine.position)
    )
    for line in session.scalars(query):
        lines[line.purchase_id].append(line)
    places = {store.id: store.name for store in stores.list_all(session)}
    names = bills.names_of(desk, {purchase.staff_id for purchase, _ in found if purchase.staff_id is not None})
    waiting = promises.of_entries(session, [entry.id for _, entry in found if not entry.points])
    return [
        Bill(
            purchase,
            entry,
            lines[purchase.id],
            places[purchase.store_id],
            names.get(purchase.staff_id or 0, ""),
            bills.may_undo(desk, Row(purchase, entry)),
            bills.may_return(desk, purchase),
            promises.waiting(waiting.get(entry.id)),
            entry.points + (waiting[entry.id].points if entry.id in waiting else 0),
        )
        for purchase, entry in found
    ]
