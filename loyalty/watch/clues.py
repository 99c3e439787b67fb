"""A pattern worth a second look, and what it finds in a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty.watch.days import Act, Day
from loyalty.words import Both


class Count(NamedTuple):
    """How often something happened to somebody on a day, out of how many times it could have; the entries behind."""

    hits: int
    of: int
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clue:
    """One person's day, by one pattern. `facts` are whole numbers for its sentence; `score` as in `Finding`."""

    staff_id: int
    entries: tuple[int, ...]
    score: int
    facts: Mapping[str, int] = field(default_factory=dict)
    customer_id: int | None = None  # whom it is about, where that is one person


@dataclass(frozen=True, slots=True)
class Pattern:
    """`sentence` says what was seen, with {staff}, {who} (its customer), {times} of its entries and the facts.

    Facts named `amount` and `usual` are ₫, `points` points. `count` is given where days are compared by it: each night
    keeps what it says of everybody.
    """

    code: str
    name: Both
    sentence: Both
    find: Callable[[Session, Day], Iterable[Clue]]
    count: Callable[[Day, int], Count] | None = None  # of one member of staff


def ids(acts: Iterable[Act]) -> tuple[int, ...]:
    """The numbers of the entries of some acts."""
    return tuple(act.entry_id for act in acts)


def of(acts: Sequence[Act], possible: int) -> Count:
    """So many of the `possible` ones."""
    return Count(len(acts), possible, ids(acts))
