"""The language of segments: a tree of conditions on what is known of a customer, read and checked before any use.

`{"all": […]}`, `{"any": […]}` and `{"not": …}` stand around `{"field": …, "op": …, "value": …}`, which some fields
let say more: `of` (which ones) and `within_days` (how far back, or ahead). A field without a value for somebody (the
last purchase of who never bought) makes no comparison true; `!=` and `not_in` are always the opposite of `=` and `in`,
so they hold for such a person, and so does a `not` around a comparison.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from loyalty.errors import RuleViolation
from loyalty.segments import fields
from loyalty.segments.fields.field import CHOICE, OPPOSITE, OPS, Field, Kind, Which
from loyalty.segments.frame import Frame
from loyalty.typed import fold

__all__ = ["CHOICE", "OPS", "BadRules", "Condition", "Frame", "Group", "Kind", "Node", "Not", "parse"]

MAX_DEPTH = 6  # levels, a condition being one
MAX_NODES = 100  # groups and conditions, those of segments named by a condition with them
MAX_CHOICES = 100  # values of one `in`
MAX_OF = 20  # names of one `of`
MAX_INSIDE = 3  # segments within segments
LONGEST_WINDOW = 3_660  # days
MOST = 2**53
LONGEST_TEXT = 64  # of what is called by a code
LONGEST_NAME = 200  # of what is called by its name
KEYS = frozenset({"field", "op", "value"})
MORE_KEYS = frozenset({"of", "within_days"})
SHAPE = 'must be {"all": […]}, {"any": […]}, {"not": …} or {"field": …, "op": …, "value": …}'

Value = int | str | bool


class BadRules(RuleViolation):
    """Rules that say nothing clear; `path` (`rules.all.0.value`) is where, `problem` is what."""

    code = "segment_rules"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}", path=path, problem=problem)
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `values`: one; two for `between`, both included; one or more for `in`. Tiers by their code.

    `members` are the rules of the segments the values name, in their order. `own` declares a shop's own field.
    """

    field: str
    op: str
    values: tuple[Value, ...]
    of: tuple[str, ...] = ()
    within: int | None = None
    members: tuple["Node", ...] = ()
    own: Field | None = attribute(default=None, compare=False, repr=False)

    @property
    def declared(self) -> Field:
        return self.own or fields.ALL[self.field]

    @property
    def kind(self) -> Kind:
        return self.declared.kind

    def affirmed(self) -> tuple["Condition", bool]:
        """The condition without its negation, and whether it was negated."""
        if self.op in OPPOSITE:
            return replace(self, op=OPPOSITE[self.op]), True
        return self, False


@dataclass(frozen=True, slots=True)
class Group:
    """All of its members, or any of them: none of `all` is everybody, none of `any` nobody."""

    every: bool
    members: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    member: "Node"


Node = Condition | Group | Not


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read against, how many nodes may still come, and the segments one is inside of."""

    frame: Frame
    budget: Iterator[int]
    inside: tuple[str, ...] = ()


def parse(rules: Any, frame: Frame, *, of: str = "") -> Node:
    """The tree that `rules` (decoded JSON) states; `of`: the public id of the segment they are for. Raises BadRules."""
    return _node(rules, "rules", _Reading(frame, iter(range(MAX_NODES)), (of,) if of else ()), depth=1)


def is_everybody(node: Node) -> bool:
    """Whether the rules leave nobody out because they ask for nothing; whoever uses them is asked first."""
    match node:
        case Group(every=True, members=()) | Not(Group(every=False, members=())):
            return True
    return False


def conditions(node: Node, path: str = "rules") -> Iterator[tuple[str, Condition]]:
    """Every condition with its path, in the order they were written."""
    match node:
        case Condition():
            yield path, node
        case Not(member):
            yield from conditions(member, f"{path}.not")
        case Group(every, members):
            for place, member in enumerate(members):
                yield from conditions(member, f"{path}.{'all' if every else 'any'}.{place}")


def _node(rules: Any, path: str, reading: _Reading, depth: int) -> Node:
    if not isinstance(rules, dict):
        raise BadRules(path, "must be an object")
    if depth > MAX_DEPTH:
        raise BadRules(path, f"nested over {MAX_DEPTH} levels")
    if next(reading.budget, None) is None:
        raise BadRules(path, f"over {MAX_NODES} conditions and groups")
    match list(rules):
        case ["all" | "any" as word]:
            members = _list(rules[word], f"{path}.{word}")
            read = (_node(member, f"{path}.{word}.{place}", reading, depth + 1) for place, member in enumerate(members))
            return Group(word == "all", tuple(read))
        case ["not"]:
            return Not(_node(rules["not"], f"{path}.not", reading, depth + 1))
    if not KEYS <= rules.keys() <= KEYS | MORE_KEYS:
        raise BadRules(path, SHAPE)
    return _condition(rules, path, reading)


def _condition(rules: Mapping[str, Any], path: str, reading: _Reading) -> Condition:
    name, op, value = rules["field"], rules["op"], rules["value"]
    declared = fields.find(name, reading.frame) if isinstance(name, str) else None
    if declared is None:
        raise BadRules(f"{path}.field", f"must be one of {', '.join(fields.known(reading.frame))}")
    name = declared.name
    if not isinstance(op, str) or op not in OPS:
        raise BadRules(f"{path}.op", f"must be one of {' '.join(OPS)}")
    if op not in declared.kind.ops:
        raise BadRules(f"{path}.op", f"{name} takes only {' '.join(declared.kind.ops)}")
    for key in sorted(MORE_KEYS & rules.keys()):
        if key not in declared.takes:
            raise BadRules(f"{path}.{key}", f"{name} takes no {key}")
    of = _of(declared, rules.get("of"), f"{path}.of", reading.frame)
    within = _within(declared, rules.get("within_days"), f"{path}.within_days")
    values = _values(declared, op, value, f"{path}.value", reading.frame)
    members: tuple[Node, ...] = ()
    if declared.kind is Kind.SEGMENT:
        members = tuple(_inside(str(each), f"{path}.value", reading) for each in values)
    return Condition(name, op, values, of, within, members, None if name in fields.ALL else declared)


def _inside(public_id: str, path: str, reading: _Reading) -> Node:
    """The rules of a segment that a condition names."""
    segment = reading.frame.things.segment(public_id)
    if segment is None:
        raise BadRules(path, "no such segment")
    if public_id in reading.inside:
        raise BadRules(path, f"goes round in a circle: “{segment.name}” would have to know itself first")
    if len(reading.inside) > MAX_INSIDE:
        raise BadRules(path, f"segments within segments, over {MAX_INSIDE} of them")
    inner = _Reading(reading.frame, reading.budget, (*reading.inside, public_id))
    try:
        return _node(segment.rules, path, inner, depth=1)
    except BadRules as fault:
        raise BadRules(path, f"in “{segment.name}”: {fault.problem}") from fault


def _of(declared: Field, value: Any, path: str, frame: Frame) -> tuple[str, ...]:
    if declared.of is None or (value is None and not declared.of.is_needed):
        return ()
    names = value if isinstance(value, list) else [value]
    if value is None or not 0 < len(names) <= MAX_OF:
        raise BadRules(path, f"{declared.name} needs it: one name, or a list of 1 to {MAX_OF}")
    read = (
        _word(declared.of, each, f"{path}.{place}" if value is names else path, frame)
        for place, each in enumerate(names)
    )
    return tuple(dict.fromkeys(read))


def _within(declared: Field, value: Any, path: str) -> int | None:
    if declared.within is None or (value is None and not declared.within.is_needed):
        return None
    if type(value) is not int or not 1 <= value <= LONGEST_WINDOW:
        raise BadRules(path, f"must be a whole number of days, 1 to {LONGEST_WINDOW}")
    return value


def _values(declared: Field, op: str, value: Any, path: str, frame: Frame) -> tuple[Value, ...]:
    if op in CHOICE:
        choices = _list(value, path)
        if not 0 < len(choices) <= MAX_CHOICES:
            raise BadRules(path, f"must hold 1 to {MAX_CHOICES} values")
        read = [_value(declared, choice, f"{path}.{place}", frame) for place, choice in enumerate(choices)]
        return tuple(dict.fromkeys(read))
    if op != "between":
        return (_value(declared, value, path, frame),)
    if len(ends := _list(value, path)) != 2:
        raise BadRules(path, "must be the lowest and the highest, both included")
    low, high = (_value(declared, end, f"{path}.{place}", frame) for place, end in enumerate(ends))
    if _order(low, frame) > _order(high, frame):
        raise BadRules(path, "the lowest comes first")
    return low, high


def _value(declared: Field, value: Any, path: str, frame: Frame) -> Value:
    match declared.kind:
        case Kind.FLAG:
            if type(value) is not bool:
                raise BadRules(path, "must be true or false")
            return value
        case Kind.TIER:
            return _tier(value, path, frame)
        case Kind.CHANNEL:
            return _channel(value, path, frame)
        case Kind.WORD | Kind.MARKS | Kind.SEGMENT:
            return _word(declared, value, path, frame)
    if type(value) is not int or not -MOST <= value <= MOST:  # a boolean is not a number
        raise BadRules(path, "must be a whole number")
    return value


def _tier(value: Any, path: str, frame: Frame) -> str:
    """The code of a tier called by its code or by its name in any language."""
    called = fold.fold(value) if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
    for tier in frame.programme.tiers:
        if called in {fold.fold(name) for name in (tier.code, *tier.names.values())}:
            return tier.code
    raise BadRules(path, f"must be one of {', '.join(tier.code for tier in frame.programme.tiers)}")


def _channel(value: Any, path: str, frame: Frame) -> str:
    """A channel's kind, in any case."""
    kind = value.casefold() if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
    if kind not in frame.channels:
        raise BadRules(path, f"must be one of {', '.join(sorted(frame.channels))}")
    return kind


def _word(declared: Field | Which, value: Any, path: str, frame: Frame) -> str:
    """A text as it is kept; where there is a list of them, one that is on it or that is known by its code."""
    longest = LONGEST_NAME if declared.choices is None else LONGEST_TEXT
    if not isinstance(value, str) or not 0 < len(value) <= longest or not (text := fold.quote(value, longest)):
        raise BadRules(path, f"must be a text of 1 to {longest} characters")
    if declared.choices is None:
        return declared.clean(text) if declared.clean else text
    offered = [code for code, _name in declared.choices(frame)]
    if text not in offered and not (declared.name_of and declared.name_of(frame, text)):
        raise BadRules(path, f"must be one of {', '.join(offered[:20]) or 'none there are yet'}")
    return text


def _order(value: Value, frame: Frame) -> int:
    return frame.programme.rank(value) if isinstance(value, str) else value


def _list(value: Any, path: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise BadRules(path, "must be a list")
    return value
