"""What a tree in the form says as rules, and what is missing or wrong, beside the row where it is.

What is not filled in yet becomes a refusal only when somebody wants to keep it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyalty.console.segments import vocabulary
from loyalty.console.segments.tree import ROOT, Branch, Row, Twig
from loyalty.segments import rules
from loyalty.segments.rules import BadRules, Frame, Kind
from loyalty.typed import digits, money
from loyalty.typed.money import MoneyUnclear
from loyalty.words import Both

MISSING = Both("Còn thiếu giá trị.", "A value is missing.")
OF_MISSING = Both("Ghi rõ món, nhóm hàng, cửa hàng hoặc chiến dịch nào.", "State which one is meant.")
TYPE_IT = Both("Gõ một chữ, nhiều thì cách nhau bằng dấu chấm phẩy.", "Type a text; several with a semicolon between.")
EMPTY_GROUP = Both(
    "Nhóm này còn trống: thêm điều kiện, hoặc bỏ nhóm.", "This group is empty: add a condition, or drop it."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`rules` are those of what is filled in; None when they cannot be used. `problems` by the path of the node."""

    rules: dict[str, Any] | None
    problems: Mapping[str, Both]

    @property
    def is_sound(self) -> bool:
        return self.rules is not None and not self.problems


def state(tree: Branch, frame: Frame) -> Reading:
    """The rules the tree states, and what is wrong with it. Rows that are not filled in are left out of the rules."""
    problems: dict[str, Both] = {}
    stated = _branch(tree, ROOT, frame, problems)
    try:
        rules.parse(stated, frame)
    except BadRules as fault:
        return Reading(None, problems | {ROOT: Both(f"Chưa dùng được: {fault}", f"Cannot be used: {fault}")})
    return Reading(stated, problems)


def _branch(branch: Branch, path: str, frame: Frame, problems: dict[str, Both]) -> dict[str, Any] | None:
    if not branch.members and path != ROOT:
        problems[path] = EMPTY_GROUP
    stated = [_twig(twig, f"{path}.{place}", frame, problems) for place, twig in enumerate(branch.members)]
    members = [each for each in stated if each is not None]
    if not members and path != ROOT:
        return None
    if branch.word != "none":
        return {branch.word: members}
    return {"not": members[0] if len(members) == 1 else {"any": members}}


def _twig(twig: Twig, path: str, frame: Frame, problems: dict[str, Both]) -> dict[str, Any] | None:
    if isinstance(twig, Branch):
        return _branch(twig, path, frame, problems)
    try:
        condition = {"field": twig.field, "op": twig.op, "value": _value(twig), **_more(twig)}
        rules.parse(condition, frame)
    except _Unclear as unclear:
        problems[path] = unclear.why
        return None
    except BadRules as refused:
        problems[path] = _about(refused, twig)
        return None
    return condition


def _about(refused: BadRules, row: Row) -> Both:
    """What is wrong with a row, in words for its form."""
    if row.kind is Kind.SEGMENT:
        return Both(f"Chưa dùng được nhóm này: {refused.problem}", f"This segment cannot be used: {refused.problem}")
    if refused.path.endswith("within_days"):
        return Both("Cần một số ngày, từ 1 đến 3.660.", "A number of days is needed, 1 to 3,660.")
    if ".of" in refused.path:
        return OF_MISSING
    return _hint(row)


def _more(row: Row) -> dict[str, Any]:
    """What the condition says beside its value."""
    declared, more = row.declared, dict[str, Any]()
    if declared.of and row.of:
        typed = row.of if declared.of.choices else _parts(*row.of)
        more["of"] = typed[0] if len(typed) == 1 else list(typed)
    elif declared.of and declared.of.is_needed:
        raise _Unclear(OF_MISSING)
    if declared.within and row.within:
        more["within_days"] = int(row.within) if re.fullmatch(r"[0-9]{1,5}", row.within) else 0
    return more


def _parts(*texts: str) -> list[str]:
    return [part for text in texts for part in re.split(r"\s*[;\n]\s*", text) if part]


class _Unclear(Exception):  # a way out, no error
    def __init__(self, why: Both) -> None:
        super().__init__()
        self.why = why


def _value(row: Row) -> Any:
    if not row.values or (row.op == "between" and not row.high):
        raise _Unclear(MISSING)
    match row.kind:
        case Kind.FLAG:
            return row.values[0] == "yes"
        case Kind.TIER | Kind.CHANNEL | Kind.SEGMENT:
            plain: list[Any] = [*row.values, row.high] if row.op == "between" else list(row.values)
        case Kind.WORD | Kind.MARKS:
            plain = list(row.values) if row.declared.choices or not row.takes_several else _parts(*row.values)
        case _ if row.takes_several:
            plain = [_number(row, text) for text in _parts(row.values[0])]
        case _:
            texts = (row.values[0], row.high) if row.op == "between" else row.values[:1]
            plain = [_number(row, text) for text in texts]
    return plain if row.takes_several or row.op == "between" else plain[0]


def _number(row: Row, text: str) -> int:
    is_money, number = row.declared.is_money, digits.whole(text)
    if number is not None and not (is_money and 0 < number < 1000):
        return number
    if is_money:
        try:
            return money.parse_money(text)
        except MoneyUnclear:
            raise _Unclear(_hint(row)) from None
    raise _Unclear(_hint(row))


def _hint(row: Row) -> Both:
    if row.op == "between":
        return Both("Cần hai giá trị, số nhỏ đứng trước.", "Two values are needed, the lower one first.")
    if not row.kind.is_number:
        return Both("Chọn trong các mục có sẵn.", "Choose from those offered.") if _is_chosen(row) else TYPE_IT
    example = vocabulary.example(row.declared, "vi")
    if row.takes_several:
        return Both("Các số cách nhau bằng dấu chấm phẩy: 1; 2; 3", "Numbers with a semicolon between: 1; 2; 3")
    if row.declared.is_money:
        return Both(f"Chưa đọc được số tiền. Ví dụ đúng: 500k hoặc {example}", "No amount. Right: 500k or 2,000,000")
    return Both(f"Cần một số nguyên, ví dụ {example}.", f"A whole number is needed, such as {example}.")


def _is_chosen(row: Row) -> bool:
    return row.kind in (Kind.TIER, Kind.CHANNEL) or row.declared.choices is not None
