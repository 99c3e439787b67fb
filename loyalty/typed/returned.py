"""What staff type after `/trahang`: which bill, how much of it, and why."""

import re
from dataclasses import dataclass
from typing import Any

from loyalty.errors import Unreadable
from loyalty.typed import award, fold, money, phones
from loyalty.typed.award import Person
from loyalty.typed.money import MoneyUnclear

EXAMPLE = "HD123 100k"
WHOLE = ("het", "tat ca", "toan bo", "ca don", "all", "everything", "whole")  # as folded
NUMBER = ("so", "no", "number")  # as folded: before the number of a movement
WIDEST = 8  # words of one phone or amount


class ReturnUnclear(Unreadable):
    """No bill and at most one amount: `reason`: missing_bill, no_bill, two_amounts, leftover (`leftover` is that text).

    `bill`, `amount` are what was understood; with no_bill, `bill` is what stands where one should.
    """

    code = "return_unclear"

    def __init__(self, typed: str, reason: str, **understood: Any) -> None:
        super().__init__(typed=fold.quote(typed, 120), example=EXAMPLE, reason=reason, **understood)


@dataclass(frozen=True)
class ReturnLine:
    """Goods of a bill named by its receipt, the number of its movement (which may be a receipt too) or its customer.

    `amount` is whole ₫, None for whatever is left of the bill; `why` is in words of whoever typed it.
    """

    receipt: str | None = None
    number: int | None = None
    person: Person | None = None
    amount: int | None = None
    why: str | None = None

    @property
    def bill(self) -> str:
        """The bill as it was named."""
        if self.person is not None:
            return phones.mask(self.person.phone) if self.person.phone else str(self.person.code)
        return self.receipt or str(self.number)


def parse_return(text: str) -> ReturnLine:
    """`HD123 100k`, `#HD123`, `1042 100k lý do`, `0912 345 678 100k`, the amount before the bill, or `HD123 hết`.

    `số 1042` is the number of a movement and no receipt, `#1042` a receipt and no movement.

    Without an amount it is all of the bill, and nothing else may stand there. Raises ReturnUnclear, MoneyUnclear,
    PhoneUnclear, ReceiptUnclear.
    """
    words = re.sub(r"#\s+", "#", re.sub(r"[,;](?=\s|$)", "", fold.plain(text))).split()
    before, words = _amount(words) if len(words) > 1 and not _is_bill(words) else (None, words)
    if not words:
        raise ReturnUnclear(text, "missing_bill")
    bill, rest = _bill(words, text)
    amount, rest = _amount(rest) if before is None else (before, rest)
    return _with_reason(ReturnLine(**bill, amount=amount), rest, text)


def _with_reason(line: ReturnLine, rest: list[str], text: str) -> ReturnLine:
    """What is left over is the reason, once it is clear how much comes back."""
    is_whole = next((end for end in (2, 1) if fold.fold(" ".join(rest[:end])) in WHOLE), 0)
    if line.amount is None and is_whole:
        rest = rest[is_whole:]
    elif line.amount is None and rest:
        raise ReturnUnclear(text, "leftover", bill=line.bill, leftover=fold.quote(" ".join(rest)))
    if any(money.looks_like_money(word) for word in rest):
        raise ReturnUnclear(text, "two_amounts", bill=line.bill)
    return ReturnLine(line.receipt, line.number, line.person, line.amount, " ".join(rest) or None)


def _is_bill(words: list[str]) -> bool:
    """Whether the line begins with its bill; else an amount comes first."""
    if words[0].startswith("#") or _phone(words)[0] is not None:
        return True
    return not money.looks_like_money(words[0]) or words[0].isdigit()


def _bill(words: list[str], text: str) -> tuple[dict[str, Any], list[str]]:
    """The bill that the words begin with, and the others."""
    if words[0].startswith("#"):
        return {"receipt": award.parse_receipt(words[0])}, words[1:]
    person, rest = _phone(words)
    if person is not None:
        return {"person": person}, rest
    if fold.fold(words[0]) in NUMBER and len(words) > 1 and _is_number(words[1]):
        return {"number": int(words[1])}, words[2:]
    first = words[0]
    if _is_number(first):
        return {"number": int(first), "receipt": first}, words[1:]
    if _is_amount(first):
        raise ReturnUnclear(text, "missing_bill")
    if not any(char.isdigit() for char in first):
        raise ReturnUnclear(text, "no_bill", bill=fold.quote(first))
    return {"receipt": award.parse_receipt(first)}, words[1:]


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 18 and not word.startswith("0")


def _phone(words: list[str]) -> tuple[Person | None, list[str]]:
    """The longest phone the words begin with. Raises PhoneUnclear for one nobody can be sure of."""
    for end in range(min(WIDEST, len(words)), 0, -1):
        typed = " ".join(words[:end])
        try:
            return Person(phone=phones.parse_phone(typed)), words[end:]
        except phones.PhoneUnclear:
            continue
    return None, words


def _amount(words: list[str]) -> tuple[int | None, list[str]]:
    """The longest amount the words begin with. Raises MoneyUnclear for one that must be asked back."""
    unclear: MoneyUnclear | None = None
    for end in range(min(WIDEST, len(words)), 0, -1):
        try:
            return money.parse_money(" ".join(words[:end])), words[end:]
        except MoneyUnclear as refusal:
            unclear = refusal if money.looks_like_money(" ".join(words[:end])) else unclear
    if unclear is not None:
        raise unclear
    return None, words


def _is_amount(word: str) -> bool:
    try:
        return money.parse_money(word) > 0
    except MoneyUnclear:
        return False
