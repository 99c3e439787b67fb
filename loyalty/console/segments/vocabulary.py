"""Comparisons as people say them in the form. What there is, and its words, the fields themselves tell."""

from collections.abc import Mapping, Sequence

from loyalty.segments import fields
from loyalty.segments.fields.field import FAMILIES, Field, Kind, Which
from loyalty.segments.rules import Frame
from loyalty.words import Both

OPS: Mapping[str, Both] = {
    ">=": Both("từ … trở lên", "at least"),
    "<=": Both("không quá", "at most"),
    "between": Both("từ … đến …", "from … to …"),
    "=": Both("đúng bằng", "exactly"),
    ">": Both("hơn", "more than"),
    "<": Both("dưới", "less than"),
    "!=": Both("khác", "other than"),
    "in": Both("là một trong", "one of"),
    "not_in": Both("không phải", "none of"),
}
_IS: Mapping[str, Both] = {"=": Both("là", "is"), "!=": Both("không phải", "is not")}
_HAS: Mapping[str, Both] = {
    "=": Both("có", "has"),
    "!=": Both("không có", "has not"),
    "in": Both("có một trong", "has one of"),
    "not_in": Both("không có cái nào trong", "has none of"),
}
OF_KIND: Mapping[Kind, Mapping[str, Both]] = {  # where a comparison has another word
    Kind.TIER: {**_IS, "<": Both("thấp hơn", "below"), ">": Both("cao hơn", "above")},
    Kind.WORD: _IS,
    Kind.SEGMENT: _IS,
    Kind.CHANNEL: {
        "=": Both("có", "on"),
        "!=": Both("không có", "not on"),
        "in": Both("có một trong", "on one of"),
        "not_in": Both("không có kênh nào trong", "on none of"),
    },
    Kind.MARKS: _HAS,
    Kind.FLAG: _IS,
}
WORDS: Mapping[str, Both] = {
    "all": Both("Đúng tất cả các điều sau", "All of these"),
    "any": Both("Đúng ít nhất một điều sau", "Any of these"),
    "none": Both("Không đúng điều nào sau đây", "None of these"),
}
JOINTS: Mapping[str, Both] = {"all": Both("và", "and"), "any": Both("hoặc", "or"), "none": Both("cũng không", "nor")}
CHANNELS = {"zalo": "Zalo", "messenger": "Messenger"}
YES = "yes"
FLAGS = ((YES, Both("có", "yes")), ("no", Both("không", "no")))


def families(frame: Frame | None = None) -> list[tuple[Both, Sequence[Field]]]:
    """The fields as they are offered."""
    return [(FAMILIES[family], found) for family, found in fields.by_family(frame)]


def ops(kind: Kind) -> dict[str, Both]:
    """The comparisons of a kind in the order they are offered; «là» with yes and no needs no opposite."""
    offered = ("=",) if kind is Kind.FLAG else kind.ops
    own = OF_KIND.get(kind, {})
    return {op: own.get(op, word) for op, word in OPS.items() if op in offered}


def choices(field: Field, frame: Frame, locale: str) -> Sequence[tuple[str, str]] | None:
    """What may be chosen where one does not type; None where one types."""
    match field.kind:
        case Kind.FLAG:
            return [(code, both.in_(locale)) for code, both in FLAGS]
        case Kind.TIER:
            return list(frame.called(locale).items())
        case Kind.CHANNEL:
            return list(CHANNELS.items())
    return which(field, frame)


def which(field: Field | Which, frame: Frame) -> Sequence[tuple[str, str]] | None:
    """What may be chosen of things the shop has; a tag is typed, and offered while one types."""
    return None if field.choices is None else field.choices(frame)


def example(field: Field, locale: str) -> str:
    """A right value as one would type it."""
    if isinstance(field.example, bool) or not isinstance(field.example, int):
        return str(field.example)
    return f"{field.example:,}".replace(",", "." if locale == "vi" else ",")
