"""Goods of a bill that come back: what is asked for checked against what is left, written once, undone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.db import new_public_id
from loyalty.errors import Conflict, RuleViolation
from loyalty.purchases import bills, recording
from loyalty.purchases.models import Purchase, PurchaseLine, PurchaseReturn, PurchaseReturnLine
from loyalty.typed import fold

LONGEST_REASON = 300
STANDING = PurchaseReturn.state == "standing"


class BadReturn(RuleViolation):
    """A return that cannot be: `field` names what is wrong with it."""

    code = "bad_return"


class AmountNeeded(RuleViolation):
    """The lines have no prices to tell what they were worth: say how many ₫ were given back."""

    code = "amount_needed"


class OverReturn(RuleViolation):
    """More than is left of the bill: of `total` ₫, `returned` are back already, `left` can still be.

    Where it is about one line, `line` is its place on the bill and the numbers are pieces.
    """

    code = "over_return"

    def __init__(self, asked: int, total: int, returned: int, *, line: int | None = None) -> None:
        left = total - returned
        what = "₫" if line is None else f"pieces of line {line}"
        where = {} if line is None else {"line": line}
        problem = f"{asked} {what} asked to return, {left} of {total} left"
        super().__init__(problem, asked=asked, total=total, returned=returned, left=left, **where)


class PurchaseUndone(Conflict):
    """The purchase was undone: there is nothing to return."""

    code = "purchase_undone"


@dataclass(frozen=True, slots=True)
class Goods:
    """What comes back of a bill. Neither `amount` nor `lines` is whatever is left of it.

    `amount`: whole ₫; of lines alone it is what they were worth. `lines`: pieces by the place of the line (1, 2, 3 …).
    `reference`: the number of the return slip, unique on its bill. `store_id`: where, if not at the bill's own store.
    """

    amount: int | None = None
    lines: Mapping[int, int] = field(default_factory=dict)
    reference: str | None = None
    reason: str | None = None
    store_id: int | None = None

    @property
    def is_whole(self) -> bool:
        """Everything that is left."""
        return self.amount is None and not self.lines


@dataclass(frozen=True, slots=True)
class Worth:
    """Goods checked against their bill: whole ₫, and pieces by the id of the line."""

    amount: int
    pieces: Mapping[int, int]


def check(goods: Goods) -> Goods:
    """The goods with their texts normalised. Raises BadReturn, BadBill."""
    if goods.amount is not None and not 1 <= goods.amount <= bills.MOST:
        raise BadReturn(field="amount", least=1, most=bills.MOST)
    if any(quantity < 1 for quantity in goods.lines.values()):
        raise BadReturn(field="lines", least=1)
    reference = None if goods.reference is None else bills.normalise(goods.reference)
    return replace(goods, reference=reference, reason=_reason(goods.reason))


def worth(session: Session, purchase: Purchase, goods: Goods) -> Worth:
    """What checked goods come to. Raises PurchaseUndone, OverReturn, BadReturn (no such line), AmountNeeded."""
    if purchase.state == "undone":
        raise PurchaseUndone(purchase=purchase.public_id)
    lines = recording.lines_of(session, purchase)
    if goods.is_whole:
        found = Worth(purchase.left, {line.id: line.left for line in lines if line.left})
    else:
        pieces = _pieces(lines, goods.lines)
        amount = value_of(purchase.total, lines, pieces) if goods.amount is None else goods.amount
        found = Worth(amount, pieces)
    if purchase.left and not found.amount:
        raise AmountNeeded
    if not 0 < found.amount <= purchase.left:
        raise OverReturn(found.amount or purchase.total, purchase.total, purchase.returned)
    return found


def value_of(total: int, lines: Sequence[PurchaseLine], pieces: Mapping[int, int]) -> int:
    """Whole ₫ of a bill's `total` that pieces of its lines (by id) were worth, a discount of the whole bill shared.

    Each return is the difference between two sums, so that many small ones come to what one large one does, and all of
    them to the total. Raises AmountNeeded where the lines have no prices.
    """
    whole = sum(_price(line) for line in lines)
    if whole <= 0:
        raise AmountNeeded
    before = sum((_part(line, line.returned_quantity) for line in lines), Fraction(0))
    after = before + sum((_part(line, pieces.get(line.id, 0)) for line in lines), Fraction(0))
    return int(total * after // whole) - int(total * before // whole)


def take_off(session: Session, purchase: Purchase, found: Worth) -> None:
    """The goods are on the bill no more; one that is left with nothing is no order."""
    _take(session, purchase, found, 1)


def write(session: Session, purchase: Purchase, goods: Goods, found: Worth, **values: Any) -> PurchaseReturn:
    """Write down what was taken off the bill; `values` are the columns its goods do not say."""
    made = PurchaseReturn(
        public_id=new_public_id(),
        purchase_id=purchase.id,
        store_id=goods.store_id or purchase.store_id,
        reference=goods.reference,
        amount=found.amount,
        state="standing",
        **values,
    )
    session.add(made)
    session.flush()
    rows = [PurchaseReturnLine(return_id=made.id, line_id=line, quantity=count) for line, count in found.pieces.items()]
    session.add_all(rows)
    session.flush()
    return made


def undo(session: Session, purchase: Purchase, done: PurchaseReturn) -> None:
    """The goods are on the bill again; the number of the slip may be used anew."""
    _take(session, purchase, Worth(done.amount, pieces_of(session, done)), -1)
    done.state = "undone"
    session.flush()


def pieces_of(session: Session, done: PurchaseReturn) -> Mapping[int, int]:
    """Pieces that came back, by the id of their line."""
    rows = session.scalars(select(PurchaseReturnLine).filter_by(return_id=done.id))
    return {row.line_id: row.quantity for row in rows}


def places_of(session: Session, purchase: Purchase, done: PurchaseReturn) -> Mapping[int, int]:
    """The same by the place of the line on its bill."""
    if not (pieces := pieces_of(session, done)):
        return {}
    lines = recording.lines_of(session, purchase)
    return {line.position: pieces[line.id] for line in lines if line.id in pieces}


def pick(lines: Iterable[PurchaseLine], sku: str, quantity: int) -> Mapping[int, int]:
    """So many pieces of a product, by the place of the lines that have any left, in their order.

    Raises BadReturn (no such product), OverReturn.
    """
    named = [line for line in lines if line.sku == sku]
    if not named:
        raise BadReturn(f"no line of {sku}", field="lines", sku=sku)
    found, missing = {}, quantity
    for line in named:
        found[line.position] = min(line.left, missing)
        missing -= found[line.position]
    if missing:
        whole, back = sum(line.quantity for line in named), sum(line.returned_quantity for line in named)
        raise OverReturn(quantity, whole, back, line=named[0].position)
    return {place: count for place, count in found.items() if count}


def is_same(session: Session, purchase: Purchase, done: PurchaseReturn, goods: Goods) -> bool:
    """Whether a return was of these goods, as far as they say what they are."""
    if goods.amount is not None and goods.amount != done.amount:
        return False
    return not goods.lines or dict(goods.lines) == dict(places_of(session, purchase, done))


def find_by_key(session: Session, key: str) -> PurchaseReturn | None:
    """The return that key recorded, as it is now."""
    return _find(session, PurchaseReturn.key == key)


def find_by_reference(session: Session, purchase: Purchase, reference: str | None) -> PurchaseReturn | None:
    """The standing return of a bill with that slip."""
    if reference is None:
        return None
    return _find(session, PurchaseReturn.purchase_id == purchase.id, PurchaseReturn.reference == reference, STANDING)


def of_entry(session: Session, entry_id: int | None) -> PurchaseReturn | None:
    """The return that made a movement."""
    return None if entry_id is None else _find(session, PurchaseReturn.entry_id == entry_id)


def list_all(session: Session, purchase_id: int) -> Sequence[PurchaseReturn]:
    """The returns of a bill in their order, the undone ones among them."""
    query = select(PurchaseReturn).where(PurchaseReturn.purchase_id == purchase_id).order_by(PurchaseReturn.id)
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def list_standing(session: Session, purchase_id: int) -> Sequence[PurchaseReturn]:
    """The returns of a bill that were not undone, in their order."""
    return [done for done in list_all(session, purchase_id) if done.state == "standing"]


def points_taken(session: Session, purchase_id: int) -> int:
    """Whole points the standing returns of a bill took out of its lot."""
    taken = func.coalesce(func.sum(PurchaseReturn.points), 0)
    return int(session.scalar(select(taken).where(PurchaseReturn.purchase_id == purchase_id, STANDING)) or 0)


def _take(session: Session, purchase: Purchase, found: Worth, direction: int) -> None:
    """Off the bill (1) or back on it (-1): the database refuses more than there was."""
    for line in recording.lines_of(session, purchase):
        line.returned_quantity += direction * found.pieces.get(line.id, 0)
    purchase.returned += direction * found.amount
    purchase.state = "recorded" if purchase.left else "returned"
    session.flush()


def _pieces(lines: Iterable[PurchaseLine], asked: Mapping[int, int]) -> Mapping[int, int]:
    """Pieces by line id, of pieces by place. Raises BadReturn, OverReturn."""
    by_place = {line.position: line for line in lines}
    if unknown := sorted(asked.keys() - by_place.keys()):
        raise BadReturn(f"no line {unknown[0]}", field="lines", line=unknown[0])
    for place, count in asked.items():
        line = by_place[place]
        if count > line.left:
            raise OverReturn(count, line.quantity, line.returned_quantity, line=place)
    return {by_place[place].id: count for place, count in asked.items()}


def _price(line: PurchaseLine) -> int:
    """Whole ₫ of a line after its own discount."""
    return max(0, line.quantity * line.unit_price - line.discount)


def _part(line: PurchaseLine, pieces: int) -> Fraction:
    return Fraction(_price(line) * pieces, line.quantity)


def _reason(reason: str | None) -> str | None:
    words = fold.plain(reason).strip() if reason else ""
    if len(words) > LONGEST_REASON:
        raise BadReturn(field="reason", longest=LONGEST_REASON)
    return words or None


def _find(session: Session, *conditions: Any) -> PurchaseReturn | None:
    query = select(PurchaseReturn).where(*conditions)
    return session.scalar(query, execution_options={"populate_existing": True})
