"""Two fields whose values are sets people are in: `five` (the ready segments) and `list` (lists of people).

All that the language of rules needs of them: which values there are, who is meant in SQL and in Python, and words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.segments import advice, five, thresholds
from loyalty.segments.models import CustomerHabit, ListMember, Segment

if TYPE_CHECKING:
    from loyalty.segments.rules import Frame

LIST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
WORDS = {
    "vi": ("thuộc nhóm {}", "không thuộc nhóm {}", "danh sách «{}»", "danh sách đã bỏ"),
    "en": ("among {}", "not among {}", "the list “{}”", "a list that is gone"),
}


class Known:
    """What only the database knows, looked up when it is first asked for; without a session, what is stated."""

    def __init__(self, session: Session | None = None) -> None:
        self.session = session
        self._lists: dict[str, str | None] = {}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The thresholds of the five."""
        return thresholds.DEFAULTS if self.session is None else thresholds.of(self.session)

    def list_name(self, public_id: str) -> str | None:
        if self.session is None:
            return None
        if public_id not in self._lists:
            query = select(Segment.name).where(Segment.public_id == public_id, Segment.kind == "list")
            self._lists[public_id] = self.session.scalar(query)
        return self._lists[public_id]


class Facts(dict[str, Any]):
    """The facts of one person; what takes a look into the database is found out when it is asked for."""

    def __init__(self, stats: CustomerStats, frame: "Frame", plain: Mapping[str, Any]) -> None:
        super().__init__(plain)
        self._stats, self._frame = stats, frame

    def __missing__(self, field: str) -> list[str]:
        self[field] = found = FACTS[field](self._stats, self._frame)
        return found


def problem(field: str, value: Any) -> str | None:
    """What is wrong with one value of such a field."""
    if field == "five":
        return None if value in five.CODES else f"must be one of {', '.join(five.CODES)}"
    is_id = isinstance(value, str) and LIST_ID.fullmatch(value)
    return None if is_id else "must be the id of a list"


def where(field: str, values: Sequence[Any], frame: "Frame") -> ColumnElement[bool]:
    """Whether the customer of a row of totals is in one of them."""
    if field == "five":
        return sa.or_(*(five.where(str(code), frame) for code in values))
    named = (Segment.id == ListMember.segment_id, Segment.public_id.in_(values))
    return sa.exists().where(ListMember.customer_id == CustomerStats.customer_id, *named)


def fives_of(stats: CustomerStats, frame: "Frame") -> list[str]:
    """Which of the five this person is in."""
    session = frame.known.session
    is_known = session is not None and stats.customer_id is not None  # a first bill asks for somebody there is not yet
    habit = session.get(CustomerHabit, stats.customer_id) if session and is_known else None
    return [code for code in five.CODES if five.belongs(code, stats, habit, frame)]


def lists_of(stats: CustomerStats, frame: "Frame") -> list[str]:
    """The ids of the lists this person is on."""
    if (session := frame.known.session) is None:
        return []
    query = select(Segment.public_id).join(ListMember, ListMember.segment_id == Segment.id)
    return list(session.scalars(query.where(ListMember.customer_id == stats.customer_id).order_by(Segment.id)))


def phrase(field: str, values: Sequence[Any], op: str, frame: "Frame", locale: str) -> str:
    """A condition in words; `op` is one of = != in not_in."""
    among, outside, named, gone = WORDS[locale]
    if field == "five":
        said = [advice.NAMES[str(code)].in_(locale) for code in values]
    else:
        names = [frame.known.list_name(str(value)) for value in values]
        said = [gone if name is None else named.format(name) for name in names]
    either = " hoặc " if locale == "vi" else " or "
    return (outside if op in ("!=", "not_in") else among).format(either.join(said))


FACTS: Mapping[str, Callable[[CustomerStats, "Frame"], list[str]]] = {"five": fives_of, "list": lists_of}
