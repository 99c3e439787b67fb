"""The values of a command by the names programs know them by."""

import re
from datetime import date
from typing import Any

from bots.commands.taken import Understood
from loyalty.typed import codes, fold
from loyalty.typed.award import AwardLine
from loyalty.typed.birthdays import parse_birthday
from loyalty.typed.months import ENGLISH, NAMES
from loyalty.typed.numerals import with_digits

Slots = dict[str, Any]
_MONTHS = "|".join(sorted((*ENGLISH, *(name[:3] for name in ENGLISH)), key=len, reverse=True))
_DAY_FIRST = re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{_MONTHS})\b,? ?(?P<year>\d{{4}})?")
_MONTH_FIRST = re.compile(rf"\b(?P<month>{_MONTHS})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b,? ?(?P<year>\d{{4}})?")
_SAYING = re.compile(r"(?:là|rằng|that)\s+(?=\S)", re.IGNORECASE)

_BEFORE_A_DAY = """
da vang a em e minh mk toi tui anh chi la sinh ngay mung mong sn nhat cua ne ok oke vao hom born on my birthday is it
i was the co bac chu di chau con t bday birth cap nhat doi sua luu nhap giup thanh hom bua nhut sanh
muon xin khai bao it's its of
"""
BEFORE_A_DAY = frozenset(_BEFORE_A_DAY.split())
_AFTER_A_DAY = """
a nha nhe nhe ne shop nhen nghen em do day duong lich please thanks cam on ban
chau con bac co chu di ad nghen hen luon lun vay anh chi i e minh luu giup gium dum ho cho nhap ghi nghe nek
"""
AFTER_A_DAY = frozenset(_AFTER_A_DAY.split())
# «sinh nhật con 12/3/2019», «con em sinh 12/3», «bạn em»: a child's or somebody else's day
BESIDE_A_DAY = re.compile(r"^[^\w?]+|[^\w?]+$")  # points, and pictures of cakes
ZODIAC = re.compile(
    r"\btuoi (?:(?:giap|at|binh|dinh|mau|ky|canh|tan|nham|quy) )?"
    r"(?:ty|suu|dan|mao|meo|thin|ngo|mui|than|dau|tuat|hoi|chuot|trau|cop|rong|ran|ngua|de|khi|ga|cho|heo|lon)\b"
)
OF_ANOTHER = re.compile(
    r"\b(?:sinh|nhat|sn|bday|birthday|cua)(?: ngay)?(?: cua)? (?:con|chau)\b"
    r"|\b(?:con|chau) (?:cua )?(?:anh|chi|bac|co|chu)\b"
    r"|\b(?:con|chau|ban|anh|chi|co|chu|bac)(?: cua)? (?:em|e|minh|mk|toi|tui|t)\b"
)


def of_staff(key: str, found: Understood) -> Slots:
    """Of a staff command that was read."""
    value = found.value
    match key:
        case "award":
            return of_award(value)
        case "find":
            return _person(value)
        case "adjust" | "deduct":
            sign = "-" if value.points < 0 else "+"
            return _person(value.person) | {"points": abs(value.points), "sign": sign, "reason": value.reason}
        case "note":
            return _person(value.person) | {"text": value.words}
        case "add":
            return {"phone": value.phone, "name": value.name}
        case "link" | "referral":
            return {"phone": value.phone, "code": value.code}
        case "return" | "release":
            return _return(value)
        case "unadd":
            return _person(value)
        case "customer_report":
            return {"about": "customers"}
        case "segments":
            return {"about": "segments"} | ({"name": value} if value else {})
        case "undo" | "approve" | "reject" | "unnote" | "withdraw":
            return {"number": value}
        case "report":
            return {"period": value}
        case "redeem":
            return _said(code=codes.normalise_code(value.code), amount=value.bill)
        case "staff":
            return {"code": codes.normalise_code(value)}
        case "tier":
            return _person(value.person) | ({"name": value.tier} if value.tier else {})
        case "try":
            return of_award(value) if isinstance(value, AwardLine) else {}
    return {}


def of_award(line: AwardLine) -> Slots:
    points = line.pay_points if isinstance(line.pay_points, int) else None
    return _said(phone=line.phone, code=line.code, amount=line.amount, receipt=line.receipt, points=points)


def of_customer(key: str, found: Understood) -> Slots:
    """Of a customer's command that was read."""
    value = found.value
    match key:
        case "join":
            return _said(phone=value or None)
        case "redeem" | "rewards" | "wish":
            return _said(number=value)
        case "refer" | "unredeem":
            return _said(code=codes.normalise_code(value) if value else None)
        case "name":
            return _said(name=value or None)
        case "feedback" | "complain" | "correct":
            return _said(text=_SAYING.sub("", value, count=1) if _SAYING.match(value) else value if value else None)
    return {}


def day(typed: str, today: date) -> str:
    """`1990-11-20`, or `--11-20` without a year, of what somebody says of their birthday. Raises BirthdayUnclear."""
    year, month, number = parse_birthday(bare_day(typed), today)
    return f"{year:04}-{month:02}-{number:02}" if year else f"--{month:02}-{number:02}"


def bare_day(typed: str) -> str:
    """The day alone, as folded, its numbers in digits; of somebody else's, all that was said."""
    if is_of_another(typed):
        return fold.fold(typed)
    words = with_digits(_in_figures(BESIDE_A_DAY.sub("", fold.fold(typed)))).split()
    while words and words[0] in BEFORE_A_DAY:
        words = words[1:]
    while words and words[-1].strip(".,!") in AFTER_A_DAY:
        words = words[:-1]
    return " ".join(words)


def is_of_another(typed: str) -> bool:
    return OF_ANOTHER.search(fold.fold(typed)) is not None


def is_own(said: str) -> bool:
    """Whether words beside a day say at most that it is the writer's birthday, or of which year of the calendar."""
    said = ZODIAC.sub("", fold.fold(said))
    return not is_of_another(said) and BEFORE_A_DAY.union(AFTER_A_DAY).issuperset(fold.tokens(said))


def _in_figures(typed: str) -> str:
    """`20/11 1990` of `20th of november 1990`, `nov 20, 1990`."""
    found = _DAY_FIRST.search(typed) or _MONTH_FIRST.search(typed)
    if found is None:
        return typed
    year = f"/{found['year']}" if found["year"] else ""
    return f"{typed[: found.start()]}{found['day']}/{NAMES[found['month']]}{year}{typed[found.end() :]}"


def is_shaped(code: str | None, length: int) -> bool:
    return code is not None and len(code) == length and set(code) <= set(codes.CODE_ALPHABET)


def _person(value: Any) -> Slots:
    return _said(phone=value.phone, code=value.code)


def _return(value: Any) -> Slots:
    who = _person(value.person) if value.person is not None else {}
    return who | _said(receipt=value.receipt, number=value.number, amount=value.amount, reason=value.why)


def _said(**given: Any) -> Slots:
    return {name: value for name, value in given.items() if value is not None}
