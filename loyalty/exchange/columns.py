"""Which column is what: heads in Vietnamese or English, with or without tones, one row of them or two."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from loyalty.errors import RuleViolation
from loyalty.exchange import encodings
from loyalty.exchange.models import Kind
from loyalty.exchange.packing import MOST_COLUMNS, Cell
from loyalty.typed import fold, phones

LOOK = 20  # rows among which the heads are sought
SAMPLES = 3


class Field(StrEnum):
    PHONE = "phone"
    NAME = "name"
    EMAIL = "email"
    JOINED_ON = "joined_on"
    MEMBER = "member"
    POINTS = "points"
    EXPIRES_ON = "expires_on"
    NOTE = "note"
    OWN = "own"  # whatever columns the shop's own fields have: see `own`


SYNONYMS: Mapping[Field, frozenset[str]] = {
    Field.PHONE: frozenset({
        "sdt", "so dt", "dt", "dtdd", "so dtdd", "dien thoai", "so dien thoai", "dien thoai di dong", "di dong",
        "so di dong", "so dien thoai khach hang", "sdt khach hang", "sdt kh", "so zalo", "phone", "phone number",
        "phone no", "mobile", "mobile phone", "mobile number", "tel", "telephone", "cell phone",
    }),
    Field.NAME: frozenset({
        "ten", "ho ten", "ho va ten", "ho ten khach hang", "ho va ten khach hang", "ten khach hang", "ten khach",
        "ten kh", "khach hang", "ten day du", "ten thanh vien", "name", "full name", "fullname", "customer",
        "customer name", "member name",
    }),
    Field.EMAIL: frozenset({"email", "e mail", "mail", "dia chi email", "thu dien tu", "email address", "hop thu"}),
    Field.JOINED_ON: frozenset({
        "ngay tham gia", "ngay dang ky", "ngay gia nhap", "ngay lam the", "ngay mo the", "tham gia tu", "joined",
        "joined on", "joined at", "join date", "date joined", "member since", "registered on", "registration date",
    }),
    Field.MEMBER: frozenset({"da tham gia", "thanh vien", "la thanh vien", "hoi vien", "member", "is member"}),
    Field.POINTS: frozenset({
        "diem", "so diem", "tong diem", "diem tich luy", "diem hien co", "diem hien tai", "diem con lai", "diem con",
        "so du diem", "diem thuong", "points", "point", "balance", "point balance", "points balance",
        "current points",
    }),
    Field.EXPIRES_ON: frozenset({
        "han dung", "han su dung", "hsd", "han", "ngay het han", "het han", "han diem", "diem het han", "expires",
        "expires on", "expiry", "expiry date", "expiration", "expiration date", "valid until",
    }),
    Field.NOTE: frozenset({
        "ghi chu", "chu thich", "luu y", "note", "notes", "comment", "comments", "remark", "remarks",
    }),
}  # fmt: skip
NEEDED: Mapping[Kind, frozenset[Field]] = {
    Kind.CUSTOMERS: frozenset({Field.PHONE}),
    Kind.BALANCES: frozenset({Field.PHONE, Field.POINTS}),
}

_NAMED = {synonym: field for field, synonyms in SYNONYMS.items() for synonym in synonyms}


class ColumnsUnclear(RuleViolation):
    """Which column is what: `missing` fields have none for certain, `doubled` ones several. `heads` are all there are.

    The heads are for whoever brought the file; in a file without heads they may be somebody's name.
    """

    code = "columns_unclear"

    def __init__(self, *, missing: Sequence[str] = (), doubled: Sequence[str] = (), heads: Sequence[str] = ()) -> None:
        super().__init__(missing=list(missing), doubled=list(doubled), heads=list(heads))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet as a person sees it; `field` is what it is taken for, `samples` what stands in it."""

    index: int
    head: str
    field: Field | None
    samples: tuple[str, ...]

    @property
    def letter(self) -> str:
        return letter(self.index)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the heads are (a row number, 0: there are none) and what each column is taken for."""

    header: int
    columns: tuple[Column, ...]
    is_certain: bool  # nobody need be asked

    @property
    def chosen(self) -> dict[Field, int]:
        """The column of each field; of two that claim the same, the first."""
        return {each.field: each.index for each in reversed(self.columns) if each.field is not None}

    @property
    def heads(self) -> tuple[str, ...]:
        """Every column, by its head or else its letter."""
        return tuple(each.head or each.letter for each in self.columns)

    @property
    def unused(self) -> tuple[str, ...]:
        """Heads of columns that are not kept."""
        return tuple(each.head or each.letter for each in self.columns if each.field is None)


def recognise(rows: Sequence[Sequence[Cell]], kind: Kind, given: Mapping[Field, str] = MappingProxyType({})) -> Layout:
    """How the first rows of a sheet (`LOOK` of them and a few samples) are laid out; `given` names heads beforehand."""
    names = _NAMED | {plain(name): field for field, name in given.items()}
    header, heads = _heads(rows[:LOOK], names)
    fields = {index: _field(head, names) for index, head in enumerate(heads)}
    exact = [field for field, sure in fields.values() if field is not None and sure]
    is_certain = max(Counter(exact).values(), default=0) == 1 and NEEDED[kind] <= set(exact)
    taken = {index: _taken(field, sure, exact) for index, (field, sure) in fields.items()}
    body = rows[header:]
    if Field.PHONE not in taken.values() and (guess := _phone_column(body)) is not None:
        taken[guess] = Field.PHONE
    width = max(map(len, rows), default=0)
    columns = (
        Column(index, heads[index] if index < len(heads) else "", taken.get(index), _samples(body, index))
        for index in range(min(width, MOST_COLUMNS))
    )
    return Layout(header, tuple(each for each in columns if each.head or each.samples), is_certain)


def choose(layout: Layout, given: Mapping[Field, str]) -> dict[Field, int]:
    """The column of each field: as named, by letter or head, else as recognised. Raises ColumnsUnclear."""
    chosen = {field: index for field, index in layout.chosen.items() if field not in given}
    for field, name in given.items():
        found = [
            each.index for each in layout.columns if name.upper() == each.letter or plain(name) == plain(each.head)
        ]
        if not found:
            raise ColumnsUnclear(missing=[field.value], heads=layout.heads)
        chosen = {other: index for other, index in chosen.items() if index != found[0]} | {field: found[0]}
    return chosen


def check(kind: Kind, chosen: Mapping[Field, int]) -> None:
    """Raises ColumnsUnclear when a needed field has no column, or two share one."""
    missing = sorted(field.value for field in NEEDED[kind] - chosen.keys())
    shared = Counter(chosen.values())
    doubled = sorted(field.value for field, index in chosen.items() if shared[index] > 1)
    if missing or doubled:
        raise ColumnsUnclear(missing=missing, doubled=doubled)


def check_once(said: Sequence[str]) -> None:
    """Raises ColumnsUnclear when two columns are said to be the same; of neither is known which was meant."""
    if doubled := sorted(name for name, count in Counter(said).items() if count > 1):
        raise ColumnsUnclear(doubled=doubled)


def doubt(layout: Layout, kind: Kind) -> ColumnsUnclear:
    """What must be asked of a sheet whose layout is not certain."""
    named = Counter(field for field in (field_named(each.head) for each in layout.columns) if field is not None)
    doubled = sorted(field.value for field, count in named.items() if count > 1)
    missing = sorted(field.value for field in NEEDED[kind] - named.keys())
    return ColumnsUnclear(missing=missing, doubled=doubled, heads=layout.heads)


def field_named(text: str) -> Field | None:
    """The field a head names for certain."""
    return _NAMED.get(plain(text))


def letter(index: int) -> str:
    """A, B … Z, AA: a column as spreadsheets call it."""
    before, here = divmod(index, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + here)


def _heads(rows: Sequence[Sequence[Cell]], names: Mapping[str, Field]) -> tuple[int, list[str]]:
    """The row that names most fields, or two, the upper filling in where merged cells leave the lower empty."""
    best: tuple[int, int, list[str]] = (0, 0, [])
    for number, row in enumerate(rows, 1):
        own = [_text(cell) for cell in row]
        for heads in (own, _under(rows[number - 2], own)) if number > 1 else (own,):
            if (named := _count(heads, names)) > best[0]:
                best = (named, number, heads)
    return best[1], best[2]


def _under(upper: Sequence[Cell], own: list[str]) -> list[str]:
    above = [_text(cell) for cell in upper]
    width = max(len(above), len(own))
    return [here or there for here, there in zip(_filled(own, width), _filled(above, width), strict=True)]


def _filled(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def _count(heads: Sequence[str], names: Mapping[str, Field]) -> int:
    """How many fields the heads name, certain ones twice; one alone counts only if people are looked up by it."""
    fields = [_field(head, names) for head in heads]
    certain = {field for field, sure in fields if field is not None and sure}
    meant = {field for field, _sure in fields if field is not None} - certain
    return 2 * len(certain) + len(meant) if len(certain | meant) > 1 or Field.PHONE in certain else 0


def _field(head: str, names: Mapping[str, Field]) -> tuple[Field | None, bool]:
    """What a head means, and whether that is certain: `SĐT (*)` is, `SĐT người giới thiệu` is not."""
    called = plain(head)
    if called in names:
        return names[called], True
    meant = [synonym for synonym in names if f" {synonym} " in f" {called} "]
    return (names[max(meant, key=len)], False) if meant else (None, False)


def plain(head: str) -> str:
    """A head without accents, signs and what stands in brackets; never empty."""
    return " ".join(fold.tokens(re.sub(r"[(\[].*?[)\]]", " ", head))) or "?"


def _taken(field: Field | None, sure: bool, exact: Sequence[Field]) -> Field | None:
    """What is proposed: what is certain, and what may be meant where nothing certain stands against it."""
    return field if sure or field not in exact else None


def _phone_column(body: Sequence[Sequence[Cell]]) -> int | None:
    """The column most of whose values look like phones."""
    seen: Counter[int] = Counter()
    for row in body:
        seen.update(index for index, cell in enumerate(row) if phones.looks_like_phone(_text(cell)))
    found = seen.most_common(1)
    return found[0][0] if found and found[0][1] * 2 > len(body) else None


def _samples(body: Sequence[Sequence[Cell]], index: int) -> tuple[str, ...]:
    values = (_text(row[index]) for row in body if index < len(row))
    return tuple([value for value in values if value][:SAMPLES])


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else fold.quote(encodings.mend(str(cell)))
