"""Rules as a form: groups within groups and rows of field, comparison, value; read, and changed by one button.

A control of the node at `n.1.0` is called `n.1.0.field`. A tree that is half filled in is a tree all the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from werkzeug.datastructures import MultiDict

from loyalty.console.segments import vocabulary
from loyalty.segments import fields, rules
from loyalty.segments.fields.field import Field, Kind
from loyalty.typed.money import format_points

ROOT = "n"
DEEPEST = 3  # groups within groups that one may open; rules kept elsewhere may go deeper
FIRST = ("points", ">=")


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as it stands in the form: the texts of its values, none or several."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    high: str = ""  # the upper end of «from … to …»
    of: tuple[str, ...] = ()  # which ones, as typed or ticked
    within: str = ""  # how many days back, or ahead
    own: Field | None = attribute(default=None, compare=False)  # the declaration of a shop's own field

    @property
    def declared(self) -> Field:
        return self.own or fields.ALL[self.field]

    @property
    def kind(self) -> Kind:
        return self.declared.kind

    @property
    def takes_several(self) -> bool:
        return self.op in rules.CHOICE


@dataclass(frozen=True, slots=True)
class Branch:
    """`word`: all, any, none."""

    word: str
    members: tuple["Twig", ...] = ()


Twig = Row | Branch
Known = Mapping[str, Field]
NEW_ROW = Row(*FIRST)


def read_form(sent: MultiDict[str, str], known: Known = fields.ALL) -> Branch:
    """The tree a form holds; whatever is strange about it is put right or left out. `known`: the fields there are."""
    found = _read(sent, ROOT, _Reading(iter(range(rules.MAX_NODES)), known), depth=1)
    return found if isinstance(found, Branch) else Branch("all", (found,) if found else ())


@dataclass(frozen=True, slots=True)
class _Reading:
    """How many nodes may still come, and the fields there are."""

    budget: Iterator[int]
    known: Known


def _read(sent: MultiDict[str, str], path: str, reading: _Reading, depth: int) -> Twig | None:
    if depth > rules.MAX_DEPTH or next(reading.budget, None) is None:
        return None
    if f"{path}.word" not in sent:
        return _row(sent, path, reading.known)
    word = sent[f"{path}.word"]
    members = []
    place = 0
    while f"{path}.{place}.word" in sent or f"{path}.{place}.field" in sent:
        members.append(_read(sent, f"{path}.{place}", reading, depth + 1))
        place += 1
    return Branch(word if word in vocabulary.WORDS else "all", tuple(member for member in members if member))


def _row(sent: MultiDict[str, str], path: str, known: Known) -> Row | None:
    name = sent.get(f"{path}.field", "")
    if name not in known:
        return None
    offered = vocabulary.ops(known[name].kind)
    op = sent.get(f"{path}.op", "")
    row = Row(
        name,
        op if op in offered else next(iter(offered)),
        _texts(sent, f"{path}.value"),
        sent.get(f"{path}.high", "").strip(),
        _texts(sent, f"{path}.of"),
        sent.get(f"{path}.within", "").strip(),
        _own(known[name]),
    )
    before = sent.get(f"{path}.was", name)
    return row if before == name else _of_another(row, known.get(before))


def _texts(sent: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in sent.getlist(name) if text.strip())


def _own(declared: Field) -> Field | None:
    return None if declared.name in fields.ALL else declared


def _of_another(row: Row, was: Field | None) -> Row:
    """The row once another field was chosen in it: what was typed stays only where it means the same."""
    now = row.declared
    days = row.within or (str(now.within.example) if now.within and now.within.is_needed else "")
    if was is None or was.kind is not now.kind or was.choices is not now.choices:
        row = replace(row, values=(), high="")
    return replace(row, of=(), within=days if now.within else "")


def of_rules(wanted: Any, locale: str, known: Known = fields.ALL) -> Branch:
    """The tree of rules that were kept; they are sound, but for a field that was put away since, which is left out."""
    found = _of(wanted, locale, known)
    return found if isinstance(found, Branch) else Branch("all", (found,))


def _of(wanted: Any, locale: str, known: Known) -> Twig:
    match wanted:
        case {"all": list(members)}:
            return Branch("all", tuple(_of(member, locale, known) for member in members))
        case {"any": list(members)}:
            return Branch("any", tuple(_of(member, locale, known) for member in members))
        case {"not": {"any": list(members)}}:
            return Branch("none", tuple(_of(member, locale, known) for member in members))
        case {"not": member}:
            return Branch("none", (_of(member, locale, known),))
        case {"field": str(name), "op": op, "value": value} if name in known:
            row, of = _row_of(known[name], op, value, locale), wanted.get("of", ())
            within = str(wanted.get("within_days", ""))
            return replace(row, of=(of,) if isinstance(of, str) else tuple(of), within=within)
    return Branch("any")


def _row_of(declared: Field, op: str, value: Any, locale: str) -> Row:
    name, own = declared.name, _own(declared)
    if declared.kind is Kind.FLAG:
        return Row(name, "=", ("yes" if value is (op == "=") else "no",), own=own)
    if op == "between":
        low, high = (_written(end, locale) for end in value)
        return Row(name, op, (low,), high, own=own)
    values = value if isinstance(value, list) else [value]
    written = tuple(_written(each, locale) for each in values)
    is_typed = declared.kind.is_number or declared.kind in (Kind.WORD, Kind.MARKS)
    if is_typed and declared.choices is None and op in rules.CHOICE:
        return Row(name, op, ("; ".join(written),), own=own)
    return Row(name, op, written, own=own)


def _written(value: Any, locale: str) -> str:
    return format_points(value, locale) if isinstance(value, int) else str(value)


def act(tree: Branch, button: str) -> Branch:
    """The tree after `add n.1`, `group n.1` or `drop n.0`; any other word leaves it."""
    verb, _, path = button.partition(" ")
    places = _places(path)
    if places is None:
        return tree
    match verb:
        case "add":
            return _changed(tree, places, lambda branch: _with(branch, NEW_ROW))
        case "group":
            inner = Branch("any" if len(places) % 2 == 0 else "all", (NEW_ROW,))
            return _changed(tree, places, lambda branch: _with(branch, inner))
        case "drop" if places:
            return _changed(tree, places[:-1], lambda branch: _without(branch, places[-1]))
    return tree


def _places(path: str) -> list[int] | None:
    head, *rest = path.split(".")
    if head != ROOT or len(rest) > rules.MAX_DEPTH or not all(part.isascii() and part.isdigit() for part in rest):
        return None
    return [int(part[:4]) for part in rest]


def _changed(branch: Branch, places: Sequence[int], change: Callable[[Branch], Branch]) -> Branch:
    if not places:
        return change(branch)
    members = list(branch.members)
    first = places[0]
    if first < len(members) and isinstance(inner := members[first], Branch):
        members[first] = _changed(inner, places[1:], change)
    return replace(branch, members=tuple(members))


def _with(branch: Branch, twig: Twig) -> Branch:
    return replace(branch, members=(*branch.members, twig))


def _without(branch: Branch, place: int) -> Branch:
    return replace(branch, members=branch.members[:place] + branch.members[place + 1 :])
