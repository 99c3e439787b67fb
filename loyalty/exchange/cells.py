"""One cell, read for what its column means; what Excel did to it on the way is undone and said."""

import re
from datetime import date, timedelta

from loyalty.customers import emails, profiles
from loyalty.customers.emails import Email, NotAnEmail
from loyalty.exchange import encodings
from loyalty.exchange.packing import Cell
from loyalty.typed import days, fold, phones
from loyalty.typed.phones import PhoneUnclear

MOST_POINTS = 100_000_000
EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet's calendar
SERIALS = range(14_611, 73_051)  # 1940 to 2099
YES = frozenset(
    {"co", "x", "v", "yes", "y", "true", "1", "da tham gia", "thanh vien", "roi", "member", "ok", "✓", "✔", "☑"}
)
NO = frozenset({"khong", "no", "n", "false", "0", "chua", "chua tham gia", "-", "k", "ko"})

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?e\+?\d{1,2}", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0 ])\d{3})(?:\1\d{3})*", re.ASCII)


class Unusable(Exception):
    """A cell that says nothing one could keep. `reason` is a code of `sentences.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text(cell: Cell) -> str:
    """The cell as one line; a whole number without its decimals, an «ABC» font's letters as they look."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return fold.quote(encodings.mend(str(cell)), 4000).removeprefix("'")


def phone(cell: Cell) -> tuple[str, tuple[str, ...]]:
    """E.164, and what was put right: `zero_restored`, `renumbered`. Raises Unusable."""
    typed = re.sub(r"(?<=\d{9})\.0$", "", text(cell))
    if not typed:
        raise Unusable("phone_missing")
    if _SCIENTIFIC.fullmatch(typed):
        raise Unusable("phone_scientific")
    notices = ["renumbered"] if _is_old(typed) else []
    try:
        return phones.parse_phone(typed), tuple(notices)
    except PhoneUnclear as unclear:
        return _completed(unclear), ("zero_restored", *notices)


def name(cell: Cell) -> str | None:
    return profiles.clean_name(text(cell))


def email(cell: Cell) -> Email | None:
    """Raises Unusable."""
    typed = text(cell).removeprefix("mailto:")
    try:
        return emails.parse(typed) if typed and typed not in ("-", "–") else None
    except NotAnEmail:
        raise Unusable("email_unclear") from None


def points(cell: Cell) -> int:
    """Whole points, none for an empty cell: `1250`, `1.250`, `1,250`, `1250 điểm`. Raises Unusable."""
    if isinstance(cell, bool | date):
        raise Unusable("points_unclear")
    if isinstance(cell, int | float):
        return _within(cell)
    typed = re.sub(r"\s*(điểm|diem|points?|đ|pts?)$", "", text(cell), flags=re.IGNORECASE)
    if typed in ("", "-", "–"):
        return 0
    if _GROUPED.fullmatch(typed):
        return _within(int(re.sub(r"\D", "", typed)))
    try:
        return _within(float(typed.replace(",", ".")) if len(typed) < 20 else -1)
    except ValueError:
        raise Unusable("points_unclear") from None


def day(cell: Cell, reason: str) -> date | None:
    """A calendar day; None for an empty cell. Text is read day first. Raises Unusable, for `reason`."""
    if isinstance(cell, date):
        return cell
    typed = text(cell)
    if typed in ("", "-", "–"):
        return None
    if typed.isascii() and typed.isdigit() and int(typed) in SERIALS:
        return EPOCH + timedelta(days=int(typed))
    if isinstance(cell, float) and SERIALS[0] <= cell <= SERIALS[-1]:  # a time of day behind the decimal point
        return EPOCH + timedelta(days=int(cell))
    if (found := days.find_day(typed, may_be_short=True)) is not None:
        return found
    raise Unusable(reason)


def flag(cell: Cell) -> bool:
    """Raises Unusable."""
    if isinstance(cell, bool):
        return cell
    typed = text(cell).strip().casefold()
    plain = fold.fold(typed)
    if plain in NO or not typed:
        return False
    if plain in YES or typed in YES:
        return True
    raise Unusable("member_unclear")


def _completed(unclear: PhoneUnclear) -> str:
    """The number with the zero a spreadsheet dropped. Raises Unusable for every other fault."""
    if unclear.facts["reason"] == "missing_zero" and "suggestion" in unclear.facts:
        return phones.parse_phone(unclear.facts["suggestion"])
    raise Unusable(f"phone_{unclear.facts['reason']}")


def _is_old(typed: str) -> bool:
    """Whether a phone that is right today was written with the eleven digits of before 2018."""
    digits = re.sub(r"^(00)?84(?=\d{9})|^0", "", re.sub(r"\D", "", typed)).removeprefix("0")
    return len(digits) == 10 and digits.startswith("1")


def _within(number: float) -> int:
    if number < 0:
        raise Unusable("points_negative")
    if number != number or number > MOST_POINTS:
        raise Unusable("points_too_many")
    if number != int(number):
        raise Unusable("points_fraction")
    return int(number)
