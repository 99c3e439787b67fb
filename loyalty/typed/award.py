"""What staff type after `/tich` and its relatives: who, how much, on which receipt, in any order."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from loyalty.errors import Unreadable
from loyalty.typed import codes, fold, money, phones

EXAMPLE = "0912345678 250k #HD123"
RECEIPT_EXAMPLE = "#HD123"
LONGEST_RECEIPT = 64
MOST_WORDS = 40  # more than any award needs; bounds the search
WIDEST = 8  # words of one phone or amount

_RECEIPT = re.compile(r"#[#\s]*([^\s#]*)")
_PAYMENT = re.compile(
    r"(?<!\S)(?:d[uùúủũụ]ng|use)\s+(?:(\d{1,9})|h[eếêềểễệé]t|all|max)(?:\s*(?:đi[eểê]m|diem|points?))?(?=$|[\s,;])",
    re.IGNORECASE,
)
_BARRIER = "#"  # stands where the receipt stood: nothing is read across it


class AwardUnclear(Unreadable):
    """An award line that is not one customer, one amount and at most one receipt.

    `reason`: missing_customer, missing_amount, two_customers, two_amounts or leftover (`leftover` is that text);
    `phone`, `code`, `amount`, `receipt` are what was understood.
    """

    code = "award_unclear"

    def __init__(self, typed: str, reason: str, **understood: Any) -> None:
        super().__init__(typed=fold.quote(typed, 120), example=EXAMPLE, reason=reason, **understood)


class ReceiptUnclear(Unreadable):
    """A receipt number that is empty, too_long or unclear (its `reason`)."""

    code = "receipt_unclear"

    def __init__(self, typed: str, reason: str) -> None:
        super().__init__(typed=fold.quote(typed), example=RECEIPT_EXAMPLE, reason=reason)


@dataclass(frozen=True)
class Person:
    """A customer as staff name one: exactly one of `phone` (E.164) and `code` (a member code) is set."""

    phone: str | None = None
    code: str | None = None

    @property
    def who(self) -> Literal["phone", "code"]:
        return "phone" if self.phone else "code"


@dataclass(frozen=True)
class AwardLine:
    """One award: the customer by `phone` (E.164) or member `code`, whole ₫, the receipt in upper case."""

    who: Literal["phone", "code"]
    phone: str | None
    code: str | None
    amount: int
    receipt: str | None
    pay_points: int | Literal["max"] | None = None  # of the customer's, that pay of it


def parse_award(text: str) -> AwardLine:
    """`0912 345 678 250k #HD123` in any order, with a member code instead of the phone, without a receipt.

    `dùng 50` (`use 50`) among it lets so many points pay of the bill, `dùng hết` (`use all`) as many as may.

    Raises AwardUnclear, or MoneyUnclear, PhoneUnclear, ReceiptUnclear for the one part at fault; each carries what was
    understood besides (`phone`, `code`, `amount`, `receipt`).
    """
    text, pay_points = _part_payment(text)
    words, numbers = _part_receipts(text)
    seen = _survey(words[:MOST_WORDS])
    receipt = _one_receipt(numbers, seen, text)
    readings = set(_readings(words)) if len(words) <= MOST_WORDS else set()
    if len(readings) != 1:
        raise _fault(seen, text, receipt)
    person, amount = readings.pop()
    return AwardLine(person.who, person.phone, person.code, amount, receipt, pay_points)


def parse_person(text: str) -> Person:
    """A customer by member code or phone and nothing else. Raises PhoneUnclear."""
    named = fold.plain(text).lstrip("# ")
    if codes.is_member_code(named) and not _are_words(named):
        return Person(code=codes.normalise_code(named))
    return Person(phone=phones.parse_phone(text.lstrip("# ")))


def _are_words(text: str) -> bool:
    """«99k 99k» are two amounts and «hd9 hd9» is a word said twice, though each is six signs of a code."""
    parts = re.split(r"[\s-]+", text)
    return len(parts) > 1 and (len(set(parts)) == 1 or all(map(money.looks_like_money, parts)))


def split_person(text: str, *, may_trail: bool = False) -> tuple[Person, str]:
    """The customer a line begins with, and the rest as typed; `may_trail`: a phone may end it. Raises PhoneUnclear."""
    line = text.strip().lstrip("# ")
    first, _, rest = line.partition(" ")
    if codes.is_member_code(first):
        return Person(code=codes.normalise_code(first)), rest.strip()
    phone, rest = phones.split_phone(line, may_trail=may_trail)
    return Person(phone=phone), rest


def parse_receipt(text: str) -> str:
    """A receipt number in upper case: 1 to 64 letters, digits and `-_/.`; `#` before and a full stop after are dropped.

    Raises ReceiptUnclear.
    """
    number = unicodedata.normalize("NFKC", fold.plain(text).lstrip("# ").upper()).rstrip("-_/.,;")
    if not number or len(number) > LONGEST_RECEIPT:
        raise ReceiptUnclear(text, "too_long" if number else "empty")
    if not all(map(_in_receipt, number)):
        raise ReceiptUnclear(text, "unclear")
    return number


def _part_payment(text: str) -> tuple[str, int | Literal["max"] | None]:
    """The line without what points should pay, once; and that."""
    line = fold.plain(text)
    found = _PAYMENT.search(line)
    if found is None:
        return text, None
    wanted: int | Literal["max"] = int(found[1]) if found[1] else "max"
    return f"{line[: found.start()]} {line[found.end() :]}".strip(), wanted or None


def _in_receipt(char: str) -> bool:
    return char.isalpha() or char in "0123456789-_/."


def _part_receipts(text: str) -> tuple[list[str], list[str]]:
    """The words without the receipts, a barrier in the place of each; the receipts as typed."""
    line = re.sub(r"[,;](?=\s|$)", "", fold.plain(text))
    return _RECEIPT.sub(f" {_BARRIER} ", line).split(), _RECEIPT.findall(line)


def _one_receipt(numbers: list[str], seen: "_Seen", text: str) -> str | None:
    try:
        receipts = list(dict.fromkeys(parse_receipt(number) for number in numbers))
    except ReceiptUnclear as refusal:
        refusal.facts.update(_understood(seen, None))
        raise
    if len(receipts) > 1:
        raise AwardUnclear(text, "leftover", leftover=f"#{receipts[1]}", **_understood(seen, receipts[0]))
    return receipts[0] if receipts else None


def _readings(words: list[str]) -> Iterator[tuple[Person, int]]:
    """Every way to read the words as one customer and one amount, either first."""
    for cut in range(1, len(words)):
        match _read(_span(words[:cut])), _read(_span(words[cut:])):
            case (Person() as person, int(amount)) | (int(amount), Person() as person):
                yield person, amount


def _span(words: list[str]) -> str:
    return " ".join(words).strip(f"{_BARRIER} ")


def _read(text: str) -> Person | int | Unreadable | None:
    """The customer, the amount, or the refusal of what was meant as one; None for anything else."""
    try:
        return parse_person(text)
    except phones.PhoneUnclear as refusal:
        if phones.looks_like_phone(text) and not _is_round_amount(text):
            return refusal
    try:
        return money.parse_money(text)
    except money.MoneyUnclear as refusal:
        return refusal if money.looks_like_money(text) else None


def _is_round_amount(text: str) -> bool:
    """`350.000.000` is nine digits a zero would make a phone, yet nobody writes a phone so."""
    return re.fullmatch(r"[1-9]\d\d([.,])\d{3}\1(?:000)", text, re.ASCII) is not None


@dataclass
class _Seen:
    """What a line holds, found one after the other."""

    people: list[Person] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    odd_phones: list[phones.PhoneUnclear] = field(default_factory=list)
    odd_amounts: list[money.MoneyUnclear] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)

    def add(self, thing: Person | int | Unreadable | None, typed: str) -> None:
        match thing:
            case Person():
                self.people.append(thing)
            case int():
                self.amounts.append(thing)
            case phones.PhoneUnclear():
                self.odd_phones.append(thing)
            case money.MoneyUnclear():
                self.odd_amounts.append(thing)
            case _:
                self.leftover.append(typed)


def _survey(words: list[str]) -> _Seen:
    seen = _Seen()
    start = 0
    while start < len(words):
        end, thing = _longest(words, start)
        if words[start] != _BARRIER:
            seen.add(thing, " ".join(words[start:end]))
        start = end
    return seen


def _longest(words: list[str], start: int) -> tuple[int, Person | int | Unreadable | None]:
    """The widest span from `start` that is clear, else the widest that was meant as something."""
    barrier = words.index(_BARRIER, start) if _BARRIER in words[start:] else len(words)
    ends = range(min(start + WIDEST, barrier), start, -1)
    spans = [(end, _read(" ".join(words[start:end]))) for end in ends]
    for wanted in (Person | int, Unreadable):
        for end, thing in spans:
            if isinstance(thing, wanted):
                return end, thing
    return start + 1, None


SPELT_OUT = {"tram", "chuc", "muoi"}  # «2 trăm nghìn» is not 2k: ask for digits, offer nothing a hundred times off


def _fault(seen: _Seen, text: str, receipt: str | None) -> Unreadable:
    """The one thing to say about a line that cannot be read."""
    understood = _understood(seen, receipt)
    if len(seen.people) + len(seen.odd_phones) > 1:
        return AwardUnclear(text, "two_customers", **understood)
    if len(seen.amounts or seen.odd_amounts) > 1:
        return AwardUnclear(text, "two_amounts", **understood)
    if seen.odd_amounts and SPELT_OUT & set(fold.fold(" ".join(seen.leftover)).split()):
        spelt = " ".join([*(odd.facts["typed"] for odd in seen.odd_amounts), *seen.leftover])
        return AwardUnclear(text, "leftover", **{**understood, "leftover": fold.quote(spelt)})
    if at_fault := seen.odd_phones or (not seen.amounts and seen.odd_amounts):
        at_fault[0].facts.update(understood)
        return at_fault[0]
    leftover = " ".join([*seen.leftover, *(odd.facts["typed"] for odd in seen.odd_amounts)])
    if leftover:
        understood["leftover"] = fold.quote(leftover)
    if not seen.people or not seen.amounts:
        return AwardUnclear(text, "missing_amount" if seen.people else "missing_customer", **understood)
    return AwardUnclear(text, "leftover", **{"leftover": fold.quote(text), **understood})


def _understood(seen: _Seen, receipt: str | None) -> dict[str, Any]:
    person = seen.people[0] if len(seen.people) == 1 else Person()
    amount = seen.amounts[0] if len(seen.amounts) == 1 else None
    facts = {"phone": person.phone, "code": person.code, "amount": amount, "receipt": receipt}
    return {name: value for name, value in facts.items() if value is not None}
