"""The kinds of a shop's own fields: what a value may be, how it is typed, kept and written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from loyalty.customers.traits.models import CustomField
from loyalty.errors import RuleViolation
from loyalty.typed import days, fold, money
from loyalty.typed.money import MoneyUnclear, format_money, format_points
from loyalty.words import Both

Value = int | str | bool | date
LONGEST = 200  # characters of a text
MOST = 10**12
BARE = 1_000  # ₫ from which digits alone are an amount: below, «50» may mean 50k
YES = frozenset({"co", "yes", "y", "true", "x", "1", "v"})
NO = frozenset({"khong", "no", "n", "false", "0", "k"})
SAID = {True: Both("có", "yes"), False: Both("không", "no")}

_DIGITS = re.compile(r"-?(\d{1,13}|\d{1,3}(?:([.,  ])\d{3})(?:\2\d{3})*)", re.ASCII)


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"


class BadCustomValue(RuleViolation):
    """Not a value of that field; `example` is one."""

    code = "custom_value"

    def __init__(self, field: CustomField) -> None:
        self.key, self.example = field.key, example(field)
        problem = f"Not {ASKED[Kind(field.kind)].en} of “{field.name_en}”; such as {self.example}."
        super().__init__(problem, field=f"custom.{field.key}", example=self.example, name=field.name_vi)


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind. `column` of `custom_value` holds it in clear."""

    name: Both
    column: str
    example: Any


SORTS: Mapping[Kind, Sort] = {
    Kind.TEXT: Sort(Both("Chữ", "Text"), "word", "không đường"),
    Kind.NUMBER: Sort(Both("Số nguyên", "Whole number"), "number", 38),
    Kind.MONEY: Sort(Both("Số tiền", "Money"), "number", 250_000),
    Kind.DATE: Sort(Both("Ngày", "Date"), "day", "2026-11-20"),
    Kind.FLAG: Sort(Both("Có / không", "Yes / no"), "number", True),
    Kind.CHOICE: Sort(Both("Một trong danh sách", "One of a list"), "word", ""),
}
ASKED: Mapping[Kind, Both] = {
    Kind.TEXT: Both("chữ, dài nhất 200 ký tự", "a text of 1 to 200 characters"),
    Kind.NUMBER: Both("số nguyên", "a whole number"),
    Kind.MONEY: Both("số tiền", "an amount in whole ₫"),
    Kind.DATE: Both("một ngày", "a day"),
    Kind.FLAG: Both("có hoặc không", "yes or no"),
    Kind.CHOICE: Both("một mục trong danh sách", "one of the list"),
}


def example(field: CustomField) -> Any:
    """A right value as JSON."""
    return field.choices[0] if field.kind == Kind.CHOICE else SORTS[Kind(field.kind)].example


def read(field: CustomField, raw: Any) -> Value:
    """A decoded JSON value. Raises BadCustomValue."""
    kind = Kind(field.kind)
    if kind is Kind.FLAG and type(raw) is bool:
        return raw
    if kind in (Kind.NUMBER, Kind.MONEY) and type(raw) is int and (0 if kind is Kind.MONEY else -MOST) <= raw <= MOST:
        return raw
    if isinstance(raw, str) and kind in (Kind.TEXT, Kind.DATE, Kind.CHOICE):
        return _of_text(field, kind, raw)
    raise BadCustomValue(field)


def parse(field: CustomField, typed: Any) -> Value:
    """As people type it, or as a spreadsheet holds it. Raises BadCustomValue."""
    if isinstance(typed, date):
        typed = typed.isoformat()[:10]
    if isinstance(typed, float):
        typed = _whole(field, typed)
    text = fold.quote(str(typed), LONGEST + 1).strip()
    readers: Mapping[Kind, Callable[[CustomField, str], Value]] = {
        Kind.NUMBER: _number,
        Kind.MONEY: _money,
        Kind.FLAG: _flag,
    }
    kind = Kind(field.kind)
    return readers[kind](field, text) if kind in readers else _of_text(field, kind, text)


def to_json(value: Value) -> int | str | bool:
    """As the API says it."""
    return value.isoformat() if isinstance(value, date) else value


def write(field: CustomField, value: Value, locale: str) -> str:
    """As people read it."""
    if isinstance(value, bool):
        return SAID[value].in_(locale)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int):
        return format_money(value, locale) if field.kind == Kind.MONEY else format_points(value, locale)
    return value


def typed(field: CustomField, value: Value | None) -> str:
    """As it stands in a form, so that `parse` reads it again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        is_small = field.kind == Kind.MONEY and 0 < value < BARE
        return f"{value}đ" if is_small else str(value)
    return write(field, value, "vi")


def _whole(field: CustomField, number: float) -> int | float:
    """A number of a spreadsheet: 38.0 is 38, and 1.125 is not 1.125 with a dot of thousands. Raises BadCustomValue."""
    if number.is_integer():
        return int(number)
    if field.kind in (Kind.TEXT, Kind.CHOICE):
        return number
    raise BadCustomValue(field)


def _of_text(field: CustomField, kind: Kind, raw: str) -> Value:
    if kind is Kind.DATE:
        return _date(field, raw)
    text = fold.quote(raw, LONGEST + 1).strip()
    if not 0 < len(text) <= LONGEST:
        raise BadCustomValue(field)
    if kind is Kind.TEXT:
        return text
    found = [choice for choice in field.choices if fold.fold(choice) == fold.fold(text)]
    if not found:
        raise BadCustomValue(field)
    return str(next((choice for choice in found if choice == text), found[0]))


def _number(field: CustomField, text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise BadCustomValue(field)
    number = int(re.sub(r"[^\d-]", "", text))
    if abs(number) > MOST:
        raise BadCustomValue(field)
    return number


def _money(field: CustomField, text: str) -> int:
    if text == "0":
        return 0
    try:
        return int(text) if text.isascii() and text.isdigit() and BARE <= int(text) <= MOST else money.parse_money(text)
    except (MoneyUnclear, ValueError):
        raise BadCustomValue(field) from None


def _flag(field: CustomField, text: str) -> bool:
    plain = fold.fold(text)
    if plain not in YES | NO:
        raise BadCustomValue(field)
    return plain in YES


def _date(field: CustomField, text: str) -> date:
    found = days.find_day(text)
    if found is None or not 1900 <= found.year < 2100:
        raise BadCustomValue(field)
    return found
