"""Reading one TOML table strictly: every key asked for is of its kind, every key not asked for is a fault.

A faulty value is noted and answered with a harmless one, so that a reader goes on and finds all faults.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from loyalty.programme.faults import Fault
from loyalty.programme.places import Lines

MOST = 10**12  # ₫ or points
HIGHEST_MULTIPLIER = 100
LONGEST_TEXT = 200
LONGEST_NUMBER = 12  # characters of a decimal
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass
class Notes:
    """The faults found so far."""

    lines: Lines
    faults: list[Fault] = field(default_factory=list)

    def note(self, place: str, code: str, example: str, **facts: Any) -> None:
        self.faults.append(Fault(place, self.lines.of(place), code, example, facts))


class Table:
    """One table at its place. Whoever asked for all its keys calls `close`."""

    def __init__(self, values: Mapping[str, Any], place: str, notes: Notes) -> None:
        self._values = values
        self.place = place
        self.notes = notes
        self._asked: dict[str, None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def path(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def wrong(self, key: str, code: str, example: str, **facts: Any) -> None:
        """Note a fault of one of its keys."""
        self.notes.note(self.path(key), code, example, **facts)

    def close(self) -> None:
        """Every key nobody asked for is a fault."""
        for key in self._values:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, 1)
                code = "unknown_key" if near else "unknown_key_alone"
                self.wrong(key, code, f"{near[0]} = …" if near else "", near=near[0] if near else "")

    def whole(self, key: str, example: str, *, least: int = 0, most: int = MOST, default: int | None = None) -> int:
        """A whole number; one that is missing is a fault unless there is a `default`."""
        value = self._take(key, example, default)
        if value is None or (type(value) is int and least <= value <= most):
            return least if value is None else value
        self.wrong(key, "not_whole", example, least=least, most=most)
        return least

    def maybe_whole(self, key: str, example: str, *, least: int = 0, most: int = MOST) -> int | None:
        return self.whole(key, example, least=least, most=most) if self._is_there(key) else None

    def decimal(
        self, key: str, example: str, *, most: int = HIGHEST_MULTIPLIER, default: str | None = None
    ) -> Fraction:
        """An exact number above 0, written as text, because 1.1 as a float is not 1.1."""
        value = self._take(key, example, default)
        if value is None:
            return Fraction(1)
        number = _decimal(value)
        if number.is_finite() and 0 < number <= most:
            return Fraction(number)
        self.wrong(key, "not_decimal", example, most=most)
        return Fraction(1)

    def text(self, key: str, example: str, *, default: str | None = None) -> str:
        value = self._take(key, example, default)
        return "" if value is None else self._text(value, key, example, default)

    def code(self, key: str, example: str) -> str:
        """A name for machines."""
        value = self.text(key, example)
        if value and not CODE.fullmatch(value):
            self.wrong(key, "not_code", example)
        return value

    def choice(self, key: str, options: Sequence[str], *, default: str | None = None) -> str:
        example = f'{key} = "{options[0]}"'
        value = self._take(key, example, default)
        if value is None or (isinstance(value, str) and value in (*options, default)):
            return options[0] if value is None else value
        self.wrong(key, "not_choice", example, choices=", ".join(options))
        return options[0]

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, "", default)
        if type(value) is not bool:
            self.wrong(key, "not_flag", f"{key} = {str(default).lower()}")
            return default
        return value

    def day(self, key: str) -> date | None:
        """A calendar day, as a TOML date or the same as text."""
        if not self._is_there(key):
            return None
        value = self._take(key, "", None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.wrong(key, "not_date", f"{key} = 2026-12-01")
            return None

    def texts(self, key: str, example: str) -> Iterator[tuple[str, str]]:
        """Each text of a list that may be missing, with its place (`days[1]`); a date counts as its text."""
        if not self._is_there(key):
            return
        value = self._take(key, example, None)
        if not isinstance(value, list) or not value:
            self.wrong(key, "not_list", example)
            return
        for number, each in enumerate(value):
            place = f"{key}[{number}]"
            if isinstance(each, date) and not isinstance(each, datetime):
                yield place, each.isoformat()
            elif text := self._text(each, place, example, None):
                yield place, text

    def names(self, key: str, example: str) -> Mapping[str, str]:
        """A name by language."""
        value = self._take(key, example, None)
        if value is None:
            return {"vi": ""}
        if not isinstance(value, dict) or not value:
            self.wrong(key, "not_names", example)
            return {"vi": ""}
        return {locale: self._text(name, f"{key}.{locale}", example, None) for locale, name in value.items()}

    def table(self, key: str) -> "Table":
        """A table of its own; one that is missing is empty."""
        self._asked[key] = None
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, "not_table", f"[{self.path(key)}]")
            value = {}
        return Table(value, self.path(key), self.notes)

    def tables(self, key: str) -> Sequence["Table"]:
        """A list of tables; one that is missing is empty."""
        self._asked[key] = None
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(key, "not_tables", f"[[{self.path(key)}]]")
            return []
        return [Table(each, f"{self.path(key)}[{number}]", self.notes) for number, each in enumerate(value)]

    def items(self) -> Iterator[str]:
        """Its keys, for a table whose keys are names; each then counts as asked for."""
        for key in self._values:
            self._asked[key] = None
            yield key

    def one_of(self, *keys: str, example: str) -> str | None:
        """Which one of several keys is written; a fault when it is none or more than one."""
        found = [key for key in keys if self._is_there(key)]
        if len(found) == 1:
            return found[0]
        self.wrong(found[1] if found else keys[0], "one_of", example, choices=", ".join(keys))
        return None

    def only_with(self, condition: str, holds: bool, *keys: str) -> None:
        """Keys that say nothing unless something holds are faults then."""
        for key in keys:
            if self._is_there(key) and not holds:
                self.wrong(key, "only_with", condition, condition=condition)

    def _is_there(self, key: str) -> bool:
        self._asked[key] = None
        return key in self._values

    def _take(self, key: str, example: str, default: Any) -> Any:
        if self._is_there(key):
            return self._values[key]
        if default is None:
            self.wrong(key, "missing", example)
        return default

    def _text(self, value: Any, key: str, example: str, default: str | None) -> str:
        if value == default and value is not None:
            return str(value)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "not_text", example)
            return ""
        if len(value) > LONGEST_TEXT:
            self.wrong(key, "too_long", example, most=LONGEST_TEXT)
        return value.strip()


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(value) if isinstance(value, str) and len(value) <= LONGEST_NUMBER else Decimal("nan")
    except InvalidOperation:
        return Decimal("nan")
