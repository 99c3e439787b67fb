"""Rules as a sentence, so that whoever chose them reads what they chose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loyalty.segments.fields.field import Field, Which
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not, Value
from loyalty.words import Both

EVERYBODY = Both("Tất cả khách hàng", "All customers")
NOBODY = Both("Không có khách nào", "Nobody")


@dataclass(frozen=True, slots=True)
class Words:
    """How one language joins it. `{}` stands for a value, or for two."""

    opening: str
    both: str
    either: str
    negation: str
    ops: dict[str, str]


LANGUAGES = {
    "vi": Words(
        opening="Khách hàng: ",
        both=" và ",
        either=" hoặc ",
        negation="không phải ({})",
        ops={
            "=": "đúng {}",
            "!=": "khác {}",
            "<": "dưới {}",
            "<=": "không quá {}",
            ">": "trên {}",
            ">=": "từ {} trở lên",
            "between": "từ {} đến {}",
            "in": "là {}",
            "not_in": "không phải {}",
        },
    ),
    "en": Words(
        opening="Customers: ",
        both=" and ",
        either=" or ",
        negation="not ({})",
        ops={
            "=": "exactly {}",
            "!=": "other than {}",
            "<": "below {}",
            "<=": "at most {}",
            ">": "above {}",
            ">=": "at least {}",
            "between": "from {} to {}",
            "in": "one of {}",
            "not_in": "none of {}",
        },
    ),
}


def describe(node: Node, frame: Frame, locale: str = "vi") -> str:
    """The rules in one sentence of that language, without a full stop."""
    match node:
        case Group(every, ()):
            return (EVERYBODY if every else NOBODY).in_(locale)
    return LANGUAGES[locale].opening + _phrase(node, frame, locale)


def describe_condition(condition: Condition, frame: Frame, locale: str = "vi") -> str:
    """One condition as a phrase, without a capital letter."""
    words, declared = LANGUAGES[locale], condition.declared
    said = [value_of(declared, value, frame, locale) for value in condition.values]
    if condition.kind is Kind.FLAG:
        return (declared.said if condition.values[0] is (condition.op == "=") else declared.unsaid).in_(locale)
    if condition.kind.has_several:
        template = declared.said if condition.op in ("=", "in") else declared.unsaid
        return _filled(template, locale, listed(said, words.either))
    if condition.kind in (Kind.TIER, Kind.WORD) and condition.op == "=":
        return _filled(declared.said, locale, said[0])
    if condition.op == "between":
        compared = words.ops["between"].format(*said)
    else:
        compared = words.ops[condition.op].format(listed(said, words.either))
    return _filled(declared.said, locale, " ".join([*_narrowed(condition, frame, locale), compared]))


def value_of(declared: Field, value: Value, frame: Frame, locale: str) -> str:
    """A value as people say it."""
    match declared.kind:
        case Kind.TIER:
            return frame.programme.tier_name(str(value), locale)
        case Kind.CHANNEL:
            return str(value).replace("_", " ").title()
    return declared.written(value, locale) if isinstance(value, int) else name_of(declared, value, frame)


def name_of(declared: Field | Which, code: str, frame: Frame) -> str:
    """What people call the thing with that code; the code itself where it is a word already."""
    known = dict(declared.choices(frame)) if declared.choices else {}
    return known.get(code) or (declared.name_of and declared.name_of(frame, code)) or code


def listed(said: Sequence[str], either: str) -> str:
    """`a`, `a hoặc b`, `a, b hoặc c`."""
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + either + said[-1]


def _narrowed(condition: Condition, frame: Frame, locale: str) -> list[str]:
    """Which ones, and since when."""
    declared, parts = condition.declared, []
    if declared.of and condition.of:
        names = [name_of(declared.of, code, frame) for code in condition.of]
        parts.append(_filled(declared.of.joined, locale, listed(names, LANGUAGES[locale].either)))
    if declared.within and condition.within:
        parts.append(_filled(declared.within.joined, locale, str(condition.within)))
    return parts


def _filled(template: Both, locale: str, words: str) -> str:
    return (template.en if locale == "en" else template.vi).format(words)


def _phrase(node: Node, frame: Frame, locale: str) -> str:
    words = LANGUAGES[locale]
    match node:
        case Condition():
            return describe_condition(node, frame, locale)
        case Not(member):
            return words.negation.format(_phrase(member, frame, locale))
        case Group(every, ()):
            return (EVERYBODY if every else NOBODY).in_(locale).lower()
        case Group(every, members):
            joined = words.both if every else words.either
            return joined.join(_part(member, lambda part: _phrase(part, frame, locale)) for member in members)


def _part(member: Node, say: Callable[[Node], str]) -> str:
    """A group within a group keeps its brackets."""
    bracketed = isinstance(member, Group) and len(member.members) > 1
    return f"({say(member)})" if bracketed else say(member)
