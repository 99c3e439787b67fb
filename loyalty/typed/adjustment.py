"""What staff type to correct somebody's points: who, how many, and why: `0912345678 50 đền ly hỏng`."""

import re
from typing import NamedTuple

from loyalty.errors import Unreadable
from loyalty.typed import award, fold, money, phones
from loyalty.typed.award import Person

EXAMPLE = "0912345678 50 đền ly hỏng"
LONGEST_LEADING = 7  # characters of points before a customer: more begin a phone

_POINTS = re.compile(
    r"(?P<sign>[+\-−–]?) ?(?P<number>\d{1,3}(?:[.,]\d{3})+|\d{1,9})(?: ?(?:điểm|diem|points?|pts?))?(?=[,;:]?(?: |$))",
    re.ASCII | re.IGNORECASE,
)
_MORE_DIGITS = re.compile(r" \d{3}(?!\w)", re.ASCII)  # `1 250`: a thousand and more, or 1 and a reason?
_UNIT = re.compile(r" ?(?:triệu|trieu|nghìn|nghin|ngàn|ngan|củ|vnd)(?!\w)", re.IGNORECASE)
_NUMBER = re.compile(r"[+\-−–]? ?\d", re.ASCII)


class AdjustmentLine(NamedTuple):
    """Whose points, how many (signed), and why."""

    person: Person
    points: int
    reason: str


class PointsUnclear(Unreadable):
    """No number of points. `reason`: missing, sign, money or unclear; `right` is a right line for that customer."""

    code = "points_unclear"

    def __init__(self, typed: str, reason: str, person: Person) -> None:
        super().__init__(typed=fold.quote(typed), reason=reason, right=_right(person), **_named(person))


class ReasonMissing(Unreadable):
    """A customer and `points`, but not why. `right` is the line with a reason."""

    code = "reason_missing"

    def __init__(self, person: Person, points: int) -> None:
        super().__init__(points=points, right=_right(person, points), **_named(person))


def parse_giving(text: str) -> AdjustmentLine:
    """Points to give; with a minus, to take. Raises PhoneUnclear, PointsUnclear, ReasonMissing."""
    person, rest = _split(text)
    sign, points, reason = _read(rest, person)
    return _line(person, -points if sign == "-" else points, reason)


def parse_taking(text: str) -> AdjustmentLine:
    """Points to take, written without a sign. Raises PhoneUnclear, PointsUnclear, ReasonMissing."""
    person, rest = _split(text)
    sign, points, reason = _read(rest, person)
    if sign:
        raise PointsUnclear(rest, "sign", person)
    return _line(person, -points, reason)


def _split(text: str) -> tuple[Person, str]:
    """The customer and the rest; the points may stand before the customer."""
    points, _, others = text.strip().partition(" ")
    if points.startswith("0") or len(points) > LONGEST_LEADING or not _POINTS.fullmatch(fold.plain(points)):
        person, rest = award.split_person(text)
        return person, fold.plain(rest)
    try:
        person, reason = award.split_person(others)
    except phones.PhoneUnclear:  # `84 912 345 678 50`: the first word begins the phone
        person, rest = award.split_person(text)
        return person, fold.plain(rest)
    return person, fold.plain(f"{points} {reason}")


def _read(rest: str, person: Person) -> tuple[str, int, str]:
    """Sign (`+`, `-` or none), whole points and what follows them."""
    found = _POINTS.match(rest)
    if found is None or _MORE_DIGITS.match(rest, found.end()):
        raise PointsUnclear(rest, _fault(rest), person)
    if _UNIT.match(rest, found.end()):  # «1 triệu rưỡi» is no point and a reason
        raise PointsUnclear(rest, "money", person)
    sign = found["sign"].replace("−", "-").replace("–", "-")
    return sign, int(re.sub(r"[.,]", "", found["number"])), rest[found.end() :].strip(" ,;:")


def _fault(rest: str) -> str:
    if not _NUMBER.match(rest):
        return "missing"
    first = rest.partition(" ")[0].lstrip("+-−–")
    return "money" if not first.isdigit() and money.looks_like_money(first) else "unclear"


def _line(person: Person, points: int, reason: str) -> AdjustmentLine:
    if not fold.tokens(reason):
        raise ReasonMissing(person, points)
    return AdjustmentLine(person, points, reason)


def _right(person: Person, points: int = 50) -> str:
    """A right line, with what was understood in its place."""
    who = phones.national(person.phone) if person.phone else person.code
    return f"{who} {abs(points)} đền ly hỏng"


def _named(person: Person) -> dict[str, str]:
    return {"phone": person.phone} if person.phone else {"code": person.code or ""}
