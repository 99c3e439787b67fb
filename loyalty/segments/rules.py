"""The language of segments: a tree of conditions on what is known of a customer, read and checked before any use.

`{"all": […]}`, `{"any": […]}` and `{"not": …}` stand around `{"field": …, "op": …, "value": …}`. A field without a
value for somebody (the last purchase of who never bought) makes no comparison true; `!=` and `not_in` are always the
opposite of `=` and `in`, so they hold for such a person, and so does a `not` around a comparison.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.channels import kinds
from loyalty.errors import RuleViolation
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.segments import known
from loyalty.segments.known import Known
from loyalty.shop import Shop
from loyalty.typed import fold

MAX_DEPTH = 6  # levels, a condition being one
MAX_NODES = 100  # groups and conditions
MAX_CHOICES = 100  # values of one `in`
MOST = 2**53
LONGEST_TEXT = 64


class Kind(StrEnum):
    """What the values of a field are."""

    NUMBER = "number"  # points, times, whole ₫: everybody has one
    DAYS = "days"  # whole shop days since something happened, if it did
    TIER = "tier"  # a code or a name of a tier, ordered as the programme orders them
    CHANNEL = "channel"  # kinds of channels: one may have several, or none
    FLAG = "flag"
    FIVE = "five"  # codes of the ready segments: one may be in several, or none
    LIST = "list"  # ids of lists of people, likewise


FIELDS = {
    "tier": Kind.TIER,
    "points": Kind.NUMBER,
    "orders": Kind.NUMBER,
    "spent_12m": Kind.NUMBER,
    "spent": Kind.NUMBER,
    "last_purchase_days": Kind.DAYS,
    "joined_days": Kind.DAYS,
    "channel": Kind.CHANNEL,
    "consent.promotion": Kind.FLAG,
    "has_phone": Kind.FLAG,
    "five": Kind.FIVE,
    "list": Kind.LIST,
}
EQUALITY = ("=", "!=")
CHOICE = ("in", "not_in")
OPS = (*EQUALITY, "<", "<=", ">", ">=", "between", *CHOICE)
OPS_OF = dict.fromkeys(Kind, OPS) | {Kind.CHANNEL: (*EQUALITY, *CHOICE), Kind.FLAG: EQUALITY}
OPS_OF |= dict.fromkeys((Kind.FIVE, Kind.LIST), OPS_OF[Kind.CHANNEL])
OPPOSITE = {"!=": "=", "not_in": "in"}

Value = int | str | bool


class BadRules(RuleViolation):
    """Rules that say nothing clear; `path` (`rules.all.0.value`) is where, `problem` is what."""

    code = "segment_rules"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}", path=path, problem=problem)
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Frame:
    """What rules are read against: the tiers and channels there are, and which shop day it is."""

    programme: Programme
    shop: Shop
    today: date
    channels: frozenset[str] = kinds.FIRST
    known: Known = field(default_factory=Known, compare=False, repr=False)

    @classmethod
    def at(cls, session: Session, now: datetime) -> Self:
        place = shop.of(session)
        today = place.day(now)
        return cls(versions.at(session, today), place, today, kinds.known(session), Known(session))


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `values`: one; two for `between`, both included; one or more for `in`. Tiers by their code."""

    field: str
    op: str
    values: tuple[Value, ...]

    @property
    def kind(self) -> Kind:
        return FIELDS[self.field]

    def affirmed(self) -> tuple["Condition", bool]:
        """The condition without its negation, and whether it was negated."""
        if self.op in OPPOSITE:
            return Condition(self.field, OPPOSITE[self.op], self.values), True
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


def parse(rules: Any, frame: Frame) -> Node:
    """The tree that `rules` (decoded JSON) states. Raises BadRules."""
    return _node(rules, "rules", frame, iter(range(MAX_NODES)), depth=1)


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


def _node(rules: Any, path: str, frame: Frame, budget: Iterator[int], depth: int) -> Node:
    if not isinstance(rules, dict):
        raise BadRules(path, "must be an object")
    if depth > MAX_DEPTH:
        raise BadRules(path, f"nested over {MAX_DEPTH} levels")
    if next(budget, None) is None:
        raise BadRules(path, f"over {MAX_NODES} conditions and groups")
    match sorted(map(str, rules)):
        case ["all" | "any" as word]:
            members = _list(rules[word], f"{path}.{word}")
            read = (
                _node(member, f"{path}.{word}.{place}", frame, budget, depth + 1)
                for place, member in enumerate(members)
            )
            return Group(word == "all", tuple(read))
        case ["not"]:
            return Not(_node(rules["not"], f"{path}.not", frame, budget, depth + 1))
        case ["field", "op", "value"]:
            return _condition(rules, path, frame)
    raise BadRules(path, 'must be {"all": […]}, {"any": […]}, {"not": …} or {"field": …, "op": …, "value": …}')


def _condition(rules: dict[str, Any], path: str, frame: Frame) -> Condition:
    field, op, value = rules["field"], rules["op"], rules["value"]
    if not isinstance(field, str) or field not in FIELDS:
        raise BadRules(f"{path}.field", f"must be one of {', '.join(FIELDS)}")
    kind = FIELDS[field]
    if not isinstance(op, str) or op not in OPS:
        raise BadRules(f"{path}.op", f"must be one of {' '.join(OPS)}")
    if op not in OPS_OF[kind]:
        raise BadRules(f"{path}.op", f"{field} takes only {' '.join(OPS_OF[kind])}")
    return Condition(field, op, _values(kind, op, value, f"{path}.value", frame))


def _values(kind: Kind, op: str, value: Any, path: str, frame: Frame) -> tuple[Value, ...]:
    if op in CHOICE:
        choices = _list(value, path)
        if not 0 < len(choices) <= MAX_CHOICES:
            raise BadRules(path, f"must hold 1 to {MAX_CHOICES} values")
        read = [_value(kind, choice, f"{path}.{place}", frame) for place, choice in enumerate(choices)]
        return tuple(dict.fromkeys(read))
    if op != "between":
        return (_value(kind, value, path, frame),)
    if len(ends := _list(value, path)) != 2:
        raise BadRules(path, "must be the lowest and the highest, both included")
    low, high = (_value(kind, end, f"{path}.{place}", frame) for place, end in enumerate(ends))
    if _order(low, frame) > _order(high, frame):
        raise BadRules(path, "the lowest comes first")
    return low, high


def _value(kind: Kind, value: Any, path: str, frame: Frame) -> Value:
    match kind:
        case Kind.NUMBER | Kind.DAYS:
            if type(value) is not int or not -MOST <= value <= MOST:  # a boolean is not a number
                raise BadRules(path, "must be a whole number")
        case Kind.FLAG:
            if type(value) is not bool:
                raise BadRules(path, "must be true or false")
        case Kind.TIER:
            return _tier(value, path, frame.programme)
        case Kind.CHANNEL:
            return _channel(value, path, frame)
        case Kind.FIVE | Kind.LIST:
            if problem := known.problem(kind, value):
                raise BadRules(path, problem)
            return str(value)
    assert isinstance(value, int)
    return value


def _tier(value: Any, path: str, rules: Programme) -> str:
    """The code of a tier called by its code or by its name in any language."""
    called = fold.fold(value) if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
    for tier in rules.tiers:
        if called in {fold.fold(name) for name in (tier.code, *tier.names.values())}:
            return tier.code
    raise BadRules(path, f"must be one of {', '.join(tier.code for tier in rules.tiers)}")


def _channel(value: Any, path: str, frame: Frame) -> str:
    """A channel's kind, in any case."""
    kind = value.casefold() if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
    if kind not in frame.channels:
        raise BadRules(path, f"must be one of {', '.join(sorted(frame.channels))}")
    return kind


def _order(value: Value, frame: Frame) -> int:
    return frame.programme.rank(value) if isinstance(value, str) else value


def _list(value: Any, path: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise BadRules(path, "must be a list")
    return value
