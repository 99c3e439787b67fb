"""Movements of points with everything that explains them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from loyalty.console import bills
from loyalty.console.desk import Desk
from loyalty.insights.rows import Row
from loyalty.points import origins
from loyalty.points.counter import reasons
from loyalty.points.models import EntryKind, LedgerEntry, Lot
from loyalty.points.origins import Origin
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases.models import Purchase
from loyalty.staff import stores
from loyalty.words import Both

NAMED = 5  # bills behind one movement
BROUGHT = Both("Mang theo từ sổ cũ", "Brought along from the old books")
PAID = Both("Trả hóa đơn bằng điểm", "A bill paid with points")
WHAT: Mapping[EntryKind, Both] = {
    EntryKind.ADJUST: Both("Điều chỉnh bằng tay", "Adjusted by hand"),
    EntryKind.BONUS: Both("Tặng nhân một dịp", "Given on an occasion"),
    EntryKind.BURN: Both("Đổi điểm", "Points exchanged"),
    EntryKind.EXPIRE: Both("Hết hạn", "Expired"),
    EntryKind.RELEASE: Both("Điểm chờ nay dùng được", "Waiting points may be used now"),
}
WAYS: Mapping[EntryKind, Both] = {  # before the bills the points came from
    EntryKind.ADJUST: Both("lấy từ", "taken from"),
    EntryKind.BURN: Both("lấy từ", "taken from"),
    EntryKind.EXPIRE: Both("điểm của", "points of"),
    EntryKind.RELEASE: Both("điểm của", "points of"),
    EntryKind.REVERSE: Both("trả về", "given back to"),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement and everything that explains it. `undone_by` is the number of the movement that took it back."""

    entry: LedgerEntry
    purchase: Purchase | None
    what: str  # "" where a bill or another movement says it
    said: str  # why, in the words of who did it
    way: str  # before `origins`
    origins: Sequence[Origin]  # a handful of them
    more: int  # how many there are besides
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
class Known:
    """What a page of movements is shown with, each by its id."""

    purchases: Mapping[int, Purchase]
    lots: Mapping[int, Lot]
    undone: Mapping[int, int]
    rules: Mapping[int, Programme]
    stores: Mapping[int, str]
    names: Mapping[int, str]  # who made a movement
    origins: Mapping[int, Sequence[Origin]]
    reasons: Mapping[int, str]


def show_all(desk: Desk, customer_id: int, entries: Sequence[LedgerEntry]) -> list[Movement]:
    """Movements of a customer in their order, with as many queries as for one."""
    known = _know(desk, customer_id, entries)
    return [_show(desk, entry, known) for entry in entries]


def may_undo(desk: Desk, entry: LedgerEntry, purchase: Purchase | None) -> bool:
    """Whether the button is worth showing; whether it is done, `reversal.undo` decides."""
    if purchase is not None and entry.reverses_id is None:
        return bills.may_undo(desk, Row(purchase, entry))
    return bills.may_undo_adjustment(desk, entry)


def _know(desk: Desk, customer_id: int, entries: Sequence[LedgerEntry]) -> Known:
    session, ids = desk.session, [entry.id for entry in entries]
    backs = select(LedgerEntry.reverses_id, LedgerEntry.id).where(LedgerEntry.reverses_id.in_(ids))
    return Known(
        purchases=_by_id(desk, Purchase, {entry.purchase_id for entry in entries if entry.purchase_id is not None}),
        lots={lot.entry_id: lot for lot in session.scalars(select(Lot).where(Lot.entry_id.in_(ids)))},
        undone={row.reverses_id: row.id for row in session.execute(backs) if row.reverses_id is not None},
        rules=_rules(desk, {entry.programme for entry in entries if entry.programme is not None}),
        stores={store.id: store.name for store in stores.list_all(session)},
        names={shown.entry.id: shown.by for shown in bills.show_movements(desk, entries)},
        origins=origins.of(session, entries),
        reasons=reasons.of(session, customer_id, entries),
    )


def _show(desk: Desk, entry: LedgerEntry, known: Known) -> Movement:
    its, purchase = known.rules.get(entry.programme or 0), known.purchases.get(entry.purchase_id or 0)
    is_multiplied = its is not None and entry.tier is not None and its.tier(entry.tier).multiplier != 1
    lot, undone_by, kind = known.lots.get(entry.id), known.undone.get(entry.id), EntryKind(entry.kind)
    came = () if kind == EntryKind.REVERSE and entry.points <= 0 else known.origins.get(entry.id, ())
    return Movement(
        entry=entry,
        purchase=purchase,
        what=_what(desk, entry),
        said=known.reasons.get(entry.id, ""),
        way=WAYS[kind].in_(desk.locale) if came else "",
        origins=came[:NAMED],
        more=max(0, len(came) - NAMED),
        store=known.stores.get(purchase.store_id, "") if purchase else "",
        by=known.names[entry.id],
        tier=its.tier_name(entry.tier, desk.locale) if its and entry.tier else "",
        multiplier=_multiplier(desk, its, entry.tier) if its and entry.tier and is_multiplied else "",
        per_amount=its.earning.per_amount(purchase.total) if its and purchase else 0,
        carry_before=entry.carry - entry.carry_change,
        left=lot.remaining if lot else 0,
        expires_on=lot.expires_on if lot and lot.expires_on != date.max else None,
        undone_by=undone_by,
        may_undo=undone_by is None and may_undo(desk, entry, purchase),
    )


def _what(desk: Desk, entry: LedgerEntry) -> str:
    if entry.kind == EntryKind.BURN and entry.purchase_id is not None:
        return PAID.in_(desk.locale)
    words = BROUGHT if entry.kind == EntryKind.ADJUST and entry.programme is None else WHAT.get(EntryKind(entry.kind))
    return words.in_(desk.locale) if words is not None else ""


def _multiplier(desk: Desk, rules: Programme, tier: str) -> str:
    """`1,25` in Vietnamese, `1.25` in English."""
    shown = f"{float(rules.tier(tier).multiplier):g}"
    return shown if desk.locale == "en" else shown.replace(".", ",")


def _rules(desk: Desk, numbers: set[int]) -> dict[int, Programme]:
    rows = desk.session.scalars(select(ProgrammeVersion).where(ProgrammeVersion.version.in_(numbers)))
    return {row.version: versions.parse(row.version, row.document) for row in rows}


def _by_id(desk: Desk, model: Any, ids: set[int]) -> dict[int, Any]:
    return {row.id: row for row in desk.session.scalars(select(model).where(model.id.in_(ids)))}
