"""Points and bills of one customer: every movement with its explanation, every bill with its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select

from loyalty.console import bills
from loyalty.console.customers.here import render, section, whole_number
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.insights.rows import Row
from loyalty.points import ledger
from loyalty.points.models import LedgerEntry, Lot
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.staff import stores
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 25
UNDONE = Both("Đã hủy, điểm được trừ lại.", "Undone, the points went back.")
RETURN_UNDONE = Both("Đã hủy, điểm được cộng lại.", "Undone, the points are there again.")


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement and everything that explains it. `undone_by` is the number of the movement that took it back."""

    entry: LedgerEntry
    purchase: Purchase | None
    store: str
    by: str
    tier: str
    multiplier: str  # "" where points were not multiplied
    per_amount: int  # ₫ for one point, by the rules of that day; 0 where none applied
    carry_before: int
    left: int  # points of it still there
    expires_on: date | None
    undone_by: int | None
    may_undo: bool


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


@section.get("/customers/<public_id>/points", right=Right.FIND)
def points(desk: Desk, public_id: str) -> Answer:
    """The ledger, newest first."""
    customer = profiles.get_public(desk.session, public_id)
    before = whole_number(desk.args.get("before", ""))
    found = ledger.list_newest(desk.session, customer.id, before=before, limit=PAGE + 1)
    more = url_for(".points", public_id=public_id, before=found[PAGE - 1].seq) if len(found) > PAGE else ""
    return render(desk, "points.html", customer, movements=_movements(desk, found[:PAGE]), more=more)


@section.get("/customers/<public_id>/purchases", right=Right.FIND)
def purchases(desk: Desk, public_id: str) -> Answer:
    """Bills with their lines, the last recorded first."""
    customer = profiles.get_public(desk.session, public_id)
    before = whole_number(desk.args.get("before", ""))
    found = ledger.list_purchases(desk.session, customer.id, before=before, limit=PAGE + 1)
    more = url_for(".purchases", public_id=public_id, before=found[PAGE - 1][1].seq) if len(found) > PAGE else ""
    return render(desk, "purchases.html", customer, bills=_bills(desk, found[:PAGE]), more=more)


def _movements(desk: Desk, entries: Sequence[LedgerEntry]) -> list[Movement]:
    """Movements in their order, with as many queries as for one."""
    session = desk.session
    ids = [entry.id for entry in entries]
    bought = _by_id(desk, Purchase, {entry.purchase_id for entry in entries if entry.purchase_id is not None})
    lots = {lot.entry_id: lot for lot in session.scalars(select(Lot).where(Lot.entry_id.in_(ids)))}
    backs = select(LedgerEntry.reverses_id, LedgerEntry.id).where(LedgerEntry.reverses_id.in_(ids))
    undone: dict[int | None, int] = {row.reverses_id: row.id for row in session.execute(backs)}
    rules = _rules(desk, {entry.programme for entry in entries if entry.programme is not None})
    places = {store.id: store.name for store in stores.list_all(session)}
    names = {shown.entry.id: shown.by for shown in bills.show_movements(desk, entries)}
    return [
        _movement(
            desk,
            entry,
            bought.get(entry.purchase_id or 0),
            lots.get(entry.id),
            undone.get(entry.id),
            rules,
            places,
            names,
        )
        for entry in entries
    ]


def _movement(
    desk: Desk,
    entry: LedgerEntry,
    purchase: Purchase | None,
    lot: Lot | None,
    undone_by: int | None,
    rules: Mapping[int, Programme],
    places: Mapping[int, str],
    names: Mapping[int, str],
) -> Movement:
    its = rules.get(entry.programme or 0)
    is_multiplied = its is not None and entry.tier is not None and its.tier(entry.tier).multiplier != 1
    may_undo = purchase is not None and entry.reverses_id is None and bills.may_undo(desk, Row(purchase, entry))
    return Movement(
        entry=entry,
        purchase=purchase,
        store=places.get(purchase.store_id, "") if purchase else "",
        by=names[entry.id],
        tier=its.tier_name(entry.tier, desk.locale) if its and entry.tier else "",
        multiplier=_multiplier(desk, its, entry.tier) if its and entry.tier and is_multiplied else "",
        per_amount=its.earning.per_amount(purchase.total) if its and purchase else 0,
        carry_before=entry.carry - entry.carry_change,
        left=lot.remaining if lot else 0,
        expires_on=lot.expires_on if lot and lot.expires_on != date.max else None,
        undone_by=undone_by,
        may_undo=may_undo and undone_by is None,
    )


def _multiplier(desk: Desk, rules: Programme, tier: str) -> str:
    """`1,25` in Vietnamese, `1.25` in English."""
    shown = f"{float(rules.tier(tier).multiplier):g}"
    return shown if desk.locale == "en" else shown.replace(".", ",")


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
    return [
        Bill(
            purchase,
            entry,
            lines[purchase.id],
            places[purchase.store_id],
            names.get(purchase.staff_id or 0, ""),
            bills.may_undo(desk, Row(purchase, entry)),
            bills.may_return(desk, purchase),
        )
        for purchase, entry in found
    ]


def _rules(desk: Desk, numbers: set[int]) -> dict[int, Programme]:
    rows = desk.session.scalars(select(ProgrammeVersion).where(ProgrammeVersion.version.in_(numbers)))
    return {row.version: versions.parse(row.version, row.document) for row in rows}


def _by_id(desk: Desk, model: Any, ids: set[int]) -> dict[int, Any]:
    return {row.id: row for row in desk.session.scalars(select(model).where(model.id.in_(ids)))}
