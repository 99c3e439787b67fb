"""A part of the rules as questions: what is asked, how the document says the answers, what they mean in sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

import marshmallow.fields

from loyalty.console.desk import Desk
from loyalty.console.forms import FormSchema, Many, Money, Text, WholeNumber, wrong
from loyalty.programme.document import Programme
from loyalty.programme.editing import Put
from loyalty.typed import digits, fold
from loyalty.words import Both

Given = Mapping[str, Any]  # what was answered, by question
Options = Sequence[tuple[str, Both | str]]
NOTHING = Both("", "")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `at` is where its answer stands in the document, seen from the part's own table."""

    name: str
    label: Both
    field: marshmallow.fields.Field[Any]
    at: str = ""
    help: Both = NOTHING
    example: Both = NOTHING
    unit: Both = NOTHING
    options: Options | Callable[[Desk, Programme], Options] = ()
    kind: str = "field"  # field, select, many, flag
    lines: int = 0
    hide: str = ""  # not asked while these answers are chosen, by their values
    group: Both = NOTHING  # begins a group of questions

    def offered(self, desk: Desk, rules: Programme) -> list[tuple[str, str]]:
        options = self.options(desk, rules) if callable(self.options) else self.options
        return [(code, said.in_(desk.locale) if isinstance(said, Both) else said) for code, said in options]


@dataclass(frozen=True)
class Part:
    """Some of the rules, in one table or each of a list of tables; `before` is what stands in the fields first."""

    code: str
    title: Both
    asks: Sequence[Ask]
    before: Callable[[Programme, int], dict[str, Any]]
    says: Callable[[Programme, int, str], Sequence[str]]
    changes: Callable[[Programme, int, Given], Sequence[Put]]
    table: str = ""
    about: Both = NOTHING
    items: Callable[[Programme], int] | None = None  # how many there are, of a list
    blank: Mapping[str, Any] = field(default_factory=dict)  # of a new one in a list
    fresh: Callable[[Programme, Given], Mapping[str, Any]] | None = None  # what a new one says, before the changes

    @cached_property
    def schema(self) -> type[FormSchema]:
        return cast(type[FormSchema], FormSchema.from_dict({ask.name: ask.field for ask in self.asks}, name=self.code))

    def place(self, number: int) -> str:
        """Its table: `rules[2]`."""
        return f"{self.table}[{number}]" if self.items else self.table


class Amount(WholeNumber):
    """Whole ₫, also a few: 100, 10.000, 10k."""

    def __init__(self, *, low: int = 1, **options: Any) -> None:
        super().__init__(low=low, **options)

    def read(self, value: str) -> int:
        plain = value.strip().rstrip("đ₫").strip()
        if digits.whole(plain) is not None:
            return super().read(plain)
        return Money().read(value)


class Times(Text):
    """How many times as much: 1,25. Kept as the exact text a document writes."""

    def read(self, value: str) -> str:
        typed = value.strip().lstrip("x×").replace(",", ".")
        try:
            number = Fraction(typed) if "/" not in typed and len(typed) <= 8 else Fraction(0)
        except ValueError:
            number = Fraction(0)
        if not 0 < number <= 100 or "e" in typed.casefold():
            raise wrong("Cần một số lớn hơn 0, nhiều nhất 100. Ví dụ đúng: 1,5", "A number above 0, at most 100: 1.5")
        return typed


class Several(Many):
    """Several of what the shop has; the rules themselves say what there is."""

    def __init__(self, **options: Any) -> None:
        super().__init__((), **options)

    def read(self, value: str) -> str:
        return Text().read(value)


class Listed(Text):
    """Several texts with commas or lines between them."""

    def read(self, value: str) -> Any:
        kept = super().read(value)
        return [each.strip() for each in kept.replace("\n", ",").replace(";", ",").split(",") if each.strip()]


def decimal(text: str, locale: str = "vi") -> str:
    return text if locale == "en" else text.replace(".", ",")


def put(table: str, **values: Any) -> list[Put]:
    return [Put(table, key, value) for key, value in values.items()]


def slug(name: str, taken: Sequence[str]) -> str:
    """A code for a name, of which there is none yet."""
    letters = "".join(char if char.isascii() and char.isalnum() else "-" for char in fold.fold(name))
    plain = "-".join(filter(None, letters.split("-")))[:28].strip("-") or "moi"
    return next(code for code in (plain, *(f"{plain}-{number}" for number in range(2, 999))) if code not in taken)


def named(names: Mapping[str, str], given: Given) -> dict[str, str]:
    """A name by language: other languages than these two stay."""
    said = {**names, "vi": given["name"]}
    if given["name_en"]:
        return {**said, "en": given["name_en"]}
    return {locale: name for locale, name in said.items() if locale != "en"}


NAMES = (
    Ask("name", Both("Tên", "Name"), Text(required=True, longest=60), "name", example=Both("Bạc", "Bạc")),
    Ask(
        "name_en",
        Both("Tên tiếng Anh", "Name in English"),
        Text(longest=60),
        help=Both(
            "Để trống thì khách dùng tiếng Anh cũng thấy tên trên.", "Left empty, everybody sees the name above."
        ),
    ),
)
