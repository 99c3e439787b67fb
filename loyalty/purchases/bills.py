"""What a till, a shop's tool or a member of staff says was bought, before anything is written."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from loyalty.errors import RuleViolation
from loyalty.typed import fold

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)  # how far a till's clock may run before ours
MOST = 10**12  # ₫ or pieces: a slip of the keyboard, and far below what a column holds
LONGEST_SOURCE = 32
LONGEST_REFERENCE = 64
LONGEST_TEXT = 200
BETWEEN = "|"  # parts the fields of a receipt key; only the last one may hold it


class BadBill(RuleViolation):
    """A bill that cannot be: `field` names what is wrong with it."""

    code = "bad_bill"


class PurchaseInFuture(RuleViolation):
    """`purchased_at` is more than five minutes ahead."""

    code = "purchase_in_future"


class PurchaseTooEarly(RuleViolation):
    """`purchased_at` lies before the year 2000."""

    code = "purchase_too_early"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. Money in whole ₫."""

    name: str
    quantity: int = 1
    unit_price: int = 0
    discount: int = 0  # ₫ off the line
    sku: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill: whole ₫ paid in `total`, ₫ taken off before that in `discount`.

    `source` names who numbers the receipts (the counter, a till, a web shop), `reference` is the receipt's number.
    Without `purchased_at` it was bought at the moment it is recorded.
    """

    total: int
    store_id: int
    source: str = "counter"
    reference: str | None = None
    staff_id: int | None = None
    discount: int = 0
    lines: tuple[Line, ...] = ()
    purchased_at: datetime | None = None
    pay_points: int | Literal["max"] | None = None  # whole points that pay of it; as many as may

    @property
    def eligible(self) -> int:
        """Whole ₫ that earn: nothing is excluded or paid with points yet."""
        return self.total


def check(bill: Bill, *, now: datetime) -> Bill:
    """The bill with its texts normalised. Raises BadBill, PurchaseInFuture, PurchaseTooEarly."""
    _check_amount("total", bill.total, least=1)
    _check_amount("discount", bill.discount)
    if isinstance(bill.pay_points, int):
        _check_amount("pay_points", bill.pay_points, least=1)
    if bill.purchased_at is not None:
        _check_instant(bill.purchased_at, now)
    lines = tuple(_line(line) for line in bill.lines)
    _check_sum(bill)
    return replace(
        bill,
        source=_source(bill.source),
        reference=None if bill.reference is None else normalise(bill.reference),
        lines=lines,
    )


def normalise(reference: str) -> str:
    """A receipt's number in the one form it is compared in: NFKC, upper case, single spaces. Raises BadBill."""
    return _name("reference", unicodedata.normalize("NFKC", _plain(reference).upper()), LONGEST_REFERENCE)


def receipt_key(source: str, store_id: int, reference: str, restart: str, day: date) -> str:
    """What makes a receipt unique, from a checked bill: source, store, the period its number is unique in, the number.

    `restart` says when numbers begin again: never, yearly or daily, by the shop day of the purchase.
    """
    period = {"never": "", "yearly": f"{day.year:04}", "daily": day.isoformat()}[restart]
    return BETWEEN.join((source.casefold(), str(store_id), period, reference))


def _source(source: str) -> str:
    if BETWEEN in (found := _name("source", _plain(source), LONGEST_SOURCE)):
        raise BadBill(field="source")
    return found


def _line(line: Line) -> Line:
    _check_amount("quantity", line.quantity, least=1)
    _check_amount("unit_price", line.unit_price)
    _check_amount("discount", line.discount)
    return replace(
        line,
        name=_words("name", line.name),
        sku=_optional("sku", line.sku),
        category=_optional("category", line.category),
    )


def _check_sum(bill: Bill) -> None:
    """Lines with prices come to the total; whether the bill's discount holds that of its lines, tills differ about."""
    if not any(line.unit_price for line in bill.lines):
        return
    before = sum(line.quantity * line.unit_price for line in bill.lines)
    off = sum(line.discount for line in bill.lines)
    right = before - off - bill.discount
    if bill.total != right and not (off <= bill.discount and bill.total == before - bill.discount):
        problem = f"The lines come to {before}, less {off + bill.discount} of discounts {right}, not {bill.total}."
        raise BadBill(problem, field="total", problem=problem, lines_total=right)


def _check_amount(field: str, amount: int, least: int = 0) -> None:
    if not least <= amount <= MOST:
        raise BadBill(field=field, least=least, most=MOST)


def _check_instant(purchased_at: datetime, now: datetime) -> None:
    if purchased_at > now + AHEAD:
        raise PurchaseInFuture("lies in the future", field="purchased_at", purchased_at=purchased_at)
    if purchased_at < EARLIEST:
        raise PurchaseTooEarly(
            f"lies before {EARLIEST:%Y}", field="purchased_at", purchased_at=purchased_at, earliest=EARLIEST
        )


def _plain(text: str) -> str:
    """Nearly every number is plain already, and looking at each letter costs as much as a row."""
    return text if text.isascii() and text.isalnum() else fold.plain(text)


def _name(field: str, text: str, longest: int) -> str:
    """What is compared later must be all there: no cut, nothing unreadable that two numbers could share."""
    if not 0 < len(text) <= longest or fold.UNREADABLE in text or not text.isprintable():
        raise BadBill(field=field, longest=longest)
    return text


def _words(field: str, text: str) -> str:
    """What is only shown may be cut."""
    if not (found := fold.quote(text, LONGEST_TEXT)):
        raise BadBill(field=field)
    return found


def _optional(field: str, text: str | None) -> str | None:
    return None if text is None else _words(field, text)
